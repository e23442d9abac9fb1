/** Progress is a bar on a terminal, and lines that stay readable everywhere else. */
import { describe, expect, it } from 'vitest'
import { Progress } from '../../bin/progress.ts'

function scene(isTTY: boolean) {
  const written: string[] = []
  let nowMs = 0
  const stream = { isTTY, columns: 100, write: (text: string) => written.push(text) > 0 }
  const progress = new Progress({ label: 'publishing', unit: 'lines', stream, now: () => nowMs })
  const after = (ms: number) => {
    nowMs += ms
  }
  return { progress, written, after }
}

describe('a line of progress', () => {
  it('says how much, how fast, and how long it will still take', () => {
    const { progress, after } = scene(true)
    after(2_000)
    progress.update(5_000, 0.25)
    expect(progress.line(120)).toBe('publishing  [####------------]  25 %  5,000 lines  2,500/s  ETA 6.0 s')
    progress.finish()
  })

  it('promises nothing where the end is not known', () => {
    const { progress, after } = scene(false)
    after(1_000)
    progress.update(10)
    expect(progress.line()).toBe('publishing  10 lines  10.0/s')
    progress.finish()
  })

  it('is never longer than the terminal is wide', () => {
    const { progress, after } = scene(true)
    after(1_000)
    progress.update(123_456_789, 0.5)
    for (const width of [1, 10, 40, 80]) expect(progress.line(width).length).toBeLessThan(width)
    progress.finish()
  })
})

describe('a remark', () => {
  it('clears the bar, stands above it, and the bar is gone at the end', () => {
    const { progress, written } = scene(true)
    progress.remark('look')
    progress.finish()
    const clear = '\r\x1b[K'
    expect(written).toEqual([`${clear}look\n`, `${clear}publishing  0 lines  0.00/s`, clear])
  })

  it('is a plain line where there is no terminal, without control characters', () => {
    const { progress, written } = scene(false)
    progress.remark('look')
    progress.finish()
    expect(written).toEqual(['look\n'])
  })
})
