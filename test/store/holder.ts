/** A process that takes a lock, says `held` or `refused <reason>`, and holds it until its input ends. Argument: the lock. */
import fs from 'node:fs'
import { lockDirectory } from '../../src/store/lock.ts'

const [file = ''] = process.argv.slice(2)
try {
  const lock = lockDirectory(file)
  fs.writeSync(1, 'held\n')
  process.stdin.resume()
  process.stdin.on('end', () => {
    lock.release()
    process.exit(0)
  })
} catch (thrown) {
  fs.writeSync(1, `refused ${String(thrown)}\n`)
}
