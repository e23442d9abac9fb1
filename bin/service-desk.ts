/** Questions to the running service, over the broker it uses. */
import { FaultError, fault } from '../src/fault/fault.ts'
import { request } from '../src/nats/requests.ts'
import { type BrokerPlace, brokerPlace, withBroker } from './broker-place.ts'
import { remark } from './print.ts'
import { type CommonOptions, settingsFor } from './settings.ts'
import { stderrLog } from './stderr-log.ts'

export interface DeskOptions extends CommonOptions {
  readonly nats?: string
}

/** Asks by the name of the question; rejects with the fault that was the answer, or `no-answer`. */
export type Ask = <Answer>(name: string, question?: unknown, timeoutMs?: number) => Promise<Answer>

const ANSWER_MS = 5_000

/**
 * Connects to the service's broker and lets the work ask. The service of the data directory is asked by its own name;
 * where none runs here, whichever service answers on the broker.
 */
export async function atServiceDesk<T>(
  options: DeskOptions,
  work: (ask: Ask, place: BrokerPlace) => Promise<T>,
): Promise<T> {
  const settings = settingsFor(options)
  const place = brokerPlace(settings, options.nats)
  return await withBroker(place, settings, stderrLog(options.debug === true, remark), (link) => {
    const ask: Ask = async <Answer>(name: string, question?: unknown, timeoutMs = ANSWER_MS) => {
      const { runtime } = place
      const subject = runtime === undefined ? `sightline.${name}` : `sightline.${name}.${runtime.instance}`
      return (await request(link, subject, question, timeoutMs).catch((thrown: unknown) => {
        throw runtime === undefined ? thrown : silent(thrown, runtime.pid)
      })) as Answer
    }
    return work(ask, place)
  })
}

/** A service that lives and says nothing is another matter than one that is not there. */
function silent(thrown: unknown, pid: number): unknown {
  if (!(thrown instanceof FaultError) || thrown.fault.code !== 'no-answer') return thrown
  const reason = `The service (process ${pid}) does not answer: ${thrown.fault.reason}. It may still be starting or stopping`
  return new FaultError(fault('no-answer', reason))
}
