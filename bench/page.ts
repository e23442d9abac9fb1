/** Makes docs/performance.md: what is measured and how, and the numbers of the committed baseline, which it never retypes. */
import { fileURLToPath } from 'node:url'
import { code, table, writePage } from '../docs/generate/markdown/table.ts'
import { GROUP_NAMES, GROUPS } from './plan.ts'
import { type Report, readReport } from './report/report.ts'
import { HEAD, machineLine, rowsOf } from './report/rows.ts'

export const PERFORMANCE_PAGE = new URL('../docs/performance.md', import.meta.url)
export const BASELINE = fileURLToPath(new URL('baseline.json', import.meta.url))

/** The numbers a reader looks for; the report has them all. */
const SHOWN: ReadonlySet<string> = new Set([
  'rate',
  'cpu',
  'subjectP50',
  'subjectP99',
  'subjectP999',
  'takP50',
  'takP99',
  'takP999',
  'late',
  'anonPeak',
  'filePeak',
  'us',
])

export function performancePage(report: Report): string {
  return `# Performance

\`npm run bench\` measures Sightline on your machine. This page says what it measures and why it can be believed, and shows
what came out where the project is built. It is made by \`node bench/page.ts\` from \`bench/baseline.json\`; a test fails when
the two differ.

## Running it

\`\`\`
npm run bench                                        throughput, steady and the ceilings; some minutes
npm run bench -- --all --output today.json           everything, kept
npm run bench -- --scenario steady --rate 2000       one scenario, at a rate of your own
npm run bench -- --scenario throughput --profile     where the service spends its time
npm run bench -- --baseline bench/baseline.json      what changed; exit code 3 when something got worse
npm run bench -- --smoke                             under a minute: does it still work?
\`\`\`

\`npm run bench -- --help\` lists every option. Nothing outside the machine is needed, no port is fixed, and everything that
is started is stopped and removed. Leave the machine alone while it runs.

## What is measured

${table(
  ['scenario', 'what'],
  GROUP_NAMES.map((name) => [code(name), GROUPS[name]]),
)}

- **The real thing.** A \`nats-server\` on the project's \`nats.conf\`, a service process with its default settings and its
  journal on disk, the CoT subjects, and one TCP TAK server that answers pings, in a process of its own. No stage is left
  out, no log is switched off, and a message is acknowledged only after its journal transaction was flushed.
- **The load.** Detections of 300 bytes, one a message. Every other one is a pixel of a registered camera, so that lens,
  ray, surface and covariance are worked out; the rest are given positions.
- **Throughput** is counted from the service's first pull request, which the broker shows to a subscriber, to the moment the
  last event is both stored on its CoT subject and complete at the TAK server. Starting the process is outside of that; its
  first, unoptimised second is inside.
- **Latency** is counted from the moment a detection was *due* to be sent. The sender never waits for an answer, so a stall
  counts against everything that was due behind it. How late the sender itself was is shown beside it: that much of the
  latency is the bench's own. The first three seconds are left out of the percentiles.
- **Ceilings** run in the same rounds, in fresh processes: the *bare loop* (pull, publish, acknowledge, nothing between),
  once with the message as it came and once with as many bytes and headers as an event has; pulling alone; publishing alone;
  the journal alone; a bare TCP writer. A result is shown as its share of a ceiling, taken round by round.
- **Processor time** is the service's own, user and system, from \`/proc\`. **RssAnon** is memory that only the service holds;
  **RssFile** is mostly the journal's file, which the system takes back when it needs room.

## Why it can be believed

After each round every detection is looked for, by its number: on a CoT subject exactly once and at the TAK server, or in a
dead letter, or counted as a duplicate. Where that does not add up the run ends with exit code 1 and says which are missing;
a rate of lost events is no rate. Speed alone never fails a run, except against a \`--baseline\`: then a median that is worse by
more than the threshold (15 % by default) *and* by more than the rounds of both reports lie apart ends with exit code 3.
Between different machines only shares of ceilings are compared.

## What came out

Medians of ${report.rounds} rounds; *spread* is half the distance between the best and the worst. ${machineLine(report)}.
Other work was running on the machine at the same time, which widens the spread and lowers the rates; take the shares of
ceilings for what they are worth and the rest as a lower bound.

${resultTable(report)}
`
}

/** One table of all benches. */
function resultTable(report: Report): string {
  const shown: Report = {
    ...report,
    benches: report.benches.map((bench) => ({
      ...bench,
      metrics: Object.fromEntries(Object.entries(bench.metrics).filter(([name]) => SHOWN.has(name))),
    })),
  }
  const rows = rowsOf(shown).flatMap(({ name, rows: inBench }) =>
    inBench.map((cells, i) => [i === 0 ? code(name) : '', ...cells]),
  )
  return table(['bench', ...HEAD], rows)
}

if (import.meta.main) writePage(PERFORMANCE_PAGE, performancePage(readReport(BASELINE)))
