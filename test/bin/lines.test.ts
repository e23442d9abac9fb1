/** Lines come out as they went in, however the bytes were cut on the way, and a long one takes no memory. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Line, linesOf } from '../../bin/lines.ts'

async function* pieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0
  for (let turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    yield bytes.subarray(at, at + size)
    at += size
  }
}

async function read(text: string, longest: number, sizes: readonly number[] = [64]): Promise<Line[]> {
  const lines: Line[] = []
  for await (const group of linesOf(pieces(Buffer.from(text), sizes), longest)) lines.push(...group)
  return lines
}

const textOf = ({ bytes }: Line): string => Buffer.from(bytes).toString()

describe('lines', () => {
  it('are the same whatever pieces they arrive in', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'ö', '\n', '\r\n', ' '), maxLength: 60 })
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(text, sizes, async (given, cuts) => {
        const expected = given.split('\n').map((line) => line.replace(/\r$/, ''))
        // The end of the last line begins no further one.
        if (given === '' || given.endsWith('\n')) expected.pop()
        const lines = await read(given, 1_000, cuts)
        expect(lines.map(textOf)).toEqual(expected)
        expect(lines.map(({ number }) => number)).toEqual(expected.map((_, at) => at + 1))
      }),
    )
  })

  it('may be exactly as long as allowed, and not a byte longer', async () => {
    const [fits, long, after] = await read('12345\n123456\r\n12345\r\n', 5, [3])
    expect(fits && textOf(fits)).toBe('12345')
    expect(long).toMatchObject({ number: 2, tooLong: 7 })
    expect(long?.bytes).toHaveLength(0)
    expect(after && textOf(after)).toBe('12345')
  })

  it('that are too long are passed over without being kept', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 4_096; i++) yield Buffer.alloc(65_536, 0x78)
      yield Buffer.from('\nnext\n')
    }
    // Kept, the line would be twice what is allowed here; what is not kept goes when the collector gets to it.
    const before = process.memoryUsage().arrayBuffers
    const lines: Line[] = []
    for await (const group of linesOf(endless(), 1_048_576)) lines.push(...group)
    expect(lines.map(({ tooLong }) => tooLong)).toEqual([4_096 * 65_536, undefined])
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(128 * 2 ** 20)
  })

  it('begin after a byte order mark', async () => {
    expect((await read('\uFEFFa\n\uFEFFb', 10)).map(textOf)).toEqual(['a', '\uFEFFb'])
  })
})
