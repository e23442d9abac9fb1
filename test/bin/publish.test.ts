/** `sightline publish` accounts for every line: acknowledged once, or named with its place. */
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Counts, counted, detection, jsonLines, settled, Workplace } from './command-line.ts'

interface Summary {
  readonly published: number
  readonly acked: number
  readonly duplicates: number
  readonly detections: number
  readonly broken: number
  readonly seconds: number
  readonly perSecond: number
  readonly interrupted: boolean
}

const place = new Workplace()
beforeAll(async () => void (await place.up()))
afterAll(() => place.close())

/** What earlier tests published is counted too. */
let before: Counts
beforeEach(async () => {
  before = await counted(place)
})

/** How so many detections, published by this test, have ended. */
async function ended(total: number): Promise<Counts> {
  const sum = before.accepted + before.duplicate + before.dead
  const { accepted, duplicate, dead } = await settled(place, sum + total)
  return {
    accepted: accepted - before.accepted,
    duplicate: duplicate - before.duplicate,
    dead: dead - before.dead,
  }
}

const many = (count: number, prefix: string) => Array.from({ length: count }, (_, at) => detection(`${prefix}-${at}`))

describe('what is published', () => {
  it('is acknowledged to the last line, and comes out as events', async () => {
    writeFileSync(place.file('a.jsonl'), jsonLines(many(1_200, 'a')))
    writeFileSync(place.file('b.jsonl'), `\uFEFF${jsonLines(many(300, 'b')).replaceAll('\n', '\r\n')}\r\n\n`)
    const summary = await place.ask<Summary>('publish', 'a.jsonl', 'b.jsonl')
    expect(summary).toMatchObject({ published: 1_500, acked: 1_500, duplicates: 0, detections: 1_500, broken: 0 })
    expect(await ended(1_500)).toMatchObject({ accepted: 1_500, duplicate: 0, dead: 0 })
  })

  it('may be arrays and frames, and takes its source from wherever it stands', async () => {
    const { source: _, ...member } = detection('f-1') as Record<string, unknown>
    const input = jsonLines([
      [detection('x-1'), detection('x-2')],
      { schema: 1, source: 'test', time: '2025-06-01T12:00:00Z', detections: [member, { ...member, id: 'f-2' }] },
    ])
    const { code, stdout } = await place.run(['publish', '--json', '-'], { input })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ published: 2, acked: 2, detections: 4 })
    expect(await ended(4)).toMatchObject({ accepted: 4 })
  })

  it('takes --source where lines name none', async () => {
    const { source: _, ...anonymous } = detection('s-1') as Record<string, unknown>
    const watching = place.start(['watch', '--json', '--count', '1', 'detections.>'])
    await watching.says('stderr', 'Watching')
    expect((await place.run(['publish', '--source', 'tower-3', '-'], { input: jsonLines([anonymous]) })).code).toBe(0)
    expect(JSON.parse((await watching.ended).stdout)).toEqual({ subject: 'detections.tower-3', payload: anonymous })
    await ended(1)
  })

  it('is new each time with --repeat, and known when the same file comes again', async () => {
    const { id: _, ...nameless } = detection('') as Record<string, unknown>
    writeFileSync(place.file('r.jsonl'), jsonLines([...many(4, 'r'), nameless]))
    expect(await place.ask('publish', '--repeat', '3', 'r.jsonl')).toMatchObject({ published: 15, acked: 15 })
    expect(await ended(15)).toMatchObject({ accepted: 15, duplicate: 0, dead: 0 })
    expect(await place.ask('publish', 'r.jsonl')).toMatchObject({ published: 5, acked: 5 })
    expect(await ended(20)).toMatchObject({ accepted: 15, duplicate: 5, dead: 0 })
  })

  it('with --fresh-time happens now, and is no conflict with what was sent before', async () => {
    writeFileSync(place.file('t.jsonl'), jsonLines(many(2, 't')))
    const beganMs = Date.now()
    await place.ask('publish', 't.jsonl')
    await ended(2)
    const watching = place.start(['watch', '--json', '--count', '2'])
    await watching.says('stderr', 'Watching')
    await place.ask('publish', '--fresh-time', 't.jsonl')
    const events = (await watching.ended).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { time: string })
    for (const { time } of events) expect(Date.parse(time)).toBeGreaterThanOrEqual(beganMs)
    expect(await ended(4)).toMatchObject({ accepted: 4, dead: 0 })
  })

  it('keeps to its --rate', async () => {
    writeFileSync(place.file('p.jsonl'), jsonLines(many(20, 'p')))
    const { acked, seconds } = await place.ask<Summary>('publish', '--rate', '40', 'p.jsonl')
    // Twenty turns at forty a second have nineteen pauses of 25 ms between them: a lower bound, whatever the machine does.
    expect(acked).toBe(20)
    expect(seconds).toBeGreaterThanOrEqual(0.45)
    await ended(20)
  })
})

describe('a line that cannot be sent', () => {
  const broken = [
    JSON.stringify(detection('ok-1')),
    'not json',
    '',
    '"text"',
    JSON.stringify({ ...detection('no-source'), source: undefined }),
    JSON.stringify([detection('two-1'), detection('two-2', { source: 'other' })]),
    JSON.stringify(detection('bad source', { source: 'a.b' })),
    JSON.stringify(detection('long', { attributes: { text: 'x'.repeat(1_048_576) } })),
    JSON.stringify(detection('ok-2')),
  ]

  it('is named with its file and line, and the rest goes on', async () => {
    writeFileSync(place.file('mixed.jsonl'), broken.join('\n'))
    const { code, stdout, stderr } = await place.run(['publish', '--json', 'mixed.jsonl'])
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ published: 2, acked: 2, broken: 6 })
    const named = stderr.split('\n').flatMap((line) => /mixed\.jsonl:(\d+): (.*)/.exec(line)?.slice(1, 3) ?? [])
    expect(named).toEqual([
      '2',
      expect.stringContaining('not JSON'),
      '4',
      expect.stringContaining('expected a detection'),
      '5',
      expect.stringContaining('names no "source"'),
      '6',
      expect.stringContaining('"other"'),
      '7',
      expect.stringContaining('"a.b"'),
      '8',
      expect.stringContaining('too-large'),
    ])
    expect(await ended(2)).toMatchObject({ accepted: 2, dead: 0 })
  })

  it('ends the run with --strict, after what stands before it', async () => {
    writeFileSync(place.file('mixed.jsonl'), broken.join('\n'))
    const { code, stdout, stderr } = await place.run(['publish', '--json', '--strict', 'mixed.jsonl'])
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ published: 1, acked: 1, broken: 1 })
    expect(stderr).not.toContain('mixed.jsonl:4')
    await ended(1)
  })

  it('may name another source than --source, and is then refused before the service has to', async () => {
    const { code, stderr } = await place.run(['publish', '--source', 'mine', '-'], {
      input: jsonLines([detection('x')]),
    })
    expect(code).toBe(1)
    expect(stderr).toMatch(/stdin:1: .*"test" beside "mine"/)
  })
})

describe('a run that is stopped', () => {
  it('says how far it came, and ends with 1', async () => {
    const running = place.start(['publish', '--json', '-'])
    running.child.stdin?.write(jsonLines(many(10, 'i')))
    await ended(10)
    running.child.kill('SIGINT')
    const { code, stdout } = await running.ended
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ published: 10, acked: 10, interrupted: true })
  })

  it('by a broker that is not there has published nothing, and says so', async () => {
    writeFileSync(place.file('n.jsonl'), jsonLines(many(1, 'n')))
    const { code, stdout, stderr } = await place.run(['publish', '--json', '--nats', 'nats://127.0.0.1:9', 'n.jsonl'])
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ published: 0, acked: 0 })
    expect(stderr).toContain('No broker answers at nats://127.0.0.1:9')
  })
})
