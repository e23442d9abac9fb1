/** What the contract says about headers, requests, HTTP, commands and exit codes is what answers there. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { EXIT } from '../../bin/exit.ts'
import { describeSettings } from '../../src/config/describe.ts'
import { childOf, parseXml } from '../../src/cot/element.ts'
import type { CotEvent, SightlineDetail } from '../../src/cot/event.ts'
import { encodedXml, encodeXmlText } from '../../src/cot/xml.ts'
import { healthOf } from '../../src/http/health.ts'
import { startHttp } from '../../src/http/server.ts'
import { cotSubjectsSink } from '../../src/nats/cot-subjects.ts'
import { LetterCopies } from '../../src/nats/letters.ts'
import { provision } from '../../src/nats/provision.ts'
import { DEFAULT_STREAMS } from '../../src/nats/streams.ts'
import { openJournal } from '../../src/store/journal.ts'
import { answerers } from '../../streams/requests.ts'
import { ROOT } from '../house/source-tree.ts'
import { letterOf } from '../store/sample.ts'
import { startBroker } from '../support/broker.ts'
import { LinkLog } from '../support/link-log.ts'
import { Links } from '../support/links.ts'
import { sampleEntry } from '../support/sample-entries.ts'
import { silentLog } from '../support/silent.ts'
import { until } from '../support/until.ts'
import { systemView } from '../watch/system.ts'
import { coded, page, rowsOf, section } from './page.ts'

const contract = page('docs/contract.md')
const later: (() => unknown)[] = []
afterEach(async () => {
  for (const end of later.splice(0).reverse()) await end()
})

describe('the tables of headers', () => {
  it('name every header that is sent, and no other', async () => {
    const broker = await startBroker()
    later.push(() => broker.stop())
    const links = new Links()
    later.push(() => links.close())
    const link = await links.connect(broker.url)
    await provision(link, DEFAULT_STREAMS)
    const seen = new Map<string, string[]>()
    link.nc.subscribe('>', {
      callback: (error, message) => {
        const root = message.subject.split('.')[0] ?? ''
        if (error === null && (root === 'cot' || root === 'deadletters'))
          seen.set(root, [...(message.headers?.keys() ?? [])])
      },
    })
    const log = new LinkLog()
    const sink = cotSubjectsSink(link, { name: 'cot', encode: encodedXml, subjectOf: () => 'cot.a.u.G' })
    const out = await sink.open(log, new AbortController().signal)
    later.push(() => out.abort())
    out.send([{ ...sampleEntry(1), traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` }])
    const long = Buffer.alloc(link.maxPayload)
    await new LetterCopies(link).copy(letterOf({ detectionId: 'i', sink: 'tak', stage: 'push', original: long }))
    await until(() => seen.size === 2, 'both came by')

    const rows = rowsOf(section(contract, 'Headers')).map(([header]) => coded(header)[0] ?? '')
    const second = rows.indexOf('Nats-Msg-Id', 1)
    expect([...(seen.get('cot') ?? [])].sort()).toEqual(rows.slice(0, second).sort())
    expect([...(seen.get('deadletters') ?? [])].sort()).toEqual(rows.slice(second).sort())
  })
})

describe('the table of requests', () => {
  it('names every question, and what its answer holds', async () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'sightline-docs-'))
    later.push(() => rmSync(dir, { recursive: true, force: true }))
    const journal = await openJournal({ dir, minFreeBytes: 0 })
    later.push(() => journal.close())
    const original = Buffer.from('{"id":"x"}')
    await journal.letters.append(letterOf({ detectionId: 'x', sink: 'tak', envelope: Buffer.from('{}'), original }))
    const doors = answerers({
      view: () => systemView(),
      journal,
      replay: async () => ({ replayed: [], failed: [] }),
    })
    const rows = rowsOf(section(contract, 'Requests on `sightline.*`'))
    expect(rows.map(([name]) => coded(name)[0])).toEqual(Object.keys(doors))
    const said = new Map(rows.map(([name, , answer]) => [coded(name)[0], coded(answer)]))
    const ask = async (name: string, question?: unknown) => (await doors[name]?.(question)) as Record<string, unknown>

    expect(Object.keys(await ask('health')).sort()).toEqual([...(said.get('health') ?? [])].sort())
    const list = await ask('deadletters-list', {})
    const [row] = list.letters as Record<string, unknown>[]
    expect(['total', 'letters', ...Object.keys(row ?? {})].sort()).toEqual(
      [...(said.get('deadletters-list') ?? [])].sort(),
    )
    const shown = Object.keys(await ask('deadletters-show', { seqs: [1] })).filter(
      (key) => !Object.hasOwn(row ?? {}, key),
    )
    for (const key of shown) expect(said.get('deadletters-show')).toContain(key)
    expect(
      Object.keys(await ask('deadletters-replay', {})).every((key) => said.get('deadletters-replay')?.includes(key)),
    ).toBe(true)
    expect(await ask('deadletters-purge', { seqs: [1] })).toEqual({ purged: 1 })
  })
})

describe('the table of HTTP', () => {
  it('names every path, and the parts of the health answer', async () => {
    const server = await startHttp({
      host: '127.0.0.1',
      port: 0,
      view: () => systemView(),
      metrics: async () => '',
      log: silentLog,
    })
    later.push(() => server.close())
    const rows = rowsOf(section(contract, 'HTTP'))
    for (const [cell] of rows) expect((await fetch(server.address + (coded(cell)[0] ?? ''))).status).toBe(200)
    const health = healthOf(systemView())
    const said = coded(rows.find(([cell]) => cell === '`/api/v1/health`')?.[1])
    for (const key of [...Object.keys(health), ...Object.keys(health.components)]) expect(said).toContain(key)
    expect((await fetch(`${server.address}/livez`, { method: 'POST' })).status).toBe(405)
    expect((await fetch(`${server.address}/livez`)).headers.get('cache-control')).toBe('no-store')
  })
})

describe('commands, exit codes and settings', () => {
  it('are the exit codes of the program', () => {
    const rows = rowsOf(section(contract, 'Exit codes'))
    expect(Object.fromEntries(rows.map(([code, name]) => [coded(name)[0], Number(code)]))).toEqual(EXIT)
  })

  it('name every command there is', () => {
    const help = spawnSync(process.execPath, [path.join(ROOT, 'bin/sightline.js'), '--help'], { encoding: 'utf8' })
    const listed = [...help.stdout.matchAll(/^ {2}([a-z]+) /gm)].map((match) => match[1] ?? '')
    const rows = rowsOf(section(contract, 'Commands')).map(([command]) => coded(command)[0] ?? '')
    const named = rows.flatMap((command) => /^npx sightline ([a-z]+)/.exec(command)?.[1] ?? [])
    const scripts = rows.flatMap((command) => /^npm run ([a-z]+)/.exec(command)?.[1] ?? [])
    expect(listed).toEqual(expect.arrayContaining(named))
    for (const command of listed) {
      if (command !== 'sightline' && command !== 'help') expect([...named, ...scripts]).toContain(command)
    }
  })

  it('name settings that exist, with their defaults', () => {
    const settings = new Map(describeSettings().map((row) => [row.env, row.default]))
    for (const [cell, , standard] of rowsOf(section(contract, 'Settings'))) {
      const name = (coded(cell)[0] ?? '').replace('_0_', '_<N>_')
      if (name === 'COT_URL' || name === 'SIGHTLINE_CONFIG') continue
      expect([...settings.keys()]).toContain(name)
      if (standard !== '') expect(settings.get(name)).toBe(coded(standard)[0])
    }
  })
})

describe('the table of `<sightline>`', () => {
  const detail: SightlineDetail = {
    source: 's',
    id: 'i',
    class: 'car',
    confidence: 0.5,
    trackId: 't',
    session: 'x',
    flag: 'RED',
    method: 'ray-level',
    basis: '90',
    assumedError: true,
    ellipse: { semiMajorM: 2, semiMinorM: 1, azimuthDeg: 3 },
    covariance: { ee: 1, en: 0, eu: 0, nn: 1, nu: 0, uu: 1 },
    budget: { yaw: 1 },
    rangeM: 9,
    because: 'grazing',
  }
  const bearing = { azimuthDeg: 1, elevationDeg: 2, sigmaAzimuthDeg: 3, lengthM: 4 }

  it('names every attribute that the element can have', () => {
    const { event } = sampleEntry(1)
    const full: CotEvent = { ...event, detail: { ...event.detail, bearing, sightline: detail } }
    const parsed = parseXml(encodeXmlText(full))
    if (!parsed.ok) throw new Error(parsed.reason)
    const element = childOf(childOf(parsed.value, 'detail') ?? parsed.value, 'sightline')
    const named = rowsOf(section(contract, '`<sightline>`')).flatMap(([attribute]) => coded(attribute))
    expect([...(element?.attributes.keys() ?? [])].sort()).toEqual(named.sort())
  })
})
