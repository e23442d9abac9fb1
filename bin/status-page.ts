/** The state of the running service as a page for a terminal. */
import type { ActorView, SinkView, StageView, SystemView } from '../src/port/gauge.ts'
import { bytes, count, counted, duration, figure } from './figures.ts'
import { shown } from './print.ts'
import { table } from './table.ts'

/** Classes without a row in the type table, most frequent first; more are only counted. */
const CLASSES_SHOWN = 20

/** The page, line by line. @param nowMs milliseconds since the Unix epoch */
export function statusPage(view: SystemView, nowMs: number): string[] {
  return [
    ...headline(view),
    '',
    ...flow(view),
    '',
    ...stages(view.stages),
    '',
    ...sinks(view.sinks, nowMs),
    '',
    ...store(view),
    ...producers(view),
    '',
    'ACTORS',
    ...tree(view.actors, '', '', nowMs),
  ]
}

function headline({ state, reasons, version, pid, uptimeSeconds, broker }: SystemView): string[] {
  const connected = broker.connected ? 'connected' : 'NOT CONNECTED'
  const again = broker.reconnects > 0 ? `, ${count(broker.reconnects)} times again` : ''
  return [
    `${state}  sightline ${version}, process ${pid}, for ${duration(uptimeSeconds)}`,
    ...reasons.map((reason) => `  ! ${shown(reason)}`),
    `broker   ${broker.server}${broker.embedded ? ' (embedded)' : ''}, ${connected}${again}`,
  ]
}

function flow({ intake, counts, refusals }: SystemView): string[] {
  const { inFlight, creditLimit, inFlightPeak, inFlightBytes, outstanding, redelivered, received } = intake
  return [
    `intake   ${count(inFlight)} of ${count(creditLimit)} credits in use (peak ${count(inFlightPeak)}), ${bytes(inFlightBytes)}, ` +
      `${count(outstanding)} asked for; received ${count(received)}, redelivered ${count(redelivered)}`,
    `counts   ${pairs(counts)}`,
    `refused  ${pairs(refusals)}`,
  ]
}

function pairs(numbers: Readonly<Record<string, number>>): string {
  const entries = Object.entries(numbers).sort(([, a], [, b]) => b - a)
  return entries.length === 0 ? 'none' : entries.map(([name, value]) => `${shown(name)} ${count(value)}`).join(', ')
}

function stages(views: readonly StageView[]): string[] {
  const rows = views.map(({ stage, items, perSecond, p50Ms, p95Ms, p99Ms }) => [
    stage,
    count(items),
    figure(perSecond),
    figure(p50Ms),
    figure(p95Ms),
    figure(p99Ms),
  ])
  return table('lrrrrr', ['STAGE', 'ITEMS', 'PER SECOND', 'P50 MS', 'P95 MS', 'P99 MS'], rows)
}

function sinks(views: readonly SinkView[], nowMs: number): string[] {
  const head = ['SINK', 'STATE', 'PENDING', 'OLDEST', 'IN FLIGHT', 'DELIVERED', 'REJECTED', 'DROPPED', 'TARGET']
  const lines = table(
    'llrrrrrrl',
    head,
    views.map(({ name, state, pending, oldestSeconds, inFlight, delivered, rejected, dropped, target }) => [
      name,
      state,
      count(pending),
      pending === 0 ? '-' : duration(oldestSeconds),
      count(inFlight),
      count(delivered),
      count(rejected),
      count(dropped),
      target,
    ]),
  )
  const faults = views.flatMap(({ name, fault }) =>
    fault === undefined ? [] : [`  ! ${name}: ${because(fault, nowMs)}`],
  )
  return [...lines, ...faults]
}

const because = (f: { readonly code: string; readonly reason: string; readonly timeMs: number }, nowMs: number) =>
  `${f.code}, ${ago(nowMs - f.timeMs)} ago: ${shown(f.reason)}`

const ago = (ms: number): string => duration(Math.max(0, ms) / 1_000)

function store({ store: s, blocked, memory }: SystemView): string[] {
  const kept = Math.max(0, s.headSeq - s.tailSeq + 1)
  return [
    `store    ${counted(kept, 'event')} (${s.tailSeq} to ${s.headSeq}, ${bytes(s.logBytes)}), ${counted(s.deadLetters, 'dead letter')}, ` +
      `file ${bytes(s.fileBytes)}, disk free ${bytes(s.freeDiskBytes)}`,
    `         ${counted(s.commits, 'commit')}, p50 ${figure(s.commitMsP50)} ms, p99 ${figure(s.commitMsP99)} ms; ${counted(s.readersInUse, 'reader')}`,
    ...(blocked === undefined ? [] : [`  ! blocked, ${blocked.code}: ${shown(blocked.reason)}`]),
    `memory   RssAnon ${bytes(memory.rssAnonBytes)}, RssFile ${bytes(memory.rssFileBytes)}, RSS ${bytes(memory.rssBytes)}`,
  ]
}

/** What the producers should know: classes without a type, and how far their clocks are off. */
function producers({ unknownClasses, skewMs }: SystemView): string[] {
  const classes = Object.entries(unknownClasses).sort(([, a], [, b]) => b - a)
  const named = classes.slice(0, CLASSES_SHOWN).map(([name, times]) => `${shown(name, 64)} ${count(times)}`)
  const rest = classes.length > CLASSES_SHOWN ? `, and ${count(classes.length - CLASSES_SHOWN)} more` : ''
  const skews = Object.entries(skewMs).map(([source, ms]) => `${source} ${skew(ms)}`)
  return [
    ...(named.length === 0
      ? []
      : [`unknown classes  ${named.join(', ')}${rest}  (they go out as a-u-G; see cot.types)`]),
    ...(skews.length === 0 ? [] : [`observed against our clock  ${skews.join(', ')}`]),
  ]
}

/** The time of an observation against its arrival: behind is normal, ahead is a clock that is wrong. */
function skew(ms: number): string {
  return ms > 0 ? `${ago(ms)} AHEAD` : `${ago(-ms)} behind`
}

function tree(actor: ActorView, lead: string, below: string, nowMs: number): string[] {
  const mailbox = actor.mailboxLimit > 0 ? `  mailbox ${count(actor.mailbox)}/${count(actor.mailboxLimit)}` : ''
  const restarts = actor.restarts > 0 ? `  restarts ${count(actor.restarts)}` : ''
  const last = actor.lastFault === undefined ? '' : `  last: ${because(actor.lastFault, nowMs)}`
  const own = `${lead}${actor.name}  ${actor.state}${mailbox}${restarts}${last}`
  const children = actor.children.flatMap((child, at) => {
    const isLast = at === actor.children.length - 1
    return tree(child, `${below}${isLast ? '└─ ' : '├─ '}`, `${below}${isLast ? '   ' : '│  '}`, nowMs)
  })
  return [own, ...children]
}
