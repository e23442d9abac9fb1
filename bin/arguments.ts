/** Numbers given on the command line, checked where they are given. */
import { InvalidArgumentError } from 'commander'

/** Reads a whole number within bounds. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least && value <= most) return value
    const upTo = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`
    throw new InvalidArgumentError(`Expected a whole number ${upTo}.`)
  }
}

/** Reads a number greater than zero. */
export function positiveNumber(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('Expected a number greater than 0.')
}

/** Adds one more whole number to a list of them. */
export function eachWholeNumber(least: number): (text: string, before: readonly number[] | undefined) => number[] {
  const read = wholeNumber(least)
  return (text, before) => [...(before ?? []), read(text)]
}
