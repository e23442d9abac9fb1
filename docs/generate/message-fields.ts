/** The fields of a detection as a table, made from the schema that validates them. */
import { DetectionSchema, PLACES } from '../../src/domain/schema.ts'
import { EXPECTED } from '../../src/domain/terms.ts'
import { code, table } from './markdown/table.ts'

interface Node {
  readonly type?: string
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Node>>
  readonly [EXPECTED]?: string
}

/** Objects that stand in several places are described once, where they stand first. */
const SEEN_ELSEWHERE: Readonly<Record<string, string>> = {
  'observer.sigma': 'as `camera.pose.sigma`',
  'camera.pose.velocity': 'as `velocity`',
  'position.height': 'as every height',
  'camera.pose.height': 'as every height',
  'observer.height': 'as every height',
  'surface.height': 'as every height',
}

/** Fields whose rule is one between fields, so that the node itself does not say it. */
const KINDS: Readonly<Record<string, string>> = {
  source: '1 to 64 of A-Z a-z 0-9 _ -',
  schema: '`1`',
  confidenceScale: '`"percent"`',
}

const HEIGHT = 'surface.height'

const numeral = (value: number): string =>
  Math.abs(value) >= 1e6 ? value.toExponential().replace('+', '') : String(value)

/** What may stand there, in few words. */
function kindOf(node: Node): string {
  if (node.enum) return node.enum.map((value) => code(JSON.stringify(value))).join(' or ')
  const { type = 'anything', minimum, maximum, exclusiveMinimum, exclusiveMaximum } = node
  if (type !== 'number' && type !== 'integer') return node[EXPECTED] ?? type
  const low = minimum ?? exclusiveMinimum
  const high = maximum ?? exclusiveMaximum
  if (node[EXPECTED] !== undefined) return node[EXPECTED]
  if (low === undefined || high === undefined) return type
  const from = exclusiveMinimum === undefined ? numeral(low) : `above ${numeral(low)}`
  return `${type}, ${from} to ${exclusiveMaximum === undefined ? '' : 'below '}${numeral(high)}`
}

function* rows(node: Node, path: string): Generator<string[]> {
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    const at = path === '' ? name : `${path}.${name}`
    const elsewhere = SEEN_ELSEWHERE[at]
    const required = node.required?.includes(name) ? 'yes' : ''
    const kind = elsewhere ?? KINDS[at] ?? kindOf(child)
    yield [code(at), kind, required, child.description ?? '']
    if (elsewhere === undefined) yield* rows(child, at)
  }
}

/** Every field, by its path. A field of an optional object is required only where the object is there. */
export function fieldTable(): string {
  return table(['field', 'value', 'required', 'what it is'], [...rows(DetectionSchema as Node, '')])
}

/** A height, which stands in several places. */
export function heightTable(): string {
  const node = HEIGHT.split('.').reduce<Node | undefined>((at, name) => at?.properties?.[name], DetectionSchema as Node)
  return table(['field', 'value', 'required', 'what it is'], [...rows(node ?? {}, '')])
}

/** Names one thing, so a member never takes it from its frame. */
const NAMES = ['id', 'trackId']
const JOINED = 'attributes'

/** What a member does with each field of its frame. */
export function frameTable(): string {
  const list = (names: readonly string[]) => names.map((name) => code(name)).join(', ')
  const apart = new Set<string>([...PLACES, ...NAMES, JOINED])
  const whole = Object.keys(DetectionSchema.properties).filter((name) => !apart.has(name))
  const kept = NAMES.map((name) => `frame.${name}`)
  return table(
    ['field of the frame', 'what a member does with it'],
    [
      [list(whole), 'takes it whole where it has none of its own; objects are not merged'],
      [list(PLACES), "count as one field: a member with a place of its own takes none of the frame's"],
      [code(JOINED), "joined by name, the member's winning"],
      ['unknown fields', "taken, and kept in the member's attributes"],
      [list(NAMES), `never taken, because they name one thing; kept in each member's attributes as ${list(kept)}`],
    ],
  )
}
