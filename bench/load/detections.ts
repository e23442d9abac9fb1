/**
 * Detections for measuring: 300 bytes each, numbered, every other one a given position and a pixel of a registered camera.
 *
 * The pixel is what makes the geolocation stage work: lens, ray, surface and covariance. The camera is registered because
 * one that travels inline makes a message of 700 bytes. The number stands in the id, first in the message, so that it can
 * be read back from an event, from a header, and from the bytes of a dead letter.
 */

/** Bytes of a single detection, unless it is asked for otherwise. */
export const DETECTION_BYTES = 300

/** Every twentieth of a poisoned stream is bad: 5 %. */
export const POISON_EVERY = 20

const T0 = Date.parse('2024-07-24T16:00:00.000Z')
const TRACKS = 50
const CAMERA = 'tower'
/** As in JSON and as in XML. */
const ID = /\bid"?[:=]"b-(\d+)"/

/** Settings file (YAML, of which JSON is a part) that registers the camera. */
export const CAMERA_SETTINGS = JSON.stringify({
  cameras: {
    [CAMERA]: {
      pose: {
        lat: 31.6031,
        lon: -110.4336,
        height: { value: 1_466, datum: 'hae' },
        yawDeg: 105.8,
        pitchDeg: -35,
        rollDeg: -0.3,
        sigma: { positionM: 1.5, heightM: 2, yawDeg: 0.8, pitchDeg: 0.5, rollDeg: 0.5 },
      },
      intrinsics: {
        fx: 1_412.4,
        fy: 1_409.8,
        cx: 958.2,
        cy: 541.7,
        width: 1_920,
        height: 1_080,
        distortion: { model: 'brown-conrady', coefficients: [-0.0776, 0.197, 0.00117, 0.00024, -0.0682] },
      },
    },
  },
})

export const idOf = (n: number): string => `b-${n}`

/** The number in an id made here; undefined for any other. */
export function numberInId(id: string): number | undefined {
  return /^b-\d+$/.test(id) ? Number(id.slice(2)) : undefined
}

/** The number in the bytes of a message made here, or of the event made of it, however broken the rest is. */
export function numberInBytes(data: Uint8Array): number | undefined {
  const found = ID.exec(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1'))
  return found === null ? undefined : Number(found[1])
}

/** One good detection as JSON. */
export function detection(n: number): string {
  return padded(n % 2 === 0 ? givenPosition(n) : pixelOfCamera(n))
}

/** Always the kind with a given position. */
export function givenPosition(n: number): Record<string, unknown> {
  return {
    ...origin(n),
    position: {
      lat: 31.6 + (n % 1_000) * 1e-5,
      lon: -110.43 + (n % 777) * 1e-5,
      height: { value: 1_400.25, datum: 'hae' },
      accuracy: { horizontalM: 4.5, verticalM: 7, basis: 'ce90' },
    },
  }
}

/** Always the kind that has to be cast onto the ground. */
export function pixelOfCamera(n: number): Record<string, unknown> {
  return {
    ...origin(n),
    pixel: { u: 100.5 + (n % 1_700), v: 40.25 + (n % 997) },
    camera: { id: CAMERA },
    image: { width: 1_920, height: 1_080 },
    surface: { height: { value: 1_369.2, datum: 'hae' }, sigmaM: 3 },
  }
}

/** One bad detection as bytes; the kinds take turns. The way its number is written stays readable in each. */
export function poison(n: number): Uint8Array {
  const good = padded(givenPosition(n))
  const kinds: readonly (() => string)[] = [
    () => good.replace('"class":"person"', '"class":7'),
    () => good.replace(/"lat":[\d.]+/, '"lat":912.5'),
    () => good.replace('Z","class"', '","class"'),
    () => good.slice(0, good.length >> 1),
    () => good.replace('"datum":"hae"', '"datum":"egm"'),
    () => good.replace('"person"', '"pers\u00ffn"'),
  ]
  const make = kinds[Math.floor(n / POISON_EVERY) % kinds.length] as () => string
  // One byte a character: the last kind then holds a byte that no UTF-8 text can hold there.
  return Buffer.from(make(), 'latin1')
}

function origin(n: number): Record<string, unknown> {
  return {
    id: idOf(n),
    time: new Date(T0 + n).toISOString(),
    class: 'person',
    confidence: 0.87,
    trackId: `t-${n % TRACKS}`,
    session: 's1',
  }
}

/** Fills up to the size with an attribute, as a producer that sends its model's name along would. */
export function padded(fields: Record<string, unknown>, bytes = DETECTION_BYTES): string {
  const bare = JSON.stringify({ ...fields, attributes: { model: '' } })
  const room = Math.max(0, bytes - bare.length)
  return JSON.stringify({ ...fields, attributes: { model: 'm'.repeat(room) } })
}
