/**
 * Keeps the intake supplied: provisions the streams, opens the source, and does both again when the source fails.
 *
 * It also looks now and then whether the broker sits on messages that it will never hand out (see `src/nats/residue.ts`),
 * and has them delivered again.
 */
import type { ActorContext, Behavior } from '../actors/kernel/actor.ts'
import { type Fault, fault } from '../src/fault/fault.ts'
import type { Clock } from '../src/port/clock.ts'
import type { DeliverySource, SourceHandlers } from '../src/port/delivery.ts'
import type { Log } from '../src/port/log.ts'
import type { Intake } from './intake.ts'

export interface IntakeActorOptions {
  readonly intake: Intake
  /** Makes streams and consumer what they have to be; rejects when they cannot. */
  readonly provision: () => Promise<void>
  readonly openSource: (handlers: SourceHandlers, onFault: (because: Fault) => void) => DeliverySource
  /** First message that is kept though acknowledged. */
  readonly residueAt: () => Promise<number | undefined>
  /** Makes the broker start over with what it holds. */
  readonly forgetConsumer: () => Promise<void>
  /** Pause between two looks for residue. */
  readonly lookEveryMs: number
  readonly log: Log
  readonly clock: Clock
}

export function intakeBehavior(options: IntakeActorOptions): Behavior<never, void> {
  const { intake, provision, openSource, residueAt, forgetConsumer, lookEveryMs, log, clock } = options
  let source: DeliverySource | undefined
  let cancelLook = (): void => {}
  let seenBefore: number | undefined

  /** The same message on two looks is residue; on one it may just have been settled. */
  const look = (context: ActorContext): void => {
    cancelLook = clock.after(lookEveryMs, () => {
      residueAt().then(
        (at) => {
          if (at !== undefined && at === seenBefore) {
            context.fail(fault('broker-residue', `the input stream keeps acknowledged messages from ${at} on`))
          } else {
            seenBefore = at
            look(context)
          }
        },
        // The broker is away or busy: there is a next look.
        () => look(context),
      )
    })
  }

  return {
    async start(context: ActorContext) {
      await provision()
      if ((await residueAt()) !== undefined) {
        log.warn({}, 'the broker keeps messages that were acknowledged; they are delivered again and recognised')
        await forgetConsumer()
        await provision()
      }
      const handlers: SourceHandlers = {
        onDelivery: (delivery) => intake.arrived(delivery),
        onIdle: () => intake.idle(),
      }
      source = openSource(handlers, (because) => context.fail(because))
      intake.start(source)
      look(context)
    },
    receive: () => {},
    async stop() {
      cancelLook()
      intake.detach()
      await source?.stop()
    },
  }
}
