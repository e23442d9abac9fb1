/** The CoT type tree as NATS subjects: `a-h-G-E-V` is published on `cot.a.h.G.E.V`. */

const ROOT = 'cot'
const CLEAN = /^[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*$/
const UNSAFE = /[^A-Za-z0-9_]/g

/** One token: never empty, never a wildcard, a dot or a space. */
function token(text: string): string {
  return text === '' ? '_' : text.replace(UNSAFE, '_')
}

/** What comes after a semicolon in a type is an optional remark and no part of the tree. */
function tree(type: string): string {
  const end = type.indexOf(';')
  return end < 0 ? type : type.slice(0, end)
}

/** The subject of a type. Any string gives a subject that may be published on. */
export function cotSubject(type: string): string {
  if (CLEAN.test(type)) return `${ROOT}.${type.replaceAll('-', '.')}`
  return `${ROOT}.${tree(type).split('-').map(token).join('.')}`
}

/**
 * The subjects that together carry a type and everything under it: `a-*-A` gives `cot.a.*.A` and `cot.a.*.A.>`,
 * because `>` stands for one token or more. `*` (or `.`, as MITRE's lists write it) is any one token;
 * a trailing `>` asks for what lies under the type only; nothing, `*` or `>` alone asks for everything.
 */
export function subjectsFor(typePattern: string): string[] {
  const parts = tree(typePattern.trim()).split('-')
  const under = parts.at(-1) === '>'
  if (under) parts.pop()
  if (parts.length === 0 || (parts.length === 1 && (parts[0] === '' || parts[0] === '*'))) return [`${ROOT}.>`]
  const stem = [ROOT, ...parts.map((part) => (part === '*' || part === '.' ? '*' : token(part)))].join('.')
  return under ? [`${stem}.>`] : [stem, `${stem}.>`]
}
