/** Our counts as metrics of prom-client: nothing is handed to the library until a page is asked for. */
import { collectDefaultMetrics, type Metric, Registry } from 'prom-client'
import { METRICS, type MetricName, type MetricRow } from './catalogue.ts'
import type { Tally } from './tally.ts'

export type Labels = Readonly<Record<string, string>>

/** One series at the moment of the scrape: a number, or the tally of a histogram. */
export type Sample = readonly [labels: Labels, value: number | Tally]

/** One reader for each metric of the catalogue. */
export type Readers = Readonly<Record<MetricName, () => Iterable<Sample>>>

/** One line of the page, as the registry wants it. */
interface Line {
  readonly metricName?: string
  readonly labels: Labels
  readonly value: number
}

function* expand(name: string, [labels, value]: Sample): Generator<Line> {
  if (typeof value === 'number') {
    yield { labels, value }
    return
  }
  const cumulative = value.cumulative()
  for (const [i, bound] of value.bounds.entries()) {
    yield { metricName: `${name}_bucket`, labels: { ...labels, le: String(bound) }, value: cumulative[i] ?? 0 }
  }
  yield { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: value.count }
  yield { metricName: `${name}_sum`, labels, value: value.sum }
  yield { metricName: `${name}_count`, labels, value: value.count }
}

/** A metric that asks for its values instead of being told them; the registry needs no more of one than this. */
class ReadMetric {
  readonly name: string
  readonly help: string
  readonly type: MetricRow['type']
  readonly aggregator = 'sum'
  readonly #read: () => Iterable<Sample>

  constructor(name: string, row: MetricRow, read: () => Iterable<Sample>) {
    this.name = name
    this.help = row.help
    this.type = row.type
    this.#read = read
  }

  get() {
    const { name, help, type, aggregator } = this
    const values: Line[] = []
    for (const sample of this.#read()) values.push(...expand(name, sample))
    return Promise.resolve({ name, help, type, aggregator, values })
  }
}

/** A registry with every metric of the catalogue; with `processMetrics` those of Node and the process beside them. */
export function createRegistry(readers: Readers, processMetrics: boolean): Registry {
  const registry = new Registry()
  for (const [name, row] of Object.entries(METRICS)) {
    const metric = new ReadMetric(name, row, readers[name as MetricName])
    // The library's own classes differ only in how they are told values.
    registry.registerMetric(metric as unknown as Metric)
  }
  if (processMetrics) collectDefaultMetrics({ register: registry })
  return registry
}
