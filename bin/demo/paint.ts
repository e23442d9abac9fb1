/** Colours of a terminal, or none. Painted text takes no more room than plain text, so it is painted last. */

export interface Paint {
  strong(text: string): string
  faint(text: string): string
  good(text: string): string
  warn(text: string): string
  bad(text: string): string
}

const as = (code: string) => (text: string) => (text === '' ? '' : `\x1b[${code}m${text}\x1b[0m`)
const plain = (text: string): string => text

export const COLOURS: Paint = { strong: as('1'), faint: as('2'), good: as('32'), warn: as('33'), bad: as('31') }
export const NO_COLOURS: Paint = { strong: plain, faint: plain, good: plain, warn: plain, bad: plain }

/** Colours on a terminal, unless its owner wants none (no-color.org). */
export function paintFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): Paint {
  const wanted = stream.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb'
  return wanted ? COLOURS : NO_COLOURS
}
