/** A fault in the settings as a value: where, what was found, what was expected. */
import { maskUrl } from './mask.ts'

/** Where a value came from. */
export type Origin =
  | { readonly kind: 'default' }
  | { readonly kind: 'profile'; readonly profile: string }
  | { readonly kind: 'file'; readonly file: string; readonly line: number }
  | { readonly kind: 'environment'; readonly name: string }
  | { readonly kind: 'override' }

export interface Problem {
  /** Path of the setting, such as `sinks[0].url`; empty when the fault is not about one setting. */
  readonly path: string
  readonly origin: Origin
  /** What was there, masked; absent when nothing was, or when it may not be shown. */
  readonly found?: string
  /** The end of the sentence "expected …". */
  readonly expected: string
  /** What to do, such as the nearest known name. */
  readonly hint?: string
}

const SHOWN = 80

/** A value for people: one line, bounded, masked. */
export function show(value: unknown, secret = false): string {
  if (secret) return '********'
  const text = typeof value === 'string' ? JSON.stringify(maskUrl(value)) : (JSON.stringify(value) ?? String(value))
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}

/** Where a value came from, for people. */
export function describeOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'default':
      return 'default'
    case 'profile':
      return `profile ${origin.profile}`
    case 'file':
      return `${origin.file}:${origin.line}`
    case 'environment':
      return origin.name
    case 'override':
      return 'command line'
  }
}

/** One line: `sightline.yaml:12: nats.port: found "abc"; expected a whole number from 0 to 65535`. */
export function describeProblem(problem: Problem): string {
  const where = problem.origin.kind === 'default' ? '' : `${describeOrigin(problem.origin)}: `
  const path = problem.path === '' ? '' : `${problem.path}: `
  const found = problem.found === undefined ? '' : `found ${problem.found}; `
  const hint = problem.hint === undefined ? '' : ` (${problem.hint})`
  return `${where}${path}${found}expected ${problem.expected}${hint}`
}
