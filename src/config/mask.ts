/** Nothing secret leaves: settings, addresses and found values as they may be shown. */
import type { Settings } from './settings.ts'
import { kindOf, mapEntry, ROOT, type Shape } from './shape.ts'

export const MASK = '********'

const SECRET_PARAMETER = /([?&][^=&#]*(?:token|key|secret|password|passphrase|auth|sig)[^=&#]*=)[^&#]*/gi

/** Masks user and password, and query parameters that sound secret, in a URL or a list of URLs; other text is unchanged. */
export function maskUrl(text: string): string {
  if (!text.includes('//')) return text
  return text
    .split(/,(?=[a-z+]+:\/\/)/i)
    .map((part) => part.replace(/\/\/.*@/s, `//${MASK}@`).replace(SECRET_PARAMETER, `$1${MASK}`))
    .join(',')
}

/** Calls back for each value of the settings with its shape; what it answers takes the value's place. */
function mapValues(shape: Shape, value: unknown, change: (shape: Shape, value: unknown) => unknown): unknown {
  if (value === undefined) return undefined
  switch (kindOf(shape)) {
    case 'section':
      return Object.fromEntries(
        Object.entries(shape.properties ?? {}).flatMap(([key, child]) => {
          const changed = mapValues(child, (value as Record<string, unknown>)[key], change)
          return changed === undefined ? [] : [[key, changed]]
        }),
      )
    case 'map': {
      const child = mapEntry(shape).value
      const entries = Object.entries(value as Record<string, unknown>)
      return Object.fromEntries(entries.map(([key, item]) => [key, mapValues(child, item, change)]))
    }
    case 'list':
      return (value as unknown[]).map((item) => mapValues(shape.items ?? {}, item, change))
    default:
      return change(shape, value)
  }
}

/** The settings as they may be shown: secrets masked, and user and password in addresses. */
export function maskSecrets(settings: Settings): Settings {
  return mapValues(ROOT, settings, (shape, value) => {
    if (shape.secret) return MASK
    return typeof value === 'string' ? maskUrl(value) : value
  }) as Settings
}

/** The secret texts themselves, for a log that must never print them: secrets, and user and password in addresses. */
export function secretsOf(settings: Settings): readonly string[] {
  const found = new Set<string>()
  mapValues(ROOT, settings, (shape, value) => {
    if (typeof value !== 'string') return value
    if (shape.secret) found.add(value)
    else if (value.includes('//')) for (const [, user] of value.matchAll(/\/\/([^/?#]*)@/g)) if (user) found.add(user)
    return value
  })
  return [...found]
}
