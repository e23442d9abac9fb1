/** `sightline watch` shows what comes by: for people, for programs, and as it is. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseEvent } from '../../src/cot/parse.ts'
import { detection, jsonLines, Workplace } from './command-line.ts'

const place = new Workplace()
beforeAll(async () => void (await place.up()))
afterAll(() => place.close())

let number = 0
const publish = async (...detections: object[]): Promise<void> => {
  const { code, stderr } = await place.run(['publish', '-'], { input: jsonLines(detections) })
  if (code !== 0) throw new Error(stderr)
}
const fresh = (more: object = {}): object => detection(`w-${++number}`, more)

/** What a watch prints about what is published while it watches. */
async function seen(args: readonly string[], ...detections: object[]): Promise<string[]> {
  const watching = place.start(['watch', ...args])
  await watching.says('stderr', 'Watching')
  await publish(...detections)
  const { code, stdout } = await watching.ended
  expect(code).toBe(0)
  return stdout.trimEnd().split('\n')
}

describe('a line', () => {
  it('for a person holds time, type, callsign, place, error, remarks and subject', async () => {
    const [line] = await seen(['--count', '1'], fresh({ class: 'fire' }))
    expect(line).toMatch(/^12:00:00\.000Z {2}\S+ .*fire.*48\.200000,16\.400000 +±25\.0 m .* cot\.\S+$/)
  })

  it('for a program is one JSON object with the values of the event', async () => {
    const given = fresh({ trackId: 't-1', session: 's', velocity: { speedMps: 3, courseDeg: 90 } })
    const [line = ''] = await seen(['--count', '1', '--json'], given)
    expect(JSON.parse(line)).toMatchObject({
      subject: expect.stringMatching(/^cot\.a\./),
      uid: 'sightline.test.t.s.t-1',
      type: expect.stringMatching(/^a-/),
      how: expect.any(String),
      time: '2025-06-01T12:00:00.000Z',
      lat: 48.2,
      lon: 16.4,
      ceM: 25,
      haeM: null,
      leM: null,
      callsign: expect.any(String),
      remarks: expect.stringContaining('person'),
      track: { speedMps: 3, courseDeg: 90 },
      sightline: { source: 'test', class: 'person' },
      detectionId: `w-${number}`,
      trace: expect.any(String),
    })
  })

  it('of XML is the event itself', async () => {
    const [line = ''] = await seen(['--count', '1', '--xml'], fresh())
    const parsed = parseEvent(line)
    expect(parsed.ok && parsed.value.uid).toBe(`sightline.test.d.w-${number}`)
  })

  it('cannot control the terminal, whatever a producer writes', async () => {
    const [line] = await seen(['--count', '1', 'detections.test'], fresh({ note: '\u001b[2J\u0007\u009b' }))
    expect(line).not.toMatch(/\p{Cc}/u)
    expect(line).toContain('detections.test')
  })
})

describe('what is chosen', () => {
  it('by --type is that type and all under it, and nothing else', async () => {
    const lines = await seen(
      ['--json', '--type', 'a-*-A', '--count', '2'],
      fresh(),
      fresh({ class: 'aircraft' }),
      fresh(),
      fresh({ class: 'drone' }),
    )
    expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual([
      expect.stringMatching(/^a-.-A/),
      expect.stringMatching(/^a-.-A/),
    ])
  })

  it('may be dead letters, with their code and reason', async () => {
    const bad = fresh({ class: 7 })
    const [line = ''] = await seen(['--json', '--count', '1', 'deadletters.>'], bad)
    expect(JSON.parse(line)).toMatchObject({
      subject: 'deadletters.validate',
      code: 'bad-field',
      field: 'class',
      source: 'test',
      reason: expect.stringContaining('class'),
      payload: bad,
    })
  })
})

describe('the end', () => {
  it('comes with SIGINT, and is no fault', async () => {
    const watching = place.start(['watch'])
    await watching.says('stderr', 'Watching cot.>')
    watching.child.kill('SIGINT')
    expect(await watching.ended).toMatchObject({ code: 0, stdout: '' })
  })

  it('comes when nobody reads any more, and is no fault', async () => {
    const watching = place.start(['watch'])
    await watching.says('stderr', 'Watching')
    watching.child.stdout?.destroy()
    await publish(fresh())
    expect(await watching.ended).toMatchObject({ code: 0 })
  })
})
