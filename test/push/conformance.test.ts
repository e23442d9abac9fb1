/** The HTTP sink keeps the promises of every sink. */
import { httpDriver } from '../../src/push/driver.ts'
import { HttpRecorder } from '../support/http-recorder.ts'
import { sampleXml, seqOfTime } from '../support/sample-entries.ts'
import { silentLog } from '../support/silent.ts'
import { describeSink } from '../support/sink-conformance.ts'

describeSink({
  name: 'an HTTP endpoint',
  proves: true,
  start: async () => {
    const recorder = await HttpRecorder.listen()
    return {
      driver: () =>
        httpDriver({
          name: 'web',
          url: recorder.url,
          encode: (entry) => sampleXml(entry),
          log: silentLog,
          backoffMs: 10,
          connectTimeoutMs: 200,
          readTimeoutMs: 200,
          attempts: 2,
        }),
      received: () =>
        recorder.accepted.map(({ uid, body }) => ({ uid, seq: seqOfTime(/time="([^"]*)"/.exec(body)?.[1] ?? '') })),
      hang: () => {
        recorder.answer = () => 'hang'
      },
      vanish: () => recorder.stop(),
      back: () => recorder.listenAgain(),
      stop: () => recorder.stop(),
    }
  },
})
