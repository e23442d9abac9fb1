#!/usr/bin/env node
/**
 * Starts the command line (`bin/main.ts`) under the Node it was made for, and says what happened if that process dies.
 *
 * This file runs twice. Started by a person, on whatever Node is first on PATH (20 or newer parses it), it starts
 * itself again as a child under Node 24. There it loads the command line. The parent stays for two reasons: a damaged
 * store can abort a process without a word (LMDB's pages are mapped and carry no checksum), and somebody has to report it.
 *
 * The child is the leader of its own session, so that a signal reaches it once, from here, however it was sent: Ctrl-C,
 * `npm` and `timeout` all signal the whole group and the parent besides, and a second signal means "stop at once".
 * When the parent is killed the pipe between the two closes and the child leaves at once, as if it had been killed too:
 * nothing is lost by that, and whoever starts it again finds the data directory free.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const NODE_MAJOR = 24
const CHILD_MARK = 'SIGHTLINE_LAUNCHED'
const SELF = fileURLToPath(import.meta.url)
const ROOT = path.dirname(path.dirname(SELF))

/** The same signal within this time is one signal that came by two ways. A person's second Ctrl-C is slower. */
const ECHO_MS = 250

/** Signals passed on; all of them mean something to the service. */
const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGWINCH', 'SIGCONT']

/** Signals that a process does not send itself on purpose: mapped pages gone bad, an abort in native code. */
const CRASHES = { SIGABRT: 134, SIGBUS: 135, SIGFPE: 136, SIGILL: 132, SIGSEGV: 139, SIGTRAP: 133 }

if (process.env[CHILD_MARK] === String(process.ppid) && process.channel) await runCommandLine()
else launch(process.argv.slice(2))

/** In the child: tie our life to the parent's, then become the command line. */
async function runCommandLine() {
  delete process.env[CHILD_MARK]
  process.on('disconnect', () => process.exit(137))
  process.channel.unref()
  await import(pathToFileURL(commandLine()).href)
}

/** Node strips types from our own files but refuses to below node_modules: there the built JavaScript runs. */
function commandLine() {
  const source = path.join(ROOT, 'bin', 'main.ts')
  const installed = ROOT.split(path.sep).includes('node_modules')
  return !installed && existsSync(source) ? source : path.join(ROOT, 'dist', 'bin', 'main.js')
}

/** The running Node when it is new enough, else the one that the set-up put beside us. */
function findNode() {
  if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR) return process.execPath
  const packaged = path.join(ROOT, 'node_modules', 'node', 'bin', 'node')
  return existsSync(packaged) ? packaged : undefined
}

function launch(args) {
  const node = findNode()
  if (node === undefined) {
    const remedy = existsSync(path.join(ROOT, 'bin', 'setup.js'))
      ? `run "node ${path.join(ROOT, 'bin', 'setup.js')}"`
      : `install Node ${NODE_MAJOR}`
    process.stderr.write(`sightline: needs Node ${NODE_MAJOR} or newer, this is ${process.version}: ${remedy}\n`)
    process.exit(2)
  }
  if (!existsSync(commandLine())) {
    process.stderr.write(`sightline: ${commandLine()} is missing: run "npm run build" in ${ROOT}\n`)
    process.exit(2)
  }

  const child = spawn(node, [...process.execArgv, SELF, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    detached: true,
    env: { ...process.env, [CHILD_MARK]: String(process.pid) },
  })
  passSignalsOn(child)
  child.once('error', (error) => {
    process.stderr.write(`sightline: ${node} could not be started: ${error.message}\n`)
    process.exit(1)
  })
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    process.stderr.write(obituary(signal, args))
    process.exit(exitCodeOf(signal))
  })
}

function passSignalsOn(child) {
  const last = new Map()
  for (const signal of PASSED_ON) {
    process.on(signal, () => {
      const now = performance.now()
      const echo = now - (last.get(signal) ?? Number.NEGATIVE_INFINITY) < ECHO_MS
      last.set(signal, now)
      if (!echo) child.kill(signal)
    })
  }
  // Ctrl-Z: the terminal stops the parent only, as the child is in a session of its own.
  process.on('SIGTSTP', () => {
    child.kill('SIGSTOP')
    process.kill(process.pid, 'SIGSTOP')
  })
}

/** The shell's convention: 128 and the signal's number. */
function exitCodeOf(signal) {
  const others = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGKILL: 137, SIGTERM: 143 }
  return CRASHES[signal] ?? others[signal] ?? 1
}

/** What to tell a person about a child that a signal ended. */
function obituary(signal, args) {
  if (signal === 'SIGKILL') {
    return 'sightline: the process was killed (SIGKILL): by hand, or by the system for want of memory. Nothing acknowledged is lost; start it again.\n'
  }
  if (!(signal in CRASHES)) return ''
  const at = args.length > 0 ? ` while running "${args[0]}"` : ''
  return `sightline: the process died of ${signal}${at}. That is what a damaged store, a full or failing disk, or a fault in native code looks like.
  Nothing that was not safely stored has been acknowledged: the broker will deliver it again.
  1. sightline store verify     reads every record and says what is damaged
  2. sightline store salvage    copies what is whole into a new store, and lists what is not
  3. start again. If verify finds nothing, please report the signal with the last lines of the log.
`
}
