/** Events of others are read strictly and hostile ones are refused. */
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { childOf, parseXml, textOf, XML_LIMITS } from '../../src/cot/element.ts'
import { COT_UNKNOWN } from '../../src/cot/event.ts'
import { openingOf, parseEvent } from '../../src/cot/parse.ts'
import { encodeXml, encodeXmlText } from '../../src/cot/xml.ts'
import { built, HAS_SHARED, SHARED } from './samples.ts'

const TIMES = 'time="2024-07-24T16:00:00Z" start="2024-07-24T16:00:00Z" stale="2024-07-24T16:05:00Z"'
const POINT = '<point lat="1" lon="2" hae="3" ce="4" le="5"/>'
const event = (inside: string, attributes = `uid="u" type="a-u-G" how="m-g" ${TIMES}`) =>
  `<event version="2.0" ${attributes}>${inside}</event>`

const reason = (text: string | Uint8Array) => {
  const answer = parseEvent(text)
  return answer.ok ? 'read' : answer.reason
}

describe.skipIf(!HAS_SHARED)('real events of ATAK', () => {
  const folder = `${SHARED}examples/`
  const files = HAS_SHARED ? readdirSync(folder) : []

  it.each(files)('are read: %s', (file) => {
    const answer = parseEvent(readFileSync(folder + file))
    if (!answer.ok) throw new Error(`${answer.reason} at ${answer.at}`)
    expect(answer.value.uid).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.value.ceM).toBe(COT_UNKNOWN)
    expect(answer.value.detail && childOf(answer.value.detail, 'contact')?.attributes.get('callsign')).not.toBe('')
  })

  it('with their details, nested and escaped', () => {
    const read = (name: string) => {
      const answer = parseEvent(readFileSync(`${folder}${name}.cot`))
      if (!answer.ok || answer.value.detail === undefined) throw new Error(name)
      return answer.value.detail
    }
    const line = read('Range & Bearing - Line')
    expect(childOf(line, 'range')?.attributes.get('value')).toBe('886.144457943895')
    expect(childOf(line, 'contact')?.attributes.get('callsign')).toBe('R&B 1')
    const shape = childOf(read('Drawing Shapes - Circle'), 'shape')
    const style = shape && childOf(shape, 'link')
    expect(style?.attributes.get('type')).toBe('b-x-KmlStyle')
    const inner = childOf(read('Drawing Shapes - Telestration'), 'link')?.attributes.get('line') ?? ''
    expect(parseEvent(inner).ok).toBe(true)
  })
})

describe('an event of others is read', () => {
  it('with text, character references and CDATA as one text', () => {
    const answer = parseEvent(
      event(`${POINT}<detail><remarks>a &lt;&#177;&#x41;<![CDATA[<b>&amp;]]><!-- c --> d</remarks></detail>`),
    )
    const remarks = answer.ok && answer.value.detail ? childOf(answer.value.detail, 'remarks') : undefined
    expect(remarks && textOf(remarks)).toBe('a <±A<b>&amp; d')
  })

  it('in any order of children, with either quotes, a byte order mark and white space around', () => {
    expect(reason(`\ufeff<?xml version='1.0' encoding='UTF-8'?>\r\n<!-- hi -->${event(`<detail/>${POINT}`)}\n`)).toBe(
      'read',
    )
  })

  it('without how, and with a height and errors that are absent', () => {
    const answer = parseEvent(event('<point lat="1" lon="2"/>', `uid="u" type="t-x-c-t-r" ${TIMES}`))
    expect(answer).toMatchObject({ ok: true, value: { how: '', haeM: COT_UNKNOWN, ceM: COT_UNKNOWN } })
  })

  it('with numbers as Java writes them', () => {
    expect(parseEvent(event('<point lat="1.0E-5" lon="-2." hae="+3" ce=".5" le="9999999.0"/>'))).toMatchObject({
      ok: true,
      value: { lat: 1e-5, lon: -2, haeM: 3, ceM: 0.5, leM: COT_UNKNOWN },
    })
  })
})

describe('an event is refused', () => {
  it.each([
    ['a DTD', `<!DOCTYPE event [<!ENTITY a "b">]>${event(POINT)}`, 'a DTD is not accepted'],
    ['a DTD inside', event(`<!ENTITY a "b">${POINT}`), 'a DTD is not accepted'],
    ['an unknown entity', event(`${POINT}<detail><remarks>&lol;</remarks></detail>`), 'the entity &lol; is not known'],
    ['a bare ampersand', event(`${POINT}<detail a="b & c"/>`), 'an ampersand is not escaped'],
    [
      'a reference to no character',
      event(`${POINT}<detail a="&#0;"/>`),
      'a character reference names no character of XML',
    ],
    [
      'a reference beyond Unicode',
      event(`${POINT}<detail a="&#x110000;"/>`),
      'a character reference names no character of XML',
    ],
    ['a control character', event(`${POINT}<detail a="\u0001"/>`), 'a character is not allowed in XML'],
    ['markup in an attribute', event(`${POINT}<detail a="<"/>`), 'an attribute holds <'],
    ['an attribute twice', event(`${POINT}<detail a="1" a="2"/>`), 'attribute a is given twice'],
    ['attributes without space between', event(`${POINT}<detail a="1"b="2"/>`), 'the tag <detail is malformed'],
    ['crossed tags', event(`${POINT}<detail><a></detail></a>`), '</detail> closes <a>'],
    ['a missing end', event(POINT).replace('</event>', ''), '<event> is not closed'],
    ['a second event', event(POINT) + event(POINT), 'something follows the root element'],
    ['another root', '<events/>', 'the root element is <events>, not <event>'],
    ['nothing', '', 'there is no root element'],
    ['no uid', event(POINT, `type="a-u-G" ${TIMES}`), 'the event has no uid'],
    ['no type', event(POINT, `uid="u" ${TIMES}`), 'the event has no type'],
    [
      'a time without zone',
      event(POINT, `uid="u" type="t" ${TIMES.replaceAll('Z', '')}`),
      'time, start or stale is not a time with a zone',
    ],
    ['no point', event('<detail/>'), 'the event has no point'],
    ['a latitude of NaN', event(POINT.replace('"1"', '"NaN"')), 'a number of the point is missing or cannot be read'],
    ['a latitude beyond the pole', event(POINT.replace('"1"', '"90.5"')), 'the point is not on Earth'],
  ])('that has %s', (_, text, expected) => {
    expect(reason(text)).toBe(expected)
  })

  it('that is not UTF-8', () => {
    expect(reason(Buffer.from(event(`${POINT}<detail a="ä"/>`), 'latin1'))).toBe('the bytes are too long or not UTF-8')
  })

  it('that nests, grows or multiplies beyond the limits', () => {
    const deep = `${'<a>'.repeat(70)}${'</a>'.repeat(70)}`
    expect(reason(event(`${POINT}<detail>${deep}</detail>`))).toBe('the elements nest too deeply')
    expect(parseXml('<a/>'.padEnd(50), { ...XML_LIMITS, maxLength: 40 })).toMatchObject({ ok: false })
    expect(parseXml(`<a>${'<b/>'.repeat(10)}</a>`, { ...XML_LIMITS, maxNodes: 10 })).toMatchObject({ ok: false })
    expect(parseXml(`<a>${'<b/>'.repeat(10)}</a>`, { ...XML_LIMITS, maxNodes: 11 })).toMatchObject({ ok: true })
    expect(parseXml('<a b="" c=""/>', { ...XML_LIMITS, maxAttributes: 1 })).toMatchObject({ ok: false })
  })

  it('with the place of the fault', () => {
    expect(parseXml('<a><b></c></a>')).toMatchObject({ ok: false, at: 9 })
  })

  it('or read, but never thrown at, whatever comes', () => {
    const good = encodeXmlText(built())
    const damaged = fc
      .tuple(
        fc.nat(good.length),
        fc.nat(20),
        fc.string({
          unit: fc.constantFrom('<', '>', '&', '"', '/', '!', '-', '[', ']', 'x', ' ', '\ud800', '?'),
          maxLength: 6,
        }),
      )
      .map(([at, cut, put]) => good.slice(0, at) + put + good.slice(at + cut))
    fc.assert(
      fc.property(fc.oneof(damaged, fc.string({ unit: 'binary' })), (text) => {
        expect(typeof parseEvent(text).ok).toBe('boolean')
        expect(typeof parseEvent(Buffer.from(text)).ok).toBe('boolean')
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the start of an event', () => {
  it('tells uid and type without the rest', () => {
    const xml = encodeXml(built())
    expect(openingOf(xml)).toEqual({ uid: 'sightline.tower-3.t.17', type: 'a-u-X-i-f-s' })
    expect(openingOf(xml.subarray(0, xml.indexOf(0x3e, 100) + 1))?.type).toBe('a-u-X-i-f-s')
  })

  it('tells nothing when it is no event', () => {
    expect(openingOf(Buffer.from('<auth uid="u" type="t"/>'))).toBeUndefined()
    expect(openingOf(Buffer.from('<event uid="u"'))).toBeUndefined()
    expect(openingOf(Buffer.from([0xbf, 1, 2]))).toBeUndefined()
  })
})
