/** What stands around the service in a system test; everything is taken down in reverse order, also after a failure. */
import { startBroker, type TestBroker } from '../support/broker.ts'
import { HttpRecorder } from '../support/http-recorder.ts'
import { Oracle } from '../support/oracle.ts'
import { type Environment, ServiceProcess } from '../support/service.ts'
import { TakProcess } from '../support/tak-process.ts'
import { TakRecorder, type TakRecorderOptions } from '../support/tak-recorder.ts'

/** Settings of one sink by the ends of their environment names, such as `WHEN_FULL`. */
export type SinkSettings = Readonly<Record<'NAME' | 'URL', string>> & Environment

/** The environment names of a list of sinks. */
export function sinks(...list: readonly SinkSettings[]): Environment {
  const named = list.flatMap((sink, at) =>
    Object.entries(sink).map(([key, value]) => [`SIGHTLINE_SINKS_${at}_${key}`, value]),
  )
  return Object.fromEntries(named)
}

export class Site implements AsyncDisposable {
  readonly broker: TestBroker
  readonly oracle: Oracle
  readonly #standing: AsyncDisposableStack

  private constructor(broker: TestBroker, oracle: Oracle, standing: AsyncDisposableStack) {
    this.broker = broker
    this.oracle = oracle
    this.#standing = standing
  }

  /** A broker and the oracle that counts on it. */
  static async open(): Promise<Site> {
    const standing = new AsyncDisposableStack()
    const broker = await startBroker()
    standing.defer(() => broker.stop())
    const oracle = await Oracle.at(broker.url)
    standing.defer(() => oracle.close())
    return new Site(broker, oracle, standing)
  }

  /** A service on the site's broker, up. Attempts to reach a sink again are at most a second apart unless told otherwise. */
  async service(env: Environment = {}): Promise<ServiceProcess> {
    const service = this.unstarted(env)
    await service.start()
    return service
  }

  /** The same, to be started by the test. */
  unstarted(env: Environment = {}): ServiceProcess {
    const service = new ServiceProcess({
      SIGHTLINE_NATS_URL: this.broker.url,
      SIGHTLINE_LOG_LEVEL: 'warn',
      RIGGED_SINK_PAUSE_MS: '1000',
      ...env,
    })
    this.#standing.defer(() => service.dispose())
    return service
  }

  async tak(options: TakRecorderOptions = {}): Promise<TakRecorder> {
    const tak = await TakRecorder.listen(options)
    this.#standing.defer(() => tak.stop())
    return tak
  }

  /** A TAK server that can be killed. */
  async takProcess(): Promise<TakProcess> {
    const tak = await TakProcess.start()
    this.#standing.defer(() => tak.stop())
    return tak
  }

  async http(): Promise<HttpRecorder> {
    const http = await HttpRecorder.listen()
    this.#standing.defer(() => http.stop())
    return http
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#standing.disposeAsync()
  }
}
