/** Detections for tests: small, valid, and told apart by their ids. */

const T0 = Date.parse('2024-07-24T16:00:00.000Z')

/** A given position; about 300 bytes as JSON. */
export function positionDetection(id: string, overrides: Readonly<Record<string, unknown>> = {}): string {
  const n = Number(id.replace(/\D/g, '')) || 0
  return JSON.stringify({
    id,
    time: new Date(T0 + (n % 86_400_000)).toISOString(),
    class: 'person',
    confidence: 0.87,
    trackId: `track-${n % 50}`,
    session: 's1',
    position: {
      lat: 31.6 + (n % 1_000) * 1e-5,
      lon: -110.43 + (n % 777) * 1e-5,
      height: { value: 1_400.25, datum: 'hae' },
      accuracy: { horizontalM: 4.5, verticalM: 7, basis: 'ce90' },
    },
    ...overrides,
  })
}

/** The number in the id of a detection made here, told from its time; for far ends that see no id. */
export const numberOf = (time: string): number => Date.parse(time) - T0

/** `count` detections whose ids are `<prefix>-<n>`, n from `first`. */
export function* positionDetections(prefix: string, count: number, first = 0): Generator<string> {
  for (let n = first; n < first + count; n++) yield positionDetection(`${prefix}-${n}`)
}

/** The same at about 4 KiB each, so that whatever is kept in memory or on disk shows; numbers from `first`. */
export function weightyDetections(first: number, count: number): string[] {
  const attributes = { note: 'x'.repeat(3_600) }
  return Array.from({ length: count }, (_, n) => positionDetection(`d-${first + n}`, { attributes }))
}
