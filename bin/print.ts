/** What a command says: answers on standard output, for people or for pipes; remarks for people on standard error. */
import { printable } from '../src/domain/expectation.ts'

/** A line of the answer. */
export function answer(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** The whole answer as one JSON document. */
export function answerJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

/** One of many answers, as one line of JSON. */
export function answerJsonLine(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

/** A line for a person beside the answer. */
export function remark(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** Text that came from outside, fit for a terminal: one line, no control characters, cut where it is too long. */
export function shown(text: string, longest = 2_000): string {
  return printable(text, longest).replaceAll('\\\\', '\\')
}
