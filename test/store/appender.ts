/**
 * A process that appends until it is killed or its store breaks, and says on standard output what happened, a line each:
 * `open <head>`, `ack <sequence> <id>`, `dup <id>`, `closed <head>`, `fatal <code> <reason>`, `refused <code> <reason>`.
 * Arguments: directory, first id, how many ids at most.
 */
import fs from 'node:fs'
import { isFault } from '../../src/fault/fault.ts'
import { openJournal } from '../../src/store/journal.ts'
import { cursorOf, draftsOf, plentyOfSpace } from './sample.ts'

const [dir = '', first = '1', count = '1000000'] = process.argv.slice(2)
// Synchronous, so that what was said is said, however the process ends.
const say = (line: string): void => {
  fs.writeSync(1, `${line}\n`)
}

try {
  const journal = await openJournal({
    dir,
    freeSpace: plentyOfSpace,
    onFatal: ({ code, reason }) => say(`fatal ${code} ${reason}`),
  })
  const cursor = journal.cursor(cursorOf('tak'))
  say(`open ${journal.head}`)
  const end = Number(first) + Number(count)
  let next = Number(first)
  const lane = async (): Promise<void> => {
    while (next < end) {
      const from = next
      next = Math.min(end, from + 1 + ((from * 7) % 60))
      const results = await journal.append(draftsOf(from, next - 1, { padding: 200 }))
      const lines: string[] = []
      results.forEach((result, i) => {
        if (result.kind === 'appended') {
          lines.push(`ack ${result.seq} ${from + i}`)
          cursor.settle(result.seq, 'delivered')
        } else lines.push(`dup ${from + i}`)
      })
      say(lines.join('\n'))
    }
  }
  await Promise.all([lane(), lane(), lane()])
  await journal.close()
  say(`closed ${journal.head}`)
} catch (thrown) {
  const because = (thrown as { fault?: unknown }).fault
  if (!isFault(because)) throw thrown
  say(`refused ${because.code} ${because.reason}`)
}
