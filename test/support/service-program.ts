/**
 * The service as a program for tests: like `sightline up`, with geolocation rigged to fail on request.
 *
 * A detection of class `kill-process` ends the process at once, as a bug in native code would; one of class `crash-stage`
 * throws, as a bug in ours would. `RIGGED=off` mends both. `RIGGED_SINK_PAUSE_MS` is the longest pause between attempts
 * to reach a sink again, for outages that have to end in seconds. Settings come from the environment.
 */
import { loadSettings } from '../../src/config/load.ts'
import { describeProblem } from '../../src/config/problem.ts'
import { createLog } from '../../src/watch/log.ts'
import { startService } from '../../streams/service.ts'

const loaded = loadSettings({ env: process.env })
if (!loaded.ok) throw new Error(loaded.problems.map(describeProblem).join('\n'))
const log = createLog({ level: loaded.settings.log.level, pretty: 'never' })

const rigged = process.env.RIGGED !== 'off'
const pauseMs = Number(process.env.RIGGED_SINK_PAUSE_MS ?? 0)
const service = await startService({
  settings: loaded.settings,
  version: 'test',
  log,
  ...(pauseMs > 0 && { sinkBackoff: { minMs: Math.min(250, pauseMs), maxMs: pauseMs } }),
  aroundLocate: (locate) => (detection) => {
    if (!rigged) return locate(detection)
    if (detection.class === 'kill-process') process.kill(process.pid, 'SIGKILL')
    if (detection.class === 'crash-stage') throw new Error('rigged to crash')
    return locate(detection)
  },
})
process.on('SIGTERM', () => service.stop())
// The connection to the broker keeps a service alive; one whose broker is away must not leave early either.
const alive = setInterval(() => {}, 1_000)
const { exitCode } = await service.ended
clearInterval(alive)
log.close()
process.exit(exitCode)
