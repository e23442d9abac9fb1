/** The service as the bench starts it: `startService` with settings from the environment, nothing rigged, nothing left out. */
import { loadSettings } from '../../src/config/load.ts'
import { describeProblem } from '../../src/config/problem.ts'
import { createLog } from '../../src/watch/log.ts'
import { startService } from '../../streams/service.ts'

const loaded = loadSettings({ env: process.env })
if (!loaded.ok) throw new Error(loaded.problems.map(describeProblem).join('\n'))
const log = createLog({ level: loaded.settings.log.level, pretty: 'never' })
const service = await startService({ settings: loaded.settings, version: 'bench', log })
process.on('SIGTERM', () => service.stop())
const { exitCode } = await service.ended
log.close()
process.exit(exitCode)
