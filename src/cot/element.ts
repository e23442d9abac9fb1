/**
 * A small, strict reader for the XML that CoT needs.
 *
 * Invariants: no DTD, so no entity can expand; only the five predefined entities and character references are known;
 * depth, size and count of nodes are bounded; whatever is not well formed is refused with the place and the reason.
 * Namespaces are not resolved: a prefix is part of the name.
 */

export type XmlNode = XmlElement | string

export interface XmlElement {
  readonly name: string
  /** In document order. */
  readonly attributes: ReadonlyMap<string, string>
  /** Elements and text in document order; comments are left out. */
  readonly nodes: readonly XmlNode[]
}

/** What was read, or why not and at which character. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string; readonly at: number }

export interface XmlLimits {
  /** UTF-16 units; TAK Server takes events of up to 8 MB. */
  readonly maxLength: number
  readonly maxDepth: number
  /** Elements and pieces of text. */
  readonly maxNodes: number
  readonly maxAttributes: number
}

export const XML_LIMITS: XmlLimits = {
  maxLength: 8 * 1024 * 1024,
  maxDepth: 64,
  maxNodes: 100_000,
  maxAttributes: 256,
}

/** Reads a whole document and returns its root element. */
export function parseXml(text: string, limits: XmlLimits = XML_LIMITS): Parsed<XmlElement> {
  return attempt(text, limits, (reader) => reader.document())
}

/** Reads no further than the root's start tag: enough to know what a long message is. */
export function parseOpening(text: string, limits: XmlLimits = XML_LIMITS): Parsed<XmlElement> {
  return attempt(text, limits, (reader) => reader.opening())
}

/** Why reading stopped. Not an Error: a hostile stream must not cost a stack trace for each of its messages. */
class Malformed {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}

function attempt(text: string, limits: XmlLimits, read: (reader: XmlReader) => XmlElement): Parsed<XmlElement> {
  const reader = new XmlReader(text, limits)
  try {
    return { ok: true, value: read(reader) }
  } catch (thrown) {
    if (thrown instanceof Malformed) return { ok: false, reason: thrown.reason, at: reader.at }
    throw thrown
  }
}

/** The first child element of that name. */
export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  for (const node of element.nodes) if (typeof node !== 'string' && node.name === name) return node
  return undefined
}

/** The text directly inside an element. */
export function textOf(element: XmlElement): string {
  return element.nodes.filter((node) => typeof node === 'string').join('')
}

interface OpenElement extends XmlElement {
  readonly nodes: XmlNode[]
}

const DECLARATION =
  /<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.\d"|'1\.\d')(?:[ \t\r\n]+[a-z]+[ \t\r\n]*=[ \t\r\n]*(?:"[A-Za-z0-9._-]*"|'[A-Za-z0-9._-]*'))*[ \t\r\n]*\?>/y
const SPACE = /[ \t\r\n]*/y
const NAME = /[\p{L}_:][\p{L}\p{M}\p{N}_:.\-·]*/uy
const REFERENCE = /&(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|([a-z]+));/g
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 forbids
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/
const LONGEST_NAME = 256

class XmlReader {
  at = 0
  readonly #text: string
  readonly #limits: XmlLimits
  #nodes = 0

  constructor(text: string, limits: XmlLimits) {
    this.#text = text
    this.#limits = limits
  }

  document(): XmlElement {
    const { element: root, closed } = this.#root()
    const open = closed ? [] : [root]
    for (let parent = open.at(-1); parent !== undefined; parent = open.at(-1)) this.#content(parent, open)
    this.#aside()
    if (this.at < this.#text.length) throw new Malformed('something follows the root element')
    return root
  }

  opening(): XmlElement {
    return this.#root().element
  }

  #root(): { element: OpenElement; closed: boolean } {
    if (this.#text.length > this.#limits.maxLength) throw new Malformed('the document is too long')
    if (this.#text.startsWith('\ufeff')) this.at = 1
    if (this.#text.startsWith('<?xml', this.at)) this.#match(DECLARATION, 'the XML declaration is malformed')
    this.#aside()
    if (!this.#text.startsWith('<', this.at)) throw new Malformed('there is no root element')
    return this.#startTag()
  }

  /** What may stand beside the root element: white space, comments, processing instructions. */
  #aside(): void {
    for (;;) {
      this.#space()
      if (this.#text.startsWith('<!--', this.at)) this.#comment()
      else if (this.#text.startsWith('<?', this.at)) this.#instruction()
      else if (this.#text.startsWith('<!', this.at)) throw new Malformed('a DTD is not accepted')
      else return
    }
  }

  /** Reads one piece of an open element's content; opens and closes elements on the stack. */
  #content(parent: OpenElement, open: OpenElement[]): void {
    const text = this.#text
    const tag = text.indexOf('<', this.at)
    if (tag < 0) throw new Malformed(`<${parent.name}> is not closed`)
    if (tag > this.at) this.#addText(parent, this.#decoded(tag, 'text'))
    const next = text.charCodeAt(tag + 1)
    if (next === 0x2f) {
      this.#endTag(parent)
      open.pop()
    } else if (next === 0x21) {
      if (text.startsWith('<!--', tag)) this.#comment()
      else if (text.startsWith('<![CDATA[', tag)) this.#cdata(parent)
      else throw new Malformed('a DTD is not accepted')
    } else if (next === 0x3f) {
      this.#instruction()
    } else {
      const { element, closed } = this.#startTag()
      parent.nodes.push(element)
      if (closed) return
      if (open.length >= this.#limits.maxDepth) throw new Malformed('the elements nest too deeply')
      open.push(element)
    }
  }

  #startTag(): { element: OpenElement; closed: boolean } {
    this.#count()
    this.at++
    const name = this.#name()
    const attributes = new Map<string, string>()
    for (;;) {
      const before = this.at
      this.#space()
      if (this.#take('>')) return { element: { name, attributes, nodes: [] }, closed: false }
      if (this.#take('/>')) return { element: { name, attributes, nodes: [] }, closed: true }
      if (this.at === before) throw new Malformed(`the tag <${name} is malformed`)
      this.#attribute(attributes)
    }
  }

  #attribute(attributes: Map<string, string>): void {
    const name = this.#name()
    this.#space()
    if (!this.#take('=')) throw new Malformed(`attribute ${name} has no value`)
    this.#space()
    const quote = this.#text[this.at]
    if (quote !== '"' && quote !== "'") throw new Malformed(`attribute ${name} is not in quotes`)
    this.at++
    const end = this.#text.indexOf(quote, this.at)
    if (end < 0) throw new Malformed(`attribute ${name} is not closed`)
    if (attributes.has(name)) throw new Malformed(`attribute ${name} is given twice`)
    if (attributes.size >= this.#limits.maxAttributes) throw new Malformed('an element has too many attributes')
    attributes.set(name, this.#decoded(end, 'attribute'))
    this.at = end + 1
  }

  #endTag(parent: OpenElement): void {
    this.at += 2
    const name = this.#name()
    if (name !== parent.name) throw new Malformed(`</${name}> closes <${parent.name}>`)
    this.#space()
    if (!this.#take('>')) throw new Malformed(`the tag </${name} is malformed`)
  }

  #cdata(parent: OpenElement): void {
    const from = this.at + '<![CDATA['.length
    const end = this.#text.indexOf(']]>', from)
    if (end < 0) throw new Malformed('a CDATA section is not closed')
    const raw = this.#text.slice(from, end)
    this.#refuseForbidden(raw)
    if (raw !== '') this.#addText(parent, raw.replace(/\r\n?/g, '\n'))
    this.at = end + 3
  }

  #comment(): void {
    const end = this.#text.indexOf('--', this.at + 4)
    if (end < 0 || this.#text[end + 2] !== '>') throw new Malformed('a comment is malformed')
    this.#refuseForbidden(this.#text.slice(this.at, end))
    this.at = end + 3
  }

  #instruction(): void {
    const end = this.#text.indexOf('?>', this.at)
    if (end < 0 || /^<\?xml\b/i.test(this.#text.slice(this.at, this.at + 6))) {
      throw new Malformed('a processing instruction is malformed')
    }
    this.#refuseForbidden(this.#text.slice(this.at, end))
    this.at = end + 2
  }

  #addText(parent: OpenElement, text: string): void {
    const last = parent.nodes.at(-1)
    if (typeof last === 'string') {
      parent.nodes[parent.nodes.length - 1] = last + text
      return
    }
    this.#count()
    parent.nodes.push(text)
  }

  /** Text from here to `end` with its references resolved; moves to `end`. */
  #decoded(end: number, place: 'text' | 'attribute'): string {
    let raw = this.#text.slice(this.at, end)
    this.#refuseForbidden(raw)
    if (place === 'attribute') {
      if (raw.includes('<')) throw new Malformed('an attribute holds <')
      raw = raw.replace(/\r\n|[\r\n\t]/g, ' ')
    } else {
      if (raw.includes(']]>')) throw new Malformed('text holds ]]>')
      if (raw.includes('\r')) raw = raw.replace(/\r\n?/g, '\n')
    }
    this.at = end
    return raw.includes('&') ? resolved(raw) : raw
  }

  #refuseForbidden(raw: string): void {
    if (FORBIDDEN.test(raw) || !raw.isWellFormed()) throw new Malformed('a character is not allowed in XML')
  }

  #name(): string {
    const name = this.#match(NAME, 'a name was expected')
    if (name.length > LONGEST_NAME) throw new Malformed('a name is too long')
    return name
  }

  #space(): void {
    SPACE.lastIndex = this.at
    SPACE.test(this.#text)
    this.at = SPACE.lastIndex
  }

  #take(token: string): boolean {
    if (!this.#text.startsWith(token, this.at)) return false
    this.at += token.length
    return true
  }

  #match(pattern: RegExp, reason: string): string {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.#text)
    if (found === null) throw new Malformed(reason)
    this.at = pattern.lastIndex
    return found[0]
  }

  #count(): void {
    if (++this.#nodes > this.#limits.maxNodes) throw new Malformed('the document has too many nodes')
  }
}

/** Replaces character and predefined entity references; anything else after an ampersand is refused. */
function resolved(raw: string): string {
  let known = 0
  const text = raw.replace(REFERENCE, (_, decimal?: string, hex?: string, name?: string) => {
    known++
    if (name !== undefined) {
      const entity = ENTITIES[name]
      if (entity === undefined) throw new Malformed(`the entity &${name}; is not known`)
      return entity
    }
    const point = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
    const char = point > 0x10ffff ? '' : String.fromCodePoint(point)
    if (char === '' || FORBIDDEN.test(char) || !char.isWellFormed()) {
      throw new Malformed('a character reference names no character of XML')
    }
    return char
  })
  let ampersands = 0
  for (let at = raw.indexOf('&'); at >= 0; at = raw.indexOf('&', at + 1)) ampersands++
  if (ampersands !== known) throw new Malformed('an ampersand is not escaped')
  return text
}
