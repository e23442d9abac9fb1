/** The bench does what it is told, refuses what means nothing, and says how to use it. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { GROUP_NAMES, planFor } from '../../bench/plan.ts'

const MAIN = join(import.meta.dirname, '../../bench/main.ts')
const dir = mkdtempSync(join(tmpdir(), 'sightline-bench-test-'))

afterAll(() => rmSync(dir, { recursive: true }))

function bench(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

describe('help', () => {
  it('is given when asked for, with every scenario and the exit codes', () => {
    const { status, stdout } = bench('--help')
    expect(status).toBe(0)
    for (const name of GROUP_NAMES) expect(stdout).toContain(`\n  ${name} `)
    expect(stdout).toContain('Exit codes')
  })
})

describe('wrong use', () => {
  const text = join(dir, 'text.json')
  writeFileSync(text, '{"schema":0}')

  it.each([
    [['--fast'], 'unknown option'],
    [['throughput'], 'too many arguments'],
    [['--scenario', 'warp'], 'There is no scenario "warp"'],
    [['--rounds', '0'], 'whole number'],
    [['--scenario', 'throughput', '--rate', '5'], '--rate means something for steady only'],
    [['--scenario', 'steady', '--requests', '500'], '--requests means something for drained streams only'],
    [['--scenario', 'micro', '--profile'], '--profile looks at the service'],
    [['--scenario', 'steady', '--all'], '--all runs every scenario'],
    [['--threshold', '5'], '--threshold needs a --baseline'],
    [['--baseline', join(dir, 'absent.json')], 'cannot be read as a report'],
    [['--baseline', text], 'is no report of schema'],
    [['--output', join(dir, 'no', 'where.json')], 'no such file or directory'],
  ])('%j is refused with 2 before anything is measured', (args, sentence) => {
    const { status, stdout, stderr } = bench(...args)
    expect(stderr).toContain(sentence)
    expect(stdout).toBe('')
    expect(status).toBe(2)
  })
})

describe('a plan', () => {
  const names = (wish: Parameters<typeof planFor>[0]) => planFor(wish).benches.map(({ name }) => name)

  it('measures beside a scenario what it is set against, and nothing else', () => {
    expect(names({ groups: ['poison'] })).toEqual(['bare-loop', 'poison'])
    expect(names({ groups: ['steady'], rates: [50] })).toEqual(['bare-steady-50', 'steady-50'])
  })

  it('refers to benches that it has, whatever was asked for', () => {
    for (const wish of [{}, { all: true }, { smoke: true }, ...GROUP_NAMES.map((group) => ({ groups: [group] }))]) {
      const has = new Set(names(wish))
      const referred = planFor(wish).benches.flatMap(({ metrics }) =>
        Object.values(metrics).flatMap(({ against = [] }) => against.map(({ bench: name }) => name)),
      )
      expect(referred.filter((name) => !has.has(name))).toEqual([])
    }
  })

  it('has every bench once, and a ceiling before what stands under it', () => {
    const all = names({ all: true })
    expect(new Set(all).size).toBe(all.length)
    expect(all.indexOf('bare-loop')).toBeLessThan(all.indexOf('throughput'))
    expect(all.indexOf('bare-steady-500')).toBeLessThan(all.indexOf('steady-500'))
  })

  it('of a smoke run has every scenario and one round', () => {
    const { rounds, benches } = planFor({ smoke: true })
    expect(rounds).toBe(1)
    expect(new Set(benches.map(({ group }) => group))).toEqual(new Set(GROUP_NAMES))
  })
})
