/** Streams of detections as messages, for filling the input stream beforehand. */
import { detection, POISON_EVERY, poison } from './detections.ts'

/** Good detections, one a message. */
export function* singles(detections: number): Generator<Uint8Array> {
  for (let n = 0; n < detections; n++) yield Buffer.from(detection(n))
}

/** Good detections in arrays of so many. */
export function* arrays(detections: number, size: number): Generator<Uint8Array> {
  for (let from = 0; from < detections; from += size) {
    const length = Math.min(size, detections - from)
    yield Buffer.from(`[${Array.from({ length }, (_, i) => detection(from + i)).join(',')}]`)
  }
}

/** Good detections, each of them again, byte for byte, so many messages later. */
export function* twice(numbers: number, distance: number): Generator<Uint8Array> {
  for (let from = 0; from < numbers; from += distance) {
    const length = Math.min(distance, numbers - from)
    const payloads = Array.from({ length }, (_, i) => Buffer.from(detection(from + i)))
    yield* payloads
    yield* payloads
  }
}

/** True for the numbers that are bad in {@link poisoned}: 5 %. */
export const isPoison = (n: number): boolean => n % POISON_EVERY === POISON_EVERY - 1

/** Good detections with bad ones among them. */
export function* poisoned(detections: number): Generator<Uint8Array> {
  for (let n = 0; n < detections; n++) yield isPoison(n) ? poison(n) : Buffer.from(detection(n))
}
