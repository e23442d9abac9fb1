/** The TAK stream sink, over TCP and TLS, keeps the promises of every sink. */
import { takDriver } from '../../src/tak/driver.ts'
import * as certificates from '../support/certificates.ts'
import { sampleXml, seqOfTime } from '../support/sample-entries.ts'
import { silentLog } from '../support/silent.ts'
import { describeSink, type FarEnd } from '../support/sink-conformance.ts'
import { TakRecorder, type TakRecorderOptions } from '../support/tak-recorder.ts'

async function farEnd(options: TakRecorderOptions): Promise<FarEnd> {
  const recorder = await TakRecorder.listen(options)
  return {
    driver: () =>
      takDriver({
        name: 'tak',
        url: recorder.url,
        selfUid: 'sightline-test',
        encode: (entry) => sampleXml(entry),
        log: silentLog,
        tls: { ca: certificates.authority().cert, ...certificates.clientIdentity() },
        confirm: 'pong',
        proofMs: 20,
        pingIdleMs: 150,
        pingRepeatMs: 50,
        silenceMs: 300,
      }),
    received: () => recorder.events.map(({ uid, time }) => ({ uid, seq: seqOfTime(time) })),
    hang: () => {
      recorder.pong = false
      recorder.pauseReading()
    },
    vanish: () => recorder.stop(),
    back: () => recorder.listenAgain(),
    stop: () => recorder.stop(),
  }
}

describeSink({ name: 'a TAK stream over TCP', proves: true, start: () => farEnd({}) })
describeSink({
  name: 'a TAK stream over TLS',
  proves: true,
  start: () => farEnd({ tls: { ...certificates.serverIdentity(), ca: certificates.authority().cert } }),
})
