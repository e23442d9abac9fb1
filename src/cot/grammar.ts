/**
 * The published grammar of CoT's `type` and `how` attributes.
 *
 * Sources: the pattern facets of MITRE's Event-PUBLIC.xsd, and its taxonomy of atoms: `a-`, affiliation, battle
 * dimension, MIL-STD-2525 function characters in upper case, then CoT's own extensions in lower case.
 */

/** Affiliations: pending, unknown, assumed friend, friend, neutral, suspect, hostile, joker, faker, none, other. */
export const AFFILIATIONS = ['p', 'u', 'a', 'f', 'n', 's', 'h', 'j', 'k', 'o', 'x'] as const
export type Affiliation = (typeof AFFILIATIONS)[number]

const TYPE = /^[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*(?:;[^;]*)?$/
const ATOM = /^a-[puafnshjkox]-[PAGSUFX](?:-[A-Z0-9])*(?:-[a-z0-9]+)*(?:;[^;]*)?$/
const HOW = /^[A-Za-z0-9_](?:-[A-Za-z0-9_]+)*$/

/** Longest type that is accepted; the longest published one has 29 characters. */
const TYPE_LIMIT = 128

/** True for a type string that the published grammar allows. Atoms (`a-…`) must follow the taxonomy too. */
export function isCotType(text: string): boolean {
  if (text.length > TYPE_LIMIT) return false
  return text.startsWith('a-') ? ATOM.test(text) : text !== 'a' && TYPE.test(text)
}

/** True for a `how` that the published grammar allows. */
export function isHow(text: string): boolean {
  return text.length <= TYPE_LIMIT && HOW.test(text)
}
