/** The events in the committed stores: what they hold must never be read differently. */
import type { EventDraft } from '../../src/port/journal.ts'
import { draftOf, T0 } from './sample.ts'

export const plainDraft = (i: number): EventDraft => draftOf(`plain-${i}`)

const base = draftOf('every-field', { source: 'tower-3' })

/** An event with every field that schema version 1 has. */
export const everyField: EventDraft = {
  ...base,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  event: {
    uid: 'sightline.tower-3.t.night.17',
    type: 'a-h-G-E-V',
    how: 'm-i',
    timeMs: T0 + 1,
    startMs: T0 + 2,
    staleMs: T0 + 120_003,
    lat: 31.603122,
    lon: -110.433649,
    haeM: 1369.2,
    ceM: 17.25,
    leM: 9_999_999,
    detail: {
      callsign: 'Lkw 17 – grün',
      remarks: 'truck 93 % · ±17 m (90 %) · tower-3 · 16:00:00Z',
      track: { courseDeg: 271.5, speedMps: 13.875 },
      precision: { geopointsrc: 'CALC', altsrc: 'DTED1' },
      bearing: { azimuthDeg: 105.25, elevationDeg: -3.5, sigmaAzimuthDeg: 0.75, lengthM: 8_000 },
      sightline: {
        source: 'tower-3b',
        id: 'other-id',
        class: 'truck',
        confidence: 0.93,
        trackId: '17',
        session: 'night',
        flag: 'YELLOW',
        method: 'ray-level',
        basis: '1sigma',
        assumedError: true,
        ellipse: { semiMajorM: 12.5, semiMinorM: 4.25, azimuthDeg: 44 },
        covariance: { ee: 1.5, en: -0.25, eu: 0.125, nn: 2.5, nu: -0.5, uu: 9 },
        budget: { attitude: 0.75, position: 0.125, pixel: 0.125 },
        rangeM: 812.5,
        because: 'grazing',
      },
    },
  },
}
