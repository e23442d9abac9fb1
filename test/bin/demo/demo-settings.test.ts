/** The demo is the same on every machine: what its environment says elsewhere does not reach it. */
import { describe, expect, it } from 'vitest'
import { demoSettings } from '../../../bin/demo/demo-settings.ts'

const PLACE = { dataDir: '/nowhere/demo', receiverUrl: 'tcp://127.0.0.1:18087' }
const FOREIGN = {
  COT_URL: 'tcp://tak.example:8087',
  COT_STALE: '9',
  SIGHTLINE_NATS_URL: 'nats://broker.example:4222',
  SIGHTLINE_SINKS_0_URL: 'tcp://other.example:8087',
  SIGHTLINE_CONFIG: '/no/such/file.yaml',
}

describe('the settings of the demo', () => {
  it('leave the environment aside', () => {
    expect(demoSettings(PLACE, FOREIGN)).toEqual(demoSettings(PLACE, {}))
    expect(demoSettings(PLACE, FOREIGN).sinks.map(({ url }) => url)).toEqual([PLACE.receiverUrl])
  })

  it('mark everything as simulated, on free ports of this machine', () => {
    const { cot, nats, http, dataDir } = demoSettings(PLACE, FOREIGN)
    expect(cot.simulated).toBe(true)
    expect([nats.url, nats.port]).toEqual([undefined, 0])
    expect(http).toBe('127.0.0.1:0')
    expect(dataDir).toBe(PLACE.dataDir)
  })

  it('take the program of the broker from the environment', () => {
    expect(demoSettings(PLACE, { NATS_SERVER_BIN: '/opt/nats-server' }).nats.serverBin).toBe('/opt/nats-server')
  })
})

describe('a TAK server beside the receiver', () => {
  const urls = (tak: string | true, env = FOREIGN) => demoSettings({ ...PLACE, tak }, env).sinks.map(({ url }) => url)

  it('is the one that is named, or that of COT_URL', () => {
    expect(urls('tcp://mine.example:8087')).toEqual([PLACE.receiverUrl, 'tcp://mine.example:8087'])
    expect(urls(true)).toEqual([PLACE.receiverUrl, FOREIGN.COT_URL])
  })

  it('is refused where none is named at all, or the name is no address', () => {
    expect(() => demoSettings({ ...PLACE, tak: true }, {})).toThrow(/COT_URL/)
    expect(() => urls('gopher://mine.example')).toThrow()
  })
})
