/** Encoded events are valid, ASCII, and injection-proof. */
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { XmlDocument, XmlElement, XsdValidator } from 'libxml2-wasm'
import { afterAll, describe, expect, it } from 'vitest'
import { createEventBuilder } from '../../src/cot/build.ts'
import { checkEvent } from '../../src/cot/check.ts'
import { childOf, textOf } from '../../src/cot/element.ts'
import type { CotEvent } from '../../src/cot/event.ts'
import { parseEvent } from '../../src/cot/parse.ts'
import { encodePing, encodePong } from '../../src/cot/ping.ts'
import { eventOf } from '../../src/cot/read.ts'
import { createTypeTable } from '../../src/cot/types.ts'
import { encodedXml, encodeXml, encodeXmlText } from '../../src/cot/xml.ts'
import type { JournalEntry } from '../../src/port/journal.ts'
import { anyInput, bearing, built, detection, HAS_SHARED, hostileText, place, SHARED } from './samples.ts'

const build = createEventBuilder({ types: createTypeTable() })

/** Any event that the builder makes. */
const anyEvent = anyInput.map((input) => {
  const answer = build(input)
  if (!answer.ok) throw new Error(answer.fault.reason)
  return answer.value
})

function parsed(xml: string | Uint8Array) {
  const answer = parseEvent(xml)
  if (!answer.ok) throw new Error(`${answer.reason} at ${answer.at}`)
  return answer.value
}

describe('an encoded event', () => {
  it('is one line of declaration and one element, with nothing after it', () => {
    expect(encodeXmlText(built())).toMatch(
      /^<\?xml version="1\.0" encoding="UTF-8" standalone="yes"\?>\n<event version="2\.0" [^\n]*<\/event>$/,
    )
  })

  it('has the same bytes as its text', () => {
    expect(Buffer.from(encodeXml(built())).toString('utf8')).toBe(encodeXmlText(built()))
  })

  it('reads as documented', () => {
    const event = built({ detection: { ...detection, trackId: '17', velocity: { courseDeg: 359.999, speedMps: 0.5 } } })
    expect(encodeXmlText(event).split('\n')[1]).toBe(
      '<event version="2.0" uid="sightline.tower-3.t.17" type="a-u-X-i-f-s" time="2024-07-24T16:00:00.000Z" ' +
        'start="2024-07-24T16:00:00.000Z" stale="2024-07-24T16:10:00.000Z" how="m-i">' +
        '<point lat="31.60312200" lon="-110.43364900" hae="1369.200" ce="380.40" le="4.93"/><detail>' +
        '<contact callsign="smoke 17"/><remarks source="tower-3" time="2024-07-24T16:00:00.000Z">' +
        'smoke 41 % &#183; &#177;380 m (90 %) &#183; tower-3 &#183; 16:00:00Z</remarks>' +
        '<track course="0.00" speed="0.50"/><precisionlocation geopointsrc="CALC" altsrc="ESTIMATED"/>' +
        '<sightline version="1" source="tower-3" id="t24-0001" class="smoke" confidence="0.4100" track="17" flag="RED" ' +
        'method="ray-level" basis="90" assumed="false" ellipse="178.900 138.600 100.00" ' +
        'covariance="31000.0000 -2000.5000 12.2500 20000.0000 -3.5000 9.0000" budget="attitude=0.7500 surface=0.2500" ' +
        'range="4321.50"/></detail></event>',
    )
  })

  it('says 9999999.0 for a height or an error that is not known', () => {
    const event = built({ located: { ...place, haeM: undefined, ce90M: undefined } })
    expect(encodeXmlText(event)).toContain('hae="9999999.0" ce="9999999.0" le="9999999.0"')
  })

  it('never states a known error as none', () => {
    expect(encodeXmlText(built({ located: { ...place, ce90M: 1e-9 } }))).toContain('ce="0.01"')
  })

  it('writes small numbers without exponent and never minus zero', () => {
    const event = built({ located: { ...place, lat: 1e-7, lon: -1e-12, haeM: -1e-9 } })
    expect(encodeXmlText(event)).toContain('lat="0.00000010" lon="0.00000000" hae="0.000"')
  })

  it('cannot be made of what is not a number', () => {
    expect(() => encodeXml({ ...built(), lat: Number.NaN })).toThrow(RangeError)
    expect(checkEvent(encodeXml(built()))).toEqual([])
  })

  it('of a line of bearing is what ATAK draws as one, and is not red', () => {
    const xml = encodeXmlText(built({ located: { ...bearing, elevationDeg: -1.5 } }))
    expect(xml).toContain('<range value="20000.00"/><bearing value="271.40"/><inclination value="-1.50"/>')
    expect(xml).toContain('<northRef value="0"/>')
    expect(xml).toContain('<color value="-256"/>')
    expect(xml).toContain('azimuth="271.40" elevation="-1.50" sigmaAzimuth="0.500" length="20000.00"')
    expect(encodeXmlText(built({ located: bearing }))).not.toContain('elevation=')
  })

  it('has no archive element, which would keep it for ever', () => {
    expect(encodeXmlText(built())).not.toContain('archive')
  })

  it('is made once for all sinks', () => {
    const entry = { event: built() } as JournalEntry
    const first = encodedXml(entry)
    expect(encodedXml(entry)).toBe(first)
    expect(entry.encoded?.xml).toBe(first)
  })

  it('keeps its bytes when others are encoded after it', () => {
    const first = encodeXml(built())
    const text = Buffer.from(first).toString()
    encodeXml(built({ uid: 'another' }))
    expect(Buffer.from(first).toString()).toBe(text)
  })
})

describe('no text, however hostile', () => {
  it('makes an event that breaks a rule', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        expect(checkEvent(encodeXml(event))).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('adds markup: the elements are the same as for harmless text', () => {
    const shape = (event: CotEvent) =>
      parsed(encodeXml(event))
        .detail?.nodes.map((node) => (typeof node === 'string' ? '' : node.name))
        .join()
    fc.assert(
      fc.property(hostileText, hostileText, (a, b) => {
        const hostile = built({
          uid: `u${a}`,
          detection: { ...detection, class: a, id: `i${b}`, trackId: b, session: a },
        })
        expect(shape(hostile)).toBe(shape(built()))
      }),
    )
  })

  it('goes out unescaped by the encoder either, should the builder ever miss it', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const good = built()
        const event = { ...good, uid: `u${text}`, detail: { ...good.detail, callsign: `c${text}`, remarks: text } }
        const wrong = checkEvent(encodeXml(event)).filter((line) => !line.startsWith('uid is longer'))
        expect(wrong).toEqual([])
      }),
    )
  })

  it('survives other than whole: what XML can carry comes back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), (text) => {
        const good = built()
        const document = parsed(encodeXml({ ...good, detail: { ...good.detail, callsign: text, remarks: text } }))
        const contact = document.detail && childOf(document.detail, 'contact')
        const remarks = document.detail && childOf(document.detail, 'remarks')
        expect(contact?.attributes.get('callsign')).toBe(text)
        expect(remarks && textOf(remarks)).toBe(text)
      }),
    )
  })
})

describe('what was built comes back from the wire', () => {
  const near = (actual: number | undefined, expected: number | undefined, tolerance: number) => {
    if (expected === undefined || actual === undefined) expect(actual).toBe(expected)
    else expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance)
  }

  it('with the same values, to the precision of the wire', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const back = eventOf(parsed(encodeXml(event)))
        if (back === undefined) throw new Error('not recognised as ours')
        const { uid, type, how, timeMs, startMs, staleMs } = event
        expect(back).toMatchObject({ uid, type, how, timeMs, startMs, staleMs })
        near(back.lat, event.lat, 5.1e-9)
        near(back.lon, event.lon, 5.1e-9)
        near(back.haeM, event.haeM, 5.1e-4)
        near(back.ceM, event.ceM, 0.01)
        near(back.leM, event.leM, 0.01)
        const { detail } = event
        expect(back.detail.callsign).toBe(detail.callsign)
        expect(back.detail.remarks).toBe(detail.remarks)
        expect(back.detail.precision).toEqual(detail.precision)
        near(back.detail.track?.speedMps, detail.track?.speedMps, 0.0051)
        near(back.detail.bearing?.lengthM, detail.bearing?.lengthM, 0.0051)
        near(back.detail.bearing?.elevationDeg, detail.bearing?.elevationDeg, 0.0051)
        near(back.detail.sightline.confidence, detail.sightline.confidence, 5.1e-5)
        const { source, id, trackId, session, flag, method, basis, assumedError, because } = detail.sightline
        expect(back.detail.sightline).toMatchObject({ source, id, flag, method, basis, assumedError })
        expect(back.detail.sightline).toMatchObject({ class: detail.sightline.class, trackId, session, because })
      }),
      { numRuns: 300 },
    )
  })

  it('with ellipse, covariance and budget', () => {
    const { ellipse, covariance, budget, rangeM } = place
    expect(eventOf(parsed(encodeXml(built())))?.detail.sightline).toMatchObject({ ellipse, covariance, budget, rangeM })
  })

  it('and an event of others is not taken for ours', () => {
    expect(eventOf(parsed(encodePong(0)))).toBeUndefined()
  })
})

describe.skipIf(!HAS_SHARED)('the published schemas', () => {
  const load = (part: string) => {
    const folder = `${SHARED}mitre-xsd/`
    const name = HAS_SHARED ? readdirSync(folder).find((file) => file.includes(part)) : undefined
    return name === undefined ? undefined : XsdValidator.fromDoc(XmlDocument.fromBuffer(readFileSync(folder + name)))
  }
  const base = load('Base-Event')
  const details = new Map(
    ['Track', 'Remarks', 'Contact'].map((part) => [part.toLowerCase(), load(`CoT ${part}`)] as const),
  )

  afterAll(() => {
    base?.dispose()
    for (const validator of details.values()) validator?.dispose()
  })

  /** Throws when a schema refuses the event or one of its details that has a schema of its own. */
  const validate = (xml: Uint8Array) => {
    if (base === undefined) throw new Error('there is no base schema')
    const document = XmlDocument.fromBuffer(xml)
    try {
      base.validate(document)
      for (const [name, validator] of details) {
        const element = document.get(`/event/detail/${name}`)
        if (element instanceof XmlElement) validator?.validate(element)
      }
    } finally {
      document.dispose()
    }
  }

  it('take every event that is built', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        validate(encodeXml(event))
      }),
      { numRuns: 300 },
    )
  })

  it('take tracks and lines of bearing', () => {
    validate(encodeXml(built({ detection: { ...detection, velocity: { courseDeg: 359.9999, speedMps: 0 } } })))
    validate(encodeXml(built({ located: bearing })))
  })

  it('take pings and pongs', () => {
    validate(encodePing('sightline', Date.now()))
    validate(encodePong(Date.now()))
  })

  it('are in force here: what breaks them is refused', () => {
    const xml = encodeXmlText(built({ detection: { ...detection, velocity: { courseDeg: 1, speedMps: 2 } } }))
    const broken = (from: string, to: string) => {
      expect(xml).toContain(from)
      return Buffer.from(xml.replace(from, to))
    }
    expect(() => validate(broken('lat="31.60312200"', 'lat="3.1e1"'))).toThrow()
    expect(() => validate(broken('course="1.00"', 'course="360.00"'))).toThrow()
    expect(() => validate(broken(' how="m-i"', ''))).toThrow()
  })
})
