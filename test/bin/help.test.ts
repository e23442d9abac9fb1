/** The command line teaches: help with examples, hints after mistakes, sentences instead of stack traces. */
import { afterAll, describe, expect, it } from 'vitest'
import { Workplace } from './command-line.ts'

const place = new Workplace()
afterAll(() => place.close())

describe('help', () => {
  it.each([
    [['--help'], 'First steps:'],
    [['up', '--help'], 'Examples:'],
    [['publish', '--help'], 'Examples:'],
    [['watch', '--help'], 'Examples:'],
    [['status', '--help'], 'Examples:'],
    [['deadletters', '--help'], 'Examples:'],
    [['deadletters', 'replay', '--help'], 'Examples:'],
    [['doctor', '--help'], 'Examples:'],
    [['config', '--help'], 'Examples:'],
    [['store', '--help'], 'Examples:'],
  ])('of %j ends with 0 and shows how', async (args, wanted) => {
    const { code, stdout, stderr } = await place.run(args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(wanted)
  })

  it('names every exit code', async () => {
    const { stdout } = await place.run(['--help'])
    for (const code of ['0  fine', '1  a fault', '2  wrong use', '4  stopped', '5  given up', '130, 143']) {
      expect(stdout).toContain(code)
    }
  })

  it('is given, as a mistake, when no command is', async () => {
    const { code, stdout, stderr } = await place.run([])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('Usage: sightline')
  })

  it('has the version beside it', async () => {
    expect(await place.run(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
  })
})

describe('a mistake', () => {
  it.each([
    [['publsh'], /unknown command.*publsh[\s\S]*publish[\s\S]*--help/],
    [['watch', '--jsn'], /unknown option.*--jsn[\s\S]*--json[\s\S]*sightline watch --help/],
    [['publish'], /missing required argument[\s\S]*sightline publish --help/],
    [['deadletters', 'show', 'seven'], /Expected a whole number/],
    [['deadletters', 'ls', '--code', 'nonsense'], /no such fault code/],
    [['deadletters', 'purge'], /which ones\?/],
    [['deadletters', 'purge', '3', '--all'], /either numbers/],
    [['watch', 'cot.>', '--type', 'a-f'], /one of the two/],
    [['watch', 'cot..a'], /no subject/],
    [['publish', 'absent.jsonl'], /absent\.jsonl cannot be read/],
    [['publish', '.'], /is a directory/],
    [['publish', '--source', 'a b', '-'], /--source a b/],
    [['publish', '--repeat', '2', '-'], /--repeat cannot read standard input twice/],
  ])('such as %j ends with 2 and says what would be right', async (args, said) => {
    const { code, stdout, stderr } = await place.run(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(said)
  })

  it('shows its stack only when that is asked for', async () => {
    expect((await place.run(['publish', 'absent.jsonl'])).stderr).not.toMatch(/^\s+at /m)
    expect((await place.run(['publish', 'absent.jsonl', '--debug'])).stderr).toMatch(/^\s+at /m)
  })
})

describe('where no service runs', () => {
  it('status says so, and ends with 1', async () => {
    const { code, stdout, stderr } = await place.run(['status'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    // Another broker may listen on the usual port of this machine; then nobody answers there.
    expect(stderr).toMatch(/No service runs on the data directory|is the service running\?/)
  })

  it('a broker that was named and is not there is named again', async () => {
    const { code, stderr } = await place.run(['watch', '--nats', 'nats://127.0.0.1:9'])
    expect(code).toBe(1)
    expect(stderr).toContain('No broker answers at nats://127.0.0.1:9')
  })
})
