/** Keeps the embedded broker alive: an actor whose resource is a child process. */
import type { Fault } from '../src/fault/fault.ts'
import type { ActorContext, Behavior } from './kernel/actor.ts'

/** A broker process as the supervisor sees it. */
export interface BrokerProcess {
  stop(): Promise<void>
}

export type LaunchBroker = (onExit: (because: Fault) => void) => Promise<BrokerProcess>

/** Starts the process with the actor, reports its death as a crash, stops it with the actor. */
export function brokerBehavior(launch: LaunchBroker): Behavior<never, void> {
  let running: BrokerProcess | undefined
  return {
    async start(context: ActorContext) {
      running = await launch((because) => {
        running = undefined
        context.fail(because)
      })
    },
    receive: () => {},
    stop: () => running?.stop(),
  }
}
