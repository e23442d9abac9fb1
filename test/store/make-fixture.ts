/**
 * Makes the store that later releases must open: `node test/store/make-fixture.ts DIR`. Run once for each schema version;
 * what it made is committed under `test/fixtures/store/` and never made again.
 */
import fs from 'node:fs'
import path from 'node:path'
import { openJournal } from '../../src/store/journal.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { everyField, plainDraft } from './fixture-drafts.ts'
import { cursorOf, letterOf, plentyOfSpace, poisonOf, T0 } from './sample.ts'

const [dir = ''] = process.argv.slice(2)
const journal = await openJournal({ dir, clock: new ManualClock(T0), freeSpace: plentyOfSpace, cursorFlushMs: 0 })
const tak = journal.cursor(cursorOf('tak'))
const http = journal.cursor(cursorOf('http', { whenFull: 'drop' }))
await journal.append([everyField, ...Array.from({ length: 9 }, (_, i) => plainDraft(i + 2))])
await journal.append([{ ...plainDraft(3), contentHash: Buffer.alloc(16, 9) }, poisonOf('12:0', 'not json')])
await journal.letters.append(
  letterOf({ stage: 'push', code: 'sink-rejected', sink: 'http', journalSeq: 4, envelope: Buffer.from('{}') }),
)
for (const seq of [1, 2, 3, 5]) tak.settle(seq, 'confirmed')
for (const seq of [1, 4]) http.settle(seq, seq === 4 ? 'rejected' : 'delivered')
const records = journal.read(1, 10, 1e9)
await journal.close()
for (const name of fs.readdirSync(dir)) if (name !== 'journal.mdb') fs.rmSync(path.join(dir, name))
console.log(`${records.length} events in ${fs.statSync(path.join(dir, 'journal.mdb')).size} bytes`)
