/** Log lines are whole, bounded, and free of secrets. */
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fault } from '../../src/fault/fault.ts'
import { createBudgetedLines, createFaultLines } from '../../src/watch/line-budget.ts'
import { createLog, type LogOptions } from '../../src/watch/log.ts'
import { createObserver } from '../../src/watch/observer.ts'
import { heldClock } from './clock.ts'

type Line = Record<string, unknown>

/** A log whose lines are kept. */
function kept(options: LogOptions = {}) {
  const lines: Line[] = []
  const stream = { write: (text: string) => void lines.push(JSON.parse(text) as Line) }
  return { log: createLog({ ...options, stream }), lines }
}

const detection = {
  trace: 'abc',
  source: 'tower',
  id: '1',
  outcome: 'accepted',
  validation_ms: 0.0123456,
  geolocation_ms: 0.002,
  cot_generation_ms: 0.0015,
}

describe('log lines', () => {
  it('are one JSON object each, with time, level and the fields of their log', () => {
    const { log, lines } = kept({ base: { instance: 'i1' } })
    log.child({ trace: 't1' }).info({ n: 1 }, 'hello')
    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        instance: 'i1',
        trace: 't1',
        n: 1,
        msg: 'hello',
      },
    ])
  })

  it('below the level are not written', () => {
    const { log, lines } = kept({ level: 'warn' })
    log.info({}, 'no')
    log.warn({}, 'yes')
    log.child({ a: 1 }).debug({}, 'no')
    expect(lines.map((line) => line.msg)).toEqual(['yes'])
  })

  it('never hold secrets: by name, by value, by form', () => {
    const { log, lines } = kept({ secrets: ['hunter2', 'abc'] })
    const cause = new Error('bad password hunter2')
    const key = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'
    log.child({ note: 'hunter2' }).error(
      {
        password: 'short',
        headers: { Authorization: 'Bearer xyz', 'x-api-key': 'k' },
        sinks: [{ tls: { passphrase: 'p' }, url: 'tls://user:p/w@x@host:8089' }],
        err: new Error('connect tcp://u:p@h failed', { cause }),
        text: key,
      },
      'login with hunter2 at nats://a:b@c',
    )
    const shown = JSON.stringify(lines)
    for (const secret of ['hunter2', 'short', 'xyz', '"k"', '"p"', 'p/w', 'user:', 'u:p', 'AAAA', 'a:b'])
      expect(shown).not.toContain(secret)
    expect(shown).toContain('host:8089')
    // Three letters are too few to be blotted out of every word.
    expect(createLogText('abcde')).toContain('abcde')
  })

  it('hold stacks only when asked', () => {
    const plain = kept()
    plain.log.error({ err: new TypeError('x') }, 'y')
    expect(plain.lines[0]?.err).toEqual({ type: 'TypeError', message: 'x' })
    const debug = kept({ stacks: true })
    debug.log.error({ err: new TypeError('x') }, 'y')
    expect(debug.lines[0]).toHaveProperty('err.stack', expect.stringContaining('log.test.ts'))
  })

  it('survive odd fields: circular, deep, huge, bytes, bigints', () => {
    const { log, lines } = kept()
    const circular: Line = {}
    circular.self = circular
    log.info(
      { circular, huge: 'x'.repeat(1e6), bytes: new Uint8Array(9), big: 5n, none: undefined, many: Array(1e5).fill(1) },
      'odd',
    )
    expect(lines).toHaveLength(1)
    expect(JSON.stringify(lines[0]).length).toBeLessThan(20_000)
    expect(lines[0]).toMatchObject({ bytes: '[9 bytes]', big: '5' })
  })

  it('are all in the file once the log is closed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sightline-log-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'log')
    const log = createLog({ fd: openSync(file, 'a'), pretty: 'never' })
    for (let i = 0; i < 1000; i++) log.info({ i }, 'line')
    log.close()
    const lines = readFileSync(file, 'utf8').trim().split('\n')
    expect(lines).toHaveLength(1000)
    expect(JSON.parse(lines[999] ?? '')).toMatchObject({ i: 999 })
  })

  it('are readable when wanted', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sightline-log-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'log')
    const log = createLog({ fd: openSync(file, 'a'), pretty: 'always' })
    log.warn({ sink: 'ops' }, 'sink is down')
    log.close()
    const text = readFileSync(file, 'utf8')
    expect(text).toMatch(/WARN.*sink is down/)
    expect(text).toContain('sink: "ops"')
  })
})

function createLogText(text: string): string {
  const { log, lines } = kept({ secrets: ['abc'] })
  log.info({ text }, 'x')
  return JSON.stringify(lines)
}

describe('lines for detections', () => {
  it('carry the trace and the time of each stage', () => {
    const { log, lines } = kept()
    const detections = createBudgetedLines(log, heldClock(), 'detection', 10)
    expect(detections.admit()).toBe(true)
    detections.write(detection)
    expect(lines[0]).toMatchObject({
      trace: 'abc',
      source: 'tower',
      id: '1',
      validation_ms: 0.012,
      geolocation_ms: 0.002,
      cot_generation_ms: 0.002,
    })
  })

  it('are at most so many a second, and the rest is counted aloud', () => {
    const { log, lines } = kept()
    const clock = heldClock()
    const detections = createBudgetedLines(log, clock, 'detection', 3)
    const offer = (n: number) => {
      for (let i = 0; i < n; i++) if (detections.admit()) detections.write(detection)
    }
    offer(10)
    clock.advance(1000)
    offer(2)
    expect(lines.map((line) => line.suppressed ?? line.msg)).toEqual([
      ...Array(3).fill('detection'),
      7,
      ...Array(2).fill('detection'),
    ])
  })

  it('say what was left out even when nothing follows', () => {
    const { log, lines } = kept()
    const clock = heldClock()
    const detections = createBudgetedLines(log, clock, 'detection', 0)
    detections.admit()
    clock.advance(1000)
    expect(lines).toMatchObject([{ suppressed: 1 }])
    detections.admit()
    detections.close()
    expect(lines).toMatchObject([{ suppressed: 1 }, { suppressed: 1 }])
    expect(clock.waiting).toBe(0)
  })
})

describe('lines for faults', () => {
  it('are written for the first of a kind and counted for the rest of the window', () => {
    const { log, lines } = kept()
    const clock = heldClock()
    const faults = createFaultLines(log, clock, 10_000)
    for (let i = 0; i < 50; i++) faults.fault('push', fault('sink-timeout'))
    faults.fault('push', fault('sink-lost', 'gone'))
    clock.advance(10_000)
    expect(lines.map(({ code, repeated }) => [code, repeated])).toEqual([
      ['sink-timeout', undefined],
      ['sink-lost', undefined],
      ['sink-timeout', 49],
    ])
    faults.fault('push', fault('sink-timeout'))
    faults.close()
    expect(lines).toHaveLength(4)
    expect(clock.waiting).toBe(0)
  })
})

describe('the lines of the observer', () => {
  it('tell of a sink once for each change, not for each attempt', () => {
    const { log, lines } = kept()
    const observer = createObserver({ log, clock: heldClock(), processMetrics: false })
    for (let i = 0; i < 5; i++) {
      observer.sinkState('ops', 'opening')
      observer.sinkState('ops', 'down', fault('sink-unreachable'))
    }
    observer.sinkState('ops', 'down', fault('sink-auth'))
    observer.sinkState('ops', 'up')
    expect(lines.map(({ level, msg, code }) => [level, msg, code])).toEqual([
      ['warn', 'sink is down', 'sink-unreachable'],
      ['warn', 'sink is down', 'sink-auth'],
      ['info', 'sink is up', undefined],
    ])
  })

  it('tell of restarts, of new unknown classes once, and of faults in summary', () => {
    const { log, lines } = kept()
    const clock = heldClock()
    const observer = createObserver({ log, clock, processMetrics: false })
    observer.restarted('cot', fault('actor-crashed', 'boom'))
    observer.unknownClass('quokka')
    observer.unknownClass('quokka')
    for (let i = 0; i < 20; i++) observer.faulted('validate', 'bad-json', 1)
    observer.close()
    expect(lines.map((line) => line.msg)).toEqual([
      'actor restarted',
      'class without a row in the type table',
      'fault',
      'fault again',
    ])
    expect(lines[3]).toMatchObject({ code: 'bad-json', repeated: 19 })
  })
})
