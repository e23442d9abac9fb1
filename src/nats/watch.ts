/** Messages as they come by on subjects, for people and programs that only look. Nothing is acknowledged or kept. */
import type { MsgHdrs } from '@nats-io/transport-node'
import type { BrokerConnection } from './connection.ts'
import { contained } from './contained.ts'
import { readHeader } from './header-text.ts'

export interface WatchedMessage {
  readonly subject: string
  readonly data: Uint8Array
  /** The readable value of a header, or undefined. */
  header(name: string): string | undefined
}

export interface Watch {
  /** How many messages came so far. */
  readonly seen: number
  /** Stops; what the broker has sent already still comes first. Resolves when nothing comes any more. */
  stop(): Promise<void>
}

/**
 * Hands over every message published on the subjects (wildcards allowed) from now on, in the order the broker sends
 * them, which is each publisher's own order. A message that matches several of the subjects comes once for each.
 * While the connection is down messages are missed.
 */
export function watch(
  link: BrokerConnection,
  subjects: readonly string[],
  onMessage: (message: WatchedMessage) => void,
): Watch {
  let seen = 0
  const subscriptions = subjects.map((subject) =>
    link.nc.subscribe(subject, {
      callback: (error, message) => {
        if (error !== null) return
        seen += 1
        contained(() =>
          onMessage({
            subject: message.subject,
            data: message.data,
            header: (name) => headerValue(message.headers, name),
          }),
        )
      },
    }),
  )
  return {
    get seen() {
      return seen
    },
    stop: async () => {
      if (link.connected) await Promise.all(subscriptions.map((each) => each.drain().catch(() => undefined)))
      else for (const each of subscriptions) each.unsubscribe()
    },
  }
}

function headerValue(headers: MsgHdrs | undefined, name: string): string | undefined {
  return headers?.has(name) === true ? readHeader(headers.get(name)) : undefined
}
