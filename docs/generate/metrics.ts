/** Makes docs/metrics.md from the catalogue of metrics. */
import { METRICS, type MetricRow } from '../../src/watch/catalogue.ts'
import { code, table, writePage } from './markdown/table.ts'

export const METRICS_PAGE = new URL('../metrics.md', import.meta.url)

export function metricsPage(): string {
  const rows = Object.entries(METRICS).map(([name, { type, labels, help }]: [string, MetricRow]) => [
    code(name),
    type,
    labels.map((label) => code(label)).join(', '),
    help,
  ])
  const histograms = Object.entries(METRICS).flatMap(([name, { buckets }]: [string, MetricRow]) =>
    buckets ? [[code(name), buckets.join(', ')]] : [],
  )
  return `# Metrics

\`GET /metrics\` on the HTTP address answers in Prometheus' text format. This page is made from \`src/watch/catalogue.ts\` by
\`npm run docs\`; a test fails when the two differ, and another fails when a series never moves.

- No label takes a value that producers can choose without bound: beyond 200 sources, the rest count as \`other\`.
- Series of the second kind, read from the running system, are taken at one moment for the whole page.
- \`offline_queue_*\` and \`tak_push_*\` count TAK and HTTP sinks; the CoT subjects have their own rows under \`sink="cot"\`.
- \`db_pool_connections_*\` are the readers of the LMDB store.
- Memory to alert on is \`sightline_memory_bytes{kind="anon"}\`: \`file\` is the store's own pages, which the system takes back when it
  needs room.
- Beside these, the usual \`nodejs_*\` and \`process_*\` metrics of prom-client are there.

${table(['metric', 'type', 'labels', 'what it is'], rows)}

## Buckets

Upper bounds in seconds.

${table(['histogram', 'bounds'], histograms)}
`
}

if (import.meta.main) writePage(METRICS_PAGE, metricsPage())
