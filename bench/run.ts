/** Runs a plan: every bench once a round, round after round, so that a busy minute falls on all of them alike. */
import { copyFileSync } from 'node:fs'
import type { Bench, Sample } from './bench.ts'
import type { Plan } from './plan.ts'
import { inUnit } from './report/figures.ts'
import type { RunProgress } from './report/progress.ts'
import type { Samples } from './report/report.ts'

/** CPU profiles by bench: files in the working directory. */
export type Profiles = ReadonlyMap<string, string>

export interface Ran {
  readonly samples: Samples
  readonly profiles: Profiles
}

/** @throws BrokenRun from the first bench whose round proves nothing */
export async function run({ rounds, benches }: Plan, profile: boolean, progress: RunProgress): Promise<Ran> {
  const samples = new Map<string, Sample[]>(benches.map(({ name }) => [name, []]))
  const profiles = new Map<string, string>()
  for (let round = 1; round <= rounds; round++) {
    for (const bench of benches) {
      progress.begin(`round ${round} of ${rounds}, ${bench.name}`)
      const sample = await bench.round({
        profile,
        say: (what) => progress.say(what),
        at: (share) => progress.at(share),
        profiled: (file) => {
          const kept = `${bench.name}.cpuprofile`
          copyFileSync(file, kept)
          profiles.set(bench.name, kept)
        },
      })
      samples.get(bench.name)?.push(sample)
      progress.end(mainResult(bench, sample))
    }
  }
  return { samples, profiles }
}

/** The first number of a bench is the one that matters most. */
function mainResult({ metrics }: Bench, sample: Sample): string {
  for (const [name, { unit, label }] of Object.entries(metrics)) {
    const value = sample[name]
    if (value !== undefined) return `${inUnit(value, unit)} ${unit === 'per-second' ? '' : label}`.trimEnd()
  }
  return 'done'
}
