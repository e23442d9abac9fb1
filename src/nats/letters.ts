/**
 * Copies of dead letters on `deadletters.<stage>`, for whoever watches the broker; the store's letter is the authority.
 *
 * Invariant: a copy resolves only when the stream acknowledged it, and one copied twice lands once.
 */
import { errors, headers, type MsgHdrs } from '@nats-io/transport-node'
import { type Fault, FaultError, fault } from '../fault/fault.ts'
import type { DeadLetter } from '../port/deadletter.ts'
import type { BrokerConnection } from './connection.ts'
import { headerText } from './header-text.ts'
import { letterMessageId } from './message-id.ts'

/** A reason is a sentence; what is longer is cut in the copy. */
const MAX_HEADER_CHARS = 1_000
/** Room for the headers beside the body when it is compared with what the broker takes. */
const HEADER_ALLOWANCE = 16_384

export class LetterCopies {
  readonly #link: BrokerConnection
  readonly #ackTimeoutMs: number

  /** @param ackTimeoutMs how long the stream may take to acknowledge; 5,000 ms */
  constructor(link: BrokerConnection, ackTimeoutMs = 5_000) {
    this.#link = link
    this.#ackTimeoutMs = ackTimeoutMs
  }

  /**
   * Publishes the copy: the original bytes, and headers that say the rest.
   * Where the broker takes less than the letter holds, the body is cut and `Sightline-Original-Bytes` says how long it was.
   * @throws FaultError `broker-unreachable` or `publish-refused`, both worth another try
   */
  async copy(letter: DeadLetter): Promise<void> {
    if (!this.#link.connected)
      throw new FaultError(fault('broker-unreachable', `The connection to ${this.#link.server} is down`))
    const lines = headersOf(letter)
    const room = this.#link.maxPayload - HEADER_ALLOWANCE
    const fits = letter.original.length <= room
    if (!fits) lines.set('Sightline-Original-Bytes', String(letter.original.length))
    const body = fits ? letter.original : letter.original.subarray(0, room)
    const subject = `deadletters.${letter.stage}`
    const refusal = await this.#link.nc
      .request(subject, body, { timeout: this.#ackTimeoutMs, headers: lines })
      .then((answer) => answer.json<{ error?: { description?: string } }>().error)
      .catch((error: unknown) => {
        throw new FaultError(this.#unanswered(error, subject))
      })
    if (refusal !== undefined) {
      throw new FaultError(
        fault(
          'publish-refused',
          `The stream DEADLETTERS did not store a copy: ${refusal.description ?? 'no reason given'}`,
        ),
      )
    }
  }

  #unanswered(error: unknown, subject: string): Fault {
    if (error instanceof errors.RequestError && error.isNoResponders()) {
      return fault(
        'publish-refused',
        `No stream takes ${subject}: JetStream is down, or the stream DEADLETTERS is missing`,
      )
    }
    const because = error instanceof Error ? error.message : String(error)
    return fault('broker-unreachable', `The broker did not acknowledge a copy on ${subject} (${because})`)
  }
}

function headersOf(letter: DeadLetter): MsgHdrs {
  const lines = headers()
  const set = (name: string, value: string | undefined) => {
    if (value !== undefined) lines.set(name, headerText(value.slice(0, MAX_HEADER_CHARS)))
  }
  set('Nats-Msg-Id', letterMessageId(letter))
  set('Sightline-Code', letter.code)
  set('Sightline-Reason', letter.reason)
  set('Sightline-Field', letter.field)
  set('Sightline-Stage', letter.stage)
  set('Sightline-Source', letter.source)
  set('Sightline-Detection-Id', letter.detectionId)
  set('Sightline-Attempt', String(letter.attempt))
  set('Sightline-Time', new Date(letter.timeMs).toISOString())
  set('Sightline-Trace', letter.trace)
  set('Sightline-Subject', letter.subject)
  set('Sightline-Sink', letter.sink)
  return lines
}
