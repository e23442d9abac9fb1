/** Where a process spent its time, from a V8 CPU profile: functions by their own time, without those they call. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface SelfTime {
  /** Function and where it stands, such as `readMessage src/domain/message.ts:120`. */
  readonly where: string
  /** Share of the time in which the process was not idle, 0 to 1. */
  readonly share: number
  readonly ms: number
}

interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
}

export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const IDLE = '(idle)'

export function readProfile(file: string): CpuProfile {
  return JSON.parse(readFileSync(file, 'utf8')) as CpuProfile
}

/** The busiest functions, busiest first. */
export function busiest(profile: CpuProfile, count: number): SelfTime[] {
  const names = new Map(profile.nodes.map((node) => [node.id, nameOf(node)]))
  const spent = new Map<string, number>()
  let busy = 0
  profile.samples.forEach((id, i) => {
    const name = names.get(id) ?? '(unknown)'
    const micros = profile.timeDeltas[i] ?? 0
    if (name === IDLE) return
    busy += micros
    spent.set(name, (spent.get(name) ?? 0) + micros)
  })
  return [...spent]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([where, micros]) => ({ where, share: busy === 0 ? 0 : micros / busy, ms: micros / 1_000 }))
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const name = functionName === '' ? '(anonymous)' : functionName
  if (url === '') return name
  const path = url.startsWith('file:') ? fileURLToPath(url) : url
  return `${name} ${path.startsWith(ROOT) ? path.slice(ROOT.length) : path}:${lineNumber + 1}`
}
