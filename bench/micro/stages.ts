/** The stages that only compute, one detection at a time: read and validate, ray and covariance, event, XML. */
import { encodeXml } from '../../src/cot/xml.ts'
import { givenPosition, padded, pixelOfCamera } from '../load/detections.ts'
import { readOne, type Staged, stages } from '../load/stages.ts'
import type { Subject } from './loop.ts'

/** Different detections, so that nothing is answered from the cache of the last one. */
const DIFFERENT = 1_000

const numbers = Array.from({ length: DIFFERENT }, (_, n) => n)
const mixed = (): Uint8Array[] =>
  numbers.map((n) => Buffer.from(padded(n % 2 === 0 ? givenPosition(n) : pixelOfCamera(n))))

/** Bytes to a checked detection, with its canonical form and hash. */
export function read(): Subject {
  const payloads = mixed()
  return { each: DIFFERENT, run: () => over(payloads, (payload) => readOne(payload).canonical.length) }
}

/** A pixel through lens and gimbal onto the ground, with its error ellipse. */
export function locate(): Subject {
  const { locate, through } = stages()
  const detections = numbers.map((n) => through(Buffer.from(padded(pixelOfCamera(n)))).element.detection)
  return {
    each: DIFFERENT,
    run: () => over(detections, (detection) => (locate(detection).ok ? 1 : Number.NaN)),
  }
}

/** A located detection to a finished event. */
export function event(): Subject {
  const { build, through, nowMs } = stages()
  const staged = mixed().map(through)
  return {
    each: DIFFERENT,
    run: () =>
      over(staged, ({ element, located, uid }: Staged) =>
        build({ detection: element.detection, located, uid, nowMs }).ok ? 1 : Number.NaN,
      ),
  }
}

/** A finished event to its bytes. */
export function xml(): Subject {
  const { through } = stages()
  const events = mixed().map((payload) => through(payload).event)
  return { each: DIFFERENT, run: () => over(events, (finished) => encodeXml(finished).length) }
}

function over<T>(items: readonly T[], work: (item: T) => number): number {
  let kept = 0
  for (const item of items) kept += work(item)
  return kept
}
