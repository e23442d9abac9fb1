/**
 * The project's own judge of what it sends: everything that the published schema asks of an event, and what real
 * receivers ask beyond it.
 *
 * It shares the XML reader with the rest, but none of the code that writes.
 */
import { type Parsed, parseXml, type XmlElement } from './element.ts'
import { isCotType, isHow } from './grammar.ts'

const DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<event '
const END = '</event>'

const DECIMAL = /^-?\d+(?:\.\d+)?$/
const MINUS_ZERO = /^-0+(?:\.0+)?$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const QOS = /^\d-\w-\w$/
const OPEX = /^[oes](?:-.+)?$/

const EVENT_ATTRIBUTES = ['version', 'uid', 'type', 'time', 'start', 'stale', 'how']
const EVENT_OPTIONS = ['access', 'qos', 'opex', 'caveat', 'releaseableTo']
const POINT_ATTRIBUTES = ['lat', 'lon', 'hae', 'ce', 'le']

/** Every way in which an event as sent breaks the rules; empty for a good one. */
export function checkEvent(xml: string | Uint8Array): string[] {
  const text = typeof xml === 'string' ? xml : Buffer.from(xml).toString('latin1')
  const wrong = checkForm(text)
  const parsed: Parsed<XmlElement> = parseXml(text)
  if (!parsed.ok) return [...wrong, `not well formed: ${parsed.reason} (at ${parsed.at})`]
  const event = parsed.value
  if (event.name !== 'event') return [...wrong, `the root element is <${event.name}>`]
  wrong.push(...checkAttributes(event), ...checkChildren(event))
  return wrong
}

function checkForm(text: string): string[] {
  const wrong: string[] = []
  if (!text.startsWith(DECLARATION)) wrong.push('does not begin with the declaration, one line break and <event')
  if (!text.endsWith(END)) wrong.push('does not end with </event>')
  if (text.indexOf(END) !== text.lastIndexOf(END)) wrong.push('has more than one </event>')
  if (!/^[\n\x20-\x7e]*$/.test(text)) wrong.push('is not printable ASCII')
  return wrong
}

function checkAttributes(event: XmlElement): string[] {
  const { attributes } = event
  const wrong = missing(event, EVENT_ATTRIBUTES)
  for (const name of attributes.keys()) {
    if (!EVENT_ATTRIBUTES.includes(name) && !EVENT_OPTIONS.includes(name)) wrong.push(`event has attribute ${name}`)
  }
  const value = (name: string) => attributes.get(name) ?? ''
  if (value('version') !== '2.0') wrong.push(`version is ${value('version')}, not 2.0`)
  if (value('uid').trim() === '') wrong.push('uid is blank')
  if (value('uid').length > 255) wrong.push('uid is longer than 255 characters')
  if (!isCotType(value('type'))) wrong.push(`type ${value('type')} breaks the grammar`)
  if (!isHow(value('how'))) wrong.push(`how ${value('how')} breaks the grammar`)
  const qos = attributes.get('qos')
  if (qos !== undefined && !QOS.test(qos)) wrong.push(`qos ${qos} breaks the grammar`)
  const opex = attributes.get('opex')
  if (opex !== undefined && !OPEX.test(opex)) wrong.push(`opex ${opex} breaks the grammar`)
  return [...wrong, ...checkTimes(value('time'), value('start'), value('stale'))]
}

function checkTimes(time: string, start: string, stale: string): string[] {
  const wrong: string[] = []
  for (const [name, text] of Object.entries({ time, start, stale })) {
    const ms = Date.parse(text)
    if (!TIME.test(text)) wrong.push(`${name} ${text} is not YYYY-MM-DDTHH:mm:ss.SSSZ`)
    else if (Number.isNaN(ms) || new Date(ms).toISOString() !== text) wrong.push(`${name} ${text} is no real time`)
  }
  if (wrong.length === 0 && Date.parse(stale) < Date.parse(start)) wrong.push('stale is before start')
  return wrong
}

function checkChildren(event: XmlElement): string[] {
  const wrong: string[] = []
  const elements: XmlElement[] = []
  for (const node of event.nodes) {
    if (typeof node !== 'string') elements.push(node)
    else if (node.trim() !== '') wrong.push('event holds text')
  }
  const points = elements.filter((element) => element.name === 'point')
  const details = elements.filter((element) => element.name === 'detail')
  if (points.length !== 1) wrong.push(`event has ${points.length} points`)
  if (details.length > 1) wrong.push(`event has ${details.length} details`)
  if (points.length + details.length !== elements.length) wrong.push('event has children beside point and detail')
  for (const point of points) wrong.push(...checkPoint(point))
  for (const detail of details) wrong.push(...checkDetail(detail, event.attributes.get('type') ?? ''))
  return wrong
}

function checkPoint(point: XmlElement): string[] {
  const wrong = missing(point, POINT_ATTRIBUTES)
  if (point.nodes.length > 0) wrong.push('point is not empty')
  for (const name of point.attributes.keys()) {
    if (!POINT_ATTRIBUTES.includes(name)) wrong.push(`point has attribute ${name}`)
  }
  return [
    ...wrong,
    ...checkNumber(point, 'lat', -90, 90),
    ...checkNumber(point, 'lon', -180, 180),
    ...checkNumber(point, 'hae'),
    ...checkNumber(point, 'ce', 0, 9_999_999),
    ...checkNumber(point, 'le', 0, 9_999_999),
  ]
}

/** What the sub-schemas and TAK ask of the elements that we write; other elements are nobody's business here. */
function checkDetail(detail: XmlElement, type: string): string[] {
  const wrong: string[] = []
  const seen = new Set<string>()
  for (const node of detail.nodes) {
    if (typeof node === 'string') continue
    const { name } = node
    if (seen.has(name) && name !== 'link') wrong.push(`detail has two <${name}>`)
    seen.add(name)
    if (name === 'contact' && (node.attributes.get('callsign') ?? '').trim() === '') wrong.push('callsign is blank')
    if (name === 'track') wrong.push(...checkNumber(node, 'course', 0, 359.99), ...checkNumber(node, 'speed', 0))
    if (name === 'archive') wrong.push('archive stops the marker from ageing')
    if (name === 'precisionlocation') wrong.push(...missing(node, ['geopointsrc', 'altsrc']))
    if (name === 'sightline')
      wrong.push(...missing(node, ['version', 'source', 'id', 'class', 'flag', 'method', 'basis']))
    if (name === 'range') wrong.push(...checkNumber(node, 'value', 0))
    if (name === 'bearing') wrong.push(...checkNumber(node, 'value', 0, 359.99))
  }
  if (seen.has('sightline') && !seen.has('contact')) wrong.push('the event has no callsign')
  if (type === 'u-rb-a') {
    for (const name of ['range', 'bearing', 'northRef']) if (!seen.has(name)) wrong.push(`the line has no <${name}>`)
  }
  return wrong
}

function missing(element: XmlElement, names: readonly string[]): string[] {
  return names.filter((name) => !element.attributes.has(name)).map((name) => `${element.name} has no ${name}`)
}

function checkNumber(element: XmlElement, name: string, least = -Infinity, most = Infinity): string[] {
  const text = element.attributes.get(name)
  if (text === undefined) return element.name === 'point' ? [] : [`${element.name} has no ${name}`]
  if (!DECIMAL.test(text)) return [`${element.name} ${name} ${text} is not a plain decimal`]
  if (MINUS_ZERO.test(text)) return [`${element.name} ${name} is minus zero`]
  const value = Number(text)
  return value >= least && value <= most ? [] : [`${element.name} ${name} ${text} is out of range`]
}
