/** What subscribers of the broker see come out, entered into the account: events, dead letters, acknowledgements. */
import { childOf, textOf } from '../../src/cot/element.ts'
import { parseEvent } from '../../src/cot/parse.ts'
import type { BrokerConnection } from '../../src/nats/connection.ts'
import { type WatchedMessage, watch } from '../../src/nats/watch.ts'
import type { Accuracy } from './accuracy.ts'
import type { Ledger } from './ledger.ts'
import type { Legs } from './legs.ts'
import { wallMs } from './wall-clock.ts'

/** An event as a person would read it. */
export interface SeenEvent {
  readonly callsign: string
  readonly type: string
  readonly lat: number
  readonly lon: number
  readonly ceM: number
  readonly remarks: string
}

export interface Books {
  readonly ledger: Ledger
  readonly legs: Legs
  readonly accuracy: Accuracy
  /** Told of every event that comes out. */
  readonly onEvent: (event: SeenEvent) => void
  /** Told of messages that are not what they should be. */
  readonly onStrange: (reason: string) => void
}

/**
 * How the service answers the input stream for a message: `$JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.
 * <consumer seq>.<ns>.<pending>`; servers with domains put two more tokens in front of the stream and one behind.
 */
const ANSWERS = '$JS.ACK.>'
const STORED_AT_SHORT = 7
const STORED_AT_LONG = 9
const TOKENS_SHORT = 9
const SETTLED = new Set(['+ACK', '+TERM'])

/** Subscribes to everything that comes out. Resolves once nothing published from now on can be missed; answers how to stop. */
export async function watchFarEnds(link: BrokerConnection, books: Books): Promise<() => Promise<void>> {
  const watches = [
    watch(link, ['cot.>'], (message) => event(message, wallMs(), books)),
    watch(link, ['deadletters.>'], (message) => letter(message, books)),
    watch(link, [ANSWERS], (message) => answer(message, wallMs(), books)),
  ]
  await link.nc.flush()
  return async () => void (await Promise.all(watches.map((each) => each.stop())))
}

function event(message: WatchedMessage, atMs: number, { ledger, legs, accuracy, onEvent, onStrange }: Books): void {
  const source = message.header('Sightline-Source')
  const id = message.header('Sightline-Detection-Id')
  const parsed = parseEvent(message.data)
  if (source === undefined || id === undefined || !parsed.ok) {
    onStrange(`${message.subject}: ${parsed.ok ? 'no detection is named in the headers' : parsed.reason}`)
    return
  }
  const { type, lat, lon, ceM, how, detail } = parsed.value
  const callsign = (detail && childOf(detail, 'contact')?.attributes.get('callsign')) ?? ''
  const remarks = detail && childOf(detail, 'remarks')
  const about = detail && childOf(detail, 'sightline')?.attributes
  if (how !== 'm-s' || !callsign.startsWith('SIM')) onStrange(`${message.subject}: ${id} is not marked as simulated`)

  const kind = about?.get('method') === 'bearing' ? 'bearing' : 'place'
  const first = ledger.onCot(source, id, { kind, because: about?.get('because') })
  if (first === undefined) return
  legs.cot.record(atMs - first.publishedMs)
  if (kind === 'place' && first.truth !== undefined) accuracy.add(source, { lat, lon }, ceM, first.truth)
  onEvent({ callsign, type, lat, lon, ceM, remarks: remarks === undefined ? '' : textOf(remarks) })
}

function letter(message: WatchedMessage, { ledger, onStrange }: Books): void {
  const source = message.header('Sightline-Source')
  const code = message.header('Sightline-Code')
  const stage = message.header('Sightline-Stage')
  if (source === undefined || code === undefined || stage === undefined) {
    onStrange(`${message.subject}: a dead letter without source, code or stage`)
  } else ledger.dead(source, idIn(message.data), code, stage)
}

/** The id in the original bytes, which a dead letter keeps: more to be trusted than a header about them. */
function idIn(original: Uint8Array): string | undefined {
  try {
    const { id } = JSON.parse(new TextDecoder().decode(original)) as { readonly id?: unknown }
    return typeof id === 'string' ? id : undefined
  } catch {
    return undefined
  }
}

function answer({ subject, data }: WatchedMessage, atMs: number, { legs }: Books): void {
  if (!SETTLED.has(Buffer.from(data).toString('latin1'))) return
  const tokens = subject.split('.')
  const storedNs = tokens[tokens.length === TOKENS_SHORT ? STORED_AT_SHORT : STORED_AT_LONG] ?? ''
  // Nanoseconds since 1970 are too many digits for a number: microseconds are not.
  const storedMs = Number(storedNs.slice(0, -3)) / 1_000
  if (storedMs > 0) legs.journal.record(atMs - storedMs)
}
