/** Our own events back as data: what was read from XML, with the `<sightline>` element understood. */
import type { CovarianceEnu, Ellipse, ErrorBudget, Flag, Method } from '../domain/location.ts'
import { childOf, textOf, type XmlElement } from './element.ts'
import type { BearingDetail, CotDetail, CotEvent, ErrorBasis, SightlineDetail } from './event.ts'
import { type CotDocument, numberOf } from './parse.ts'

const FLAGS: readonly Flag[] = ['GREEN', 'YELLOW', 'RED', 'UNKNOWN']
const METHODS: readonly (Method | 'bearing')[] = [
  'given',
  'ray-level',
  'ray-terrain',
  'bearing-range',
  'bearing-fix',
  'bearing',
]
const BASES: readonly ErrorBasis[] = ['90', '1sigma']

/**
 * The event that a document was made of, to the precision of the wire; undefined for events of others.
 * Attributes that a newer version added are passed over.
 */
export function eventOf(document: CotDocument): CotEvent | undefined {
  const { uid, type, how, timeMs, startMs, staleMs, lat, lon, haeM, ceM, leM } = document
  const detail = document.detail === undefined ? undefined : detailOf(document.detail)
  return detail && { uid, type, how, timeMs, startMs, staleMs, lat, lon, haeM, ceM, leM, detail }
}

function detailOf(detail: XmlElement): CotDetail | undefined {
  const element = childOf(detail, 'sightline')
  const sightline = element && sightlineOf(element)
  if (element === undefined || sightline === undefined) return undefined
  const remarks = childOf(detail, 'remarks')
  const track = childOf(detail, 'track')
  const precision = childOf(detail, 'precisionlocation')
  const courseDeg = track && numberOf(track, 'course')
  const speedMps = track && numberOf(track, 'speed')
  return {
    callsign: childOf(detail, 'contact')?.attributes.get('callsign') ?? '',
    remarks: remarks === undefined ? '' : textOf(remarks),
    track: courseDeg === undefined || speedMps === undefined ? undefined : { courseDeg, speedMps },
    precision: precision && {
      geopointsrc: precision.attributes.get('geopointsrc') ?? '',
      altsrc: precision.attributes.get('altsrc') ?? '',
    },
    bearing: bearingOf(element),
    sightline,
  }
}

function sightlineOf(element: XmlElement): SightlineDetail | undefined {
  const { attributes } = element
  const source = attributes.get('source')
  const id = attributes.get('id')
  const name = attributes.get('class')
  const flag = FLAGS.find((known) => known === attributes.get('flag'))
  const method = METHODS.find((known) => known === attributes.get('method'))
  const basis = BASES.find((known) => known === attributes.get('basis'))
  if (source === undefined || id === undefined || name === undefined) return undefined
  if (flag === undefined || method === undefined || basis === undefined) return undefined
  return {
    source,
    id,
    class: name,
    confidence: numberOf(element, 'confidence'),
    trackId: attributes.get('track'),
    session: attributes.get('session'),
    flag,
    method,
    basis,
    assumedError: attributes.get('assumed') === 'true',
    ellipse: ellipseOf(attributes.get('ellipse')),
    covariance: covarianceOf(attributes.get('covariance')),
    budget: budgetOf(attributes.get('budget')),
    rangeM: numberOf(element, 'range'),
    because: attributes.get('because'),
  }
}

function ellipseOf(text: string | undefined): Ellipse | undefined {
  const [semiMajorM, semiMinorM, azimuthDeg] = numbersOf(text)
  if (semiMajorM === undefined || semiMinorM === undefined || azimuthDeg === undefined) return undefined
  return { semiMajorM, semiMinorM, azimuthDeg }
}

function covarianceOf(text: string | undefined): CovarianceEnu | undefined {
  const [ee, en, eu, nn, nu, uu] = numbersOf(text)
  if (ee === undefined || en === undefined || eu === undefined) return undefined
  if (nn === undefined || nu === undefined || uu === undefined) return undefined
  return { ee, en, eu, nn, nu, uu }
}

function numbersOf(text: string | undefined): number[] {
  const values = (text ?? '').split(' ').filter(Boolean).map(Number)
  return values.every(Number.isFinite) ? values : []
}

function budgetOf(text: string | undefined): ErrorBudget | undefined {
  if (text === undefined) return undefined
  const shares = text.split(' ').map((entry): [string, number] => {
    const equals = entry.indexOf('=')
    return [entry.slice(0, equals), Number(entry.slice(equals + 1))]
  })
  return Object.fromEntries(shares.filter(([name, share]) => name !== '' && Number.isFinite(share)))
}

function bearingOf(element: XmlElement): BearingDetail | undefined {
  const azimuthDeg = numberOf(element, 'azimuth')
  const sigmaAzimuthDeg = numberOf(element, 'sigmaAzimuth')
  const lengthM = numberOf(element, 'length')
  if (azimuthDeg === undefined || sigmaAzimuthDeg === undefined || lengthM === undefined) return undefined
  return { azimuthDeg, elevationDeg: numberOf(element, 'elevation'), sigmaAzimuthDeg, lengthM }
}
