/** The rules about files themselves: their size, their names, their first line, and words that must not be left behind. */
import path from 'node:path'
import type { SourceFile } from './source-tree.ts'

/** More than this in one file means that it holds more than one role. */
export const MOST_LINES = 400

/** Names that say nothing about what is inside. */
const EMPTY_NAMES = /^(utils?|helpers?|common|managers?|misc|shared|stuff)$|(^|[-_.])(utils?|helpers?|manager)$/i

const LEFT_BEHIND: readonly (readonly [pattern: RegExp, sentence: string])[] = [
  [/@ts-(ignore|nocheck|expect-error)\b/, 'silences the type checker'],
  [/\b(it|test|describe|suite|bench)\b[\w.]*\.(only|skip|todo)\b/, 'leaves out tests'],
  [/\b(TO[D]O|FIX[M]E|XX[X]|HAC[K])\b/, 'leaves work behind in a comment'],
  [/\bdebugge[r]\b/, 'leaves a breakpoint'],
]

export function tooLong({ file, text }: SourceFile): string[] {
  const lines = text.trimEnd().split('\n').length
  return lines > MOST_LINES ? [`${file}: ${lines} lines, more than ${MOST_LINES}`] : []
}

export function badlyNamed({ file }: SourceFile): string[] {
  const bad = file
    .split('/')
    .find((part) => EMPTY_NAMES.test(path.posix.basename(part).replace(/\.(test\.)?[a-z]+$/, '')))
  return bad === undefined ? [] : [`${file}: "${bad}" does not say what it holds`]
}

/** A file opens with a doc comment that says its purpose; a program may have its `#!` line before it. */
export function unintroduced({ file, text }: SourceFile): string[] {
  return /^(#![^\n]*\n)?\/\*\*\s*(\*\s*)?[^\s*/]/.test(text) ? [] : [`${file}: does not open with a doc comment`]
}

export function leftBehind({ file, text }: SourceFile): string[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      LEFT_BEHIND.filter(([pattern]) => pattern.test(line)).map(([, sentence]) => `${file}:${index + 1}: ${sentence}`),
    )
}
