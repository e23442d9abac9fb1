/** Keeps the intake supplied: provisions the streams, opens the source, and does both again when the source fails. */
import type { ActorContext, Behavior } from '../actors/kernel/actor.ts'
import type { Fault } from '../src/fault/fault.ts'
import type { DeliverySource, SourceHandlers } from '../src/port/delivery.ts'
import type { Intake } from './intake.ts'

export interface IntakeActorOptions {
  readonly intake: Intake
  /** Makes streams and consumer what they have to be; rejects when they cannot. */
  readonly provision: () => Promise<void>
  readonly openSource: (handlers: SourceHandlers, onFault: (because: Fault) => void) => DeliverySource
}

export function intakeBehavior({ intake, provision, openSource }: IntakeActorOptions): Behavior<never, void> {
  let source: DeliverySource | undefined
  return {
    async start(context: ActorContext) {
      await provision()
      const handlers: SourceHandlers = {
        onDelivery: (delivery) => intake.arrived(delivery),
        onIdle: () => intake.idle(),
      }
      source = openSource(handlers, (because) => context.fail(because))
      intake.start(source)
    },
    receive: () => {},
    async stop() {
      intake.detach()
      await source?.stop()
    },
  }
}
