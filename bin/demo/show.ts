/**
 * The show: plays the scenario, kills the receiver and brings it back, and waits until everything has arrived.
 *
 * Invariant: the receiver is alive again before the last wait, also when the show is stopped in the middle of the outage.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { scenario } from '../../examples/simulator/scenario.ts'
import { FaultError, fault } from '../../src/fault/fault.ts'
import { publishAll } from '../../src/nats/publisher.ts'
import { type Account, OUTAGE_AT } from './account.ts'
import { RECEIVER_SINK } from './demo-settings.ts'
import { momentOf, noteOf } from './moment.ts'
import { play } from './play.ts'
import type { Site } from './site.ts'
import type { LiveView } from './view.ts'

const TICK_MS = 100
const LOOK_MS = 50
/** The last wait is given up when nothing has moved for so long: longer than a sink pauses after a short outage. */
const STUCK_MS = 20_000

/**
 * Runs until everything published is accounted for, or nothing moves any more. When the signal comes, nothing more is
 * published.
 * @throws FaultError when the service ended by itself
 */
export async function perform(account: Account, site: Site, view: LiveView, stop: AbortSignal): Promise<void> {
  const ticker = startTicking(account, site, view)
  try {
    const gone = site.service.ended.then((ending) => {
      throw new FaultError(ending.fault ?? fault('internal', 'the service ended in the middle of the demo'))
    })
    await Promise.race([fromFirstToLast(account, site, view, stop), gone])
    account.end()
    view.close(momentOf(account, site.service.view()))
  } finally {
    clearInterval(ticker)
    view.close(undefined)
  }
}

async function fromFirstToLast(account: Account, site: Site, view: LiveView, stop: AbortSignal): Promise<void> {
  const { seed, durationS, rate } = account.plan
  const startMs = account.begin()
  const detections = play(scenario({ seed, durationS, rate, startMs }), startMs, account.ledger, stop)
  const onProgress = ({ acked }: { readonly acked: number }) => {
    account.acked = acked
  }
  const publishing = publishAll(site.link, detections, { signal: stop, onProgress })
  await Promise.all([publishing, killAndRaise(account, view, stop)])
  account.phase = 'delivering'
  await everythingArrived(account, site)
  account.phase = 'done'
}

async function killAndRaise(account: Account, view: LiveView, stop: AbortSignal): Promise<void> {
  const { plan, outage } = account
  if (plan.outageS === 0) return
  await pause(plan.durationS * OUTAGE_AT, stop)
  if (stop.aborted) return
  await outage.begin()
  view.news(account.elapsedS, 'the TAK receiver was killed with -9')
  await pause(plan.outageS, stop)
  await outage.end()
  view.news(account.elapsedS, 'the TAK receiver is back on its port')
}

const pause = (seconds: number, stop: AbortSignal): Promise<void> =>
  sleep(seconds * 1_000, undefined, { signal: stop }).catch(() => undefined)

async function everythingArrived(account: Account, site: Site): Promise<void> {
  const { ledger } = account
  let [before, movedMs] = ['', performance.now()]
  for (;;) {
    const { counts, sinks } = site.service.view()
    const missing = ledger.open - account.unacknowledged
    const uncounted = ledger.counts.repeated - account.unacknowledged - (counts.duplicate ?? 0)
    const unsettled = account.acked - account.legs.journal.count
    const awaited = [missing, uncounted, unsettled, ...sinks.map(({ pending }) => pending)]
    if (awaited.every((n) => n <= 0)) return
    const now = awaited.join(' ')
    if (now !== before) [before, movedMs] = [now, performance.now()]
    else if (performance.now() - movedMs > STUCK_MS) return
    await sleep(LOOK_MS)
  }
}

/** Looks at the sinks, turns the reel, and shows a moment as often as the view wants one. */
function startTicking(account: Account, site: Site, view: LiveView): NodeJS.Timeout {
  let shownMs = performance.now()
  let caughtUp = false
  return setInterval(() => {
    const system = site.service.view()
    const receiver = system.sinks.find(({ name }) => name === RECEIVER_SINK)
    if (receiver !== undefined) account.outage.look(receiver)
    if (account.outage.phase === 'over' && !caughtUp) {
      caughtUp = true
      view.news(account.elapsedS, noteOf(account).text)
    }
    const nowMs = performance.now()
    account.reel.turn(nowMs)
    if (nowMs - shownMs < view.everyMs - TICK_MS / 2) return
    shownMs = nowMs
    view.show(momentOf(account, system))
  }, TICK_MS)
}
