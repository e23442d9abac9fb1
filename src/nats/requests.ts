/** Questions and answers in JSON over the broker: `sightline.*`. */
import { errors } from '@nats-io/transport-node'
import { FaultError, fault, faultFrom } from '../fault/fault.ts'
import { FAULTS, type FaultCode } from '../fault/table.ts'
import type { BrokerConnection } from './connection.ts'

/** Gives the answer to a question; a FaultError (or anything thrown) is answered as a fault. */
export type Responder = (question: unknown, subject: string) => unknown

/** The shape of every answer: one of the two. */
type Answer = { readonly ok: unknown } | { readonly fault: { readonly code: FaultCode; readonly reason: string } }

/**
 * Answers questions on a subject (wildcards allowed) until the returned function is called.
 * With `queue`, one of all instances that answer there; without, each of them.
 */
export function respond(link: BrokerConnection, subject: string, responder: Responder, queue?: string): () => void {
  const subscription = link.nc.subscribe(subject, {
    ...(queue === undefined ? {} : { queue }),
    callback: (error, message) => {
      if (error !== null || message.reply === undefined || message.reply === '') return
      void answerTo(message.data, message.subject, responder).then((answer) => {
        // The asker is told nothing when the connection went away meanwhile; its own deadline tells it.
        if (!link.nc.isClosed()) message.respond(JSON.stringify(answer))
      })
    },
  })
  return () => subscription.unsubscribe()
}

/**
 * Asks and gives back the answer as JSON.
 * @throws FaultError `no-answer` when nobody listens or answers in time, `broker-unreachable` while disconnected,
 * or the fault that was the answer
 */
export async function request(
  link: BrokerConnection,
  subject: string,
  question: unknown,
  timeoutMs: number,
): Promise<unknown> {
  if (!link.connected) throw new FaultError(fault('broker-unreachable', `The connection to ${link.server} is down`))
  const message = await link.nc
    .request(subject, JSON.stringify(question ?? null), { timeout: timeoutMs })
    .catch((error: unknown) => {
      const nobody = error instanceof errors.RequestError && error.isNoResponders()
      const reason = nobody
        ? `Nobody answers on ${subject}: is the service running?`
        : `No answer on ${subject} within ${timeoutMs} ms`
      throw new FaultError(fault('no-answer', reason))
    })
  const answer = parsed(message.data)
  if (isRecord(answer) && isRecord(answer.fault)) throw new FaultError(givenFault(answer.fault))
  if (isRecord(answer) && 'ok' in answer) return answer.ok
  throw new FaultError(fault('no-answer', `What answers on ${subject} is not Sightline`))
}

async function answerTo(data: Uint8Array, subject: string, responder: Responder): Promise<Answer> {
  try {
    const question = data.length === 0 ? undefined : parsed(data)
    return { ok: (await responder(question, subject)) ?? null }
  } catch (error) {
    const { code, reason } = faultFrom(error)
    return { fault: { code, reason } }
  }
}

/** @throws FaultError `bad-json` */
function parsed(data: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(data))
  } catch (error) {
    throw new FaultError(fault('bad-json', 'The question or answer is not JSON', { cause: error }))
  }
}

function givenFault(given: Readonly<Record<string, unknown>>) {
  const { code, reason } = given
  const known = typeof code === 'string' && code in FAULTS ? (code as FaultCode) : 'internal'
  return fault(known, typeof reason === 'string' ? reason : undefined)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
