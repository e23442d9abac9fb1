/**
 * Makes a fresh clone runnable: packages, Node 24, nats-server. The first command of `npm test`, `demo`, `start`, `bench`.
 *
 * It runs before anything is installed, so it imports only what Node 20 brings and no file of ours.
 * With nothing to do it looks at a handful of files, says nothing and ends; what it does, it says in one line each.
 * Two runs at once wait for one another. Exit codes: 0 ready, 1 a step failed, 2 a person has to install something.
 */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const NODE_MAJOR = 24
const LOCK_WAIT_MS = 10 * 60_000

/** Where package managers put nats-server beside the places on PATH. */
const BROKER_FOLDERS = ['/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/opt/homebrew/bin']

const HELP = `Usage: node bin/setup.js [--quiet] [--broker-optional]

Installs the packages (npm ci) when they are missing or differ from package-lock.json, sees to it that Node ${NODE_MAJOR}
is in node_modules, and finds nats-server or installs it (Debian and Ubuntu, as root).

  --quiet             say nothing but faults
  --broker-optional   do without nats-server when SIGHTLINE_NATS_URL is set, and only warn when none can be had
`

const BROKER_MISSING = `nats-server was not found (looked at NATS_SERVER_BIN, PATH, ${BROKER_FOLDERS.join(', ')}). Install it with one of
  Debian, Ubuntu   sudo apt-get update && sudo apt-get install -y nats-server && sudo systemctl disable --now nats-server
  macOS            brew install nats-server
  Docker           docker create --name nats nats:2 && sudo docker cp nats:/nats-server /usr/local/bin/ && docker rm nats
or name one that is elsewhere: export NATS_SERVER_BIN=/path/to/nats-server`

/** A fault that ends the run, with the exit code it deserves. */
class SetupFault extends Error {
  constructor(message, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/**
 * True when what npm installed is what the lock file asks for.
 *
 * npm writes its own record into node_modules as the last act of an installation, so a broken-off one is seen too.
 * Content is compared, not time stamps: a checkout touches the lock file without changing it.
 */
export function packagesMatch(lock, installed) {
  for (const [place, wanted] of Object.entries(lock.packages)) {
    if (place === '') continue
    const found = installed.packages[place]
    if (found === undefined) {
      if (!wanted.optional && !wanted.devOptional) return false
    } else if (found.version !== wanted.version || found.integrity !== wanted.integrity) return false
  }
  return true
}

function packagesReady(root) {
  try {
    const read = (file) => JSON.parse(fs.readFileSync(path.join(root, file), 'utf8'))
    return packagesMatch(read('package-lock.json'), read('node_modules/.package-lock.json'))
  } catch {
    return false
  }
}

const nodeBinary = (root) => path.join(root, 'node_modules', 'node', 'bin', 'node')

function nodeReady(root) {
  return isProgram(nodeBinary(root)) && isProgram(path.join(root, 'node_modules', '.bin', 'node'))
}

/** So that `npx sightline` in this folder finds the command at once; npm links the commands of dependencies only. */
function linkOwnCommand(root) {
  const link = path.join(root, 'node_modules', '.bin', 'sightline')
  try {
    if (!isProgram(link)) fs.symlinkSync('../../bin/sightline.js', link)
  } catch (error) {
    // Another set-up was quicker.
    if (error.code !== 'EEXIST') throw error
  }
}

/** Follows links, so a dangling one is no program. */
function isProgram(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK)
    return fs.statSync(file).isFile()
  } catch {
    return false
  }
}

/** The nats-server to use, or undefined. A NATS_SERVER_BIN that cannot run is a fault: it was meant. */
export function findBroker(env) {
  const named = env.NATS_SERVER_BIN
  if (named) {
    if (isProgram(named)) return named
    throw new SetupFault(`NATS_SERVER_BIN is ${named}, which is no program that can be run`, 2)
  }
  const folders = (env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '')
  return [...folders, ...BROKER_FOLDERS].map((folder) => path.join(folder, 'nats-server')).find(isProgram)
}

/**
 * The environment for npm and apt: our own node_modules/.bin is taken off PATH, because the Node in there is about
 * to be replaced by the very command that would run on it.
 */
function outsideEnv(root) {
  const ours = path.join(root, 'node_modules')
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => !folder.startsWith(ours))
  return { ...process.env, PATH: folders.join(path.delimiter) }
}

/** Runs a command to its end; answers what it wrote, or throws with the last of it. */
function run(command, args, options) {
  const done = spawnSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', ...options })
  if (done.error) throw new SetupFault(`${command} could not be started: ${done.error.message}`)
  if (done.status === 0) return done.stdout
  const written = `${done.stdout}${done.stderr}`.trimEnd().split('\n').slice(-25).join('\n')
  throw new SetupFault(`${command} ${args.join(' ')} failed (${done.signal ?? `exit code ${done.status}`})\n${written}`)
}

function installPackages(root, say) {
  say('installing packages with npm ci; the first time takes a minute')
  // The development packages hold Node itself, so NODE_ENV=production must not leave them out.
  run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env: outsideEnv(root),
  })
}

/** npm may hold back install scripts (by setting or by policy); Node's package brings its program by one. */
function installNode(root, say) {
  const folder = path.dirname(path.dirname(nodeBinary(root)))
  if (!isProgram(nodeBinary(root))) {
    say(`fetching Node ${NODE_MAJOR}: its install script had not run`)
    run(process.execPath, ['installArchSpecificPackage'], { cwd: folder, env: outsideEnv(root) })
  }
  const link = path.join(root, 'node_modules', '.bin', 'node')
  if (!isProgram(link)) {
    fs.rmSync(link, { force: true })
    fs.symlinkSync('../node/bin/node', link)
  }
  const version = versionOf(nodeBinary(root))
  if (version >= NODE_MAJOR) return
  if (majorOf(process.version) < NODE_MAJOR) {
    throw new SetupFault(
      `the packaged Node does not run on this machine (${process.platform}-${process.arch}): put Node ${NODE_MAJOR} or newer first on PATH and run this again`,
      2,
    )
  }
  say(`the packaged Node does not run here; linking ${process.execPath} in its place`)
  fs.rmSync(nodeBinary(root), { force: true })
  fs.symlinkSync(process.execPath, nodeBinary(root))
}

const majorOf = (version) => Number.parseInt(version.replace(/^v/, ''), 10)

function versionOf(program) {
  const asked = spawnSync(program, ['--version'], { encoding: 'utf8' })
  return asked.status === 0 ? majorOf(asked.stdout.trim()) : 0
}

/**
 * Installs Debian's nats-server, without leaving its service running or enabled: port 4222 belongs to whoever starts
 * Sightline. The unit is masked while the package unpacks, because its scripts start it at once.
 */
function installBroker(say) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const systemd = fs.existsSync('/run/systemd/system')
  const systemctl = (...args) => spawnSync('systemctl', [...args, 'nats-server.service'], { stdio: 'ignore' })
  const install = () =>
    run('apt-get', ['-o', 'DPkg::Lock::Timeout=300', 'install', '-y', '--no-install-recommends', 'nats-server'], {
      env,
    })

  say('installing nats-server with apt-get (its own service stays off)')
  if (systemd) systemctl('mask', '--runtime')
  try {
    try {
      install()
    } catch {
      // Package lists are often absent or old in containers.
      say('refreshing the package lists with apt-get update')
      run('apt-get', ['-o', 'DPkg::Lock::Timeout=300', 'update'], { env })
      install()
    }
  } finally {
    if (systemd) systemctl('unmask', '--runtime')
    // Without systemd running, as in a container, this still keeps the service off for a later boot.
    systemctl('disable', '--now')
  }
}

/** apt-get needs root; a password must never be asked for in the middle of `npm test`. */
function canInstallBroker() {
  return process.platform === 'linux' && process.getuid?.() === 0 && isProgram('/usr/bin/apt-get')
}

async function ensureBroker(options, say) {
  if (findBroker(process.env) !== undefined || (options.brokerOptional && process.env.SIGHTLINE_NATS_URL)) return
  let because = ''
  if (canInstallBroker()) {
    try {
      await withLock(ROOT, say, () => findBroker(process.env) ?? installBroker(say))
      if (findBroker(process.env) !== undefined) return
    } catch (fault) {
      because = `${fault.message}\n`
    }
  }
  if (!options.brokerOptional) throw new SetupFault(because + BROKER_MISSING, 2)
  process.stderr.write(`setup: ${because}${BROKER_MISSING}\n`)
}

/**
 * Holds the set-up lock while `work` runs. The lock is a file with the holder's pid; one whose holder is gone is taken
 * over. It lies outside node_modules, which npm ci deletes.
 */
async function withLock(root, say, work) {
  const folder = path.join(root, '.sightline')
  const lock = path.join(folder, 'setup.lock')
  fs.mkdirSync(folder, { recursive: true })
  const deadline = Date.now() + LOCK_WAIT_MS
  let told = false
  for (;;) {
    try {
      fs.writeFileSync(lock, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const holder = holderOf(lock)
    if (holder === 'gone') {
      fs.rmSync(lock, { force: true })
      continue
    }
    if (Date.now() > deadline) throw new SetupFault(`waited too long for ${lock}, held by process ${holder}`)
    if (!told) say(`waiting for another set-up (process ${holder})`)
    told = true
    await sleep(200)
  }
  // A signal skips `finally`; without this every Ctrl-C would leave a lock for the next run to judge.
  const release = () => fs.rmSync(lock, { force: true })
  process.once('exit', release)
  try {
    return work()
  } finally {
    release()
    process.off('exit', release)
  }
}

/** The pid that holds the lock, or `gone`. A lock just made may still be empty: that is held, not gone. */
function holderOf(lock) {
  try {
    const text = fs.readFileSync(lock, 'utf8')
    if (text === '') return Date.now() - fs.statSync(lock).mtimeMs > 5_000 ? 'gone' : 'unknown'
    process.kill(Number(text), 0)
    return text
  } catch (error) {
    // EPERM: it lives, under another user.
    return error.code === 'EPERM' ? 'unknown' : 'gone'
  }
}

async function main(args) {
  const unknown = args.find((arg) => !['--quiet', '--broker-optional', '--help'].includes(arg))
  if (unknown !== undefined) throw new SetupFault(`unknown option ${unknown}\n${HELP}`, 2)
  if (args.includes('--help')) {
    process.stdout.write(HELP)
    return
  }
  if (majorOf(process.version) < 20) throw new SetupFault(`Node 20 or newer is needed; this is ${process.version}`, 2)
  const options = { brokerOptional: args.includes('--broker-optional') }
  const say = args.includes('--quiet') ? () => {} : (line) => process.stderr.write(`setup: ${line}\n`)

  if (!packagesReady(ROOT) || !nodeReady(ROOT)) {
    await withLock(ROOT, say, () => {
      if (!packagesReady(ROOT)) installPackages(ROOT, say)
      if (!nodeReady(ROOT)) installNode(ROOT, say)
    })
  }
  linkOwnCommand(ROOT)
  await ensureBroker(options, say)
}

if (import.meta.url === pathToFileURL(fs.realpathSync(process.argv[1] ?? '.')).href) {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ]) {
    process.once(signal, () => process.exit(code))
  }
  main(process.argv.slice(2)).catch((error) => {
    // What the system refused (rights, space) is for a person to mend; the stack would only be in the way.
    const expected = error instanceof SetupFault || error.code !== undefined
    process.stderr.write(`setup: ${expected ? error.message : error.stack}\n`)
    process.exitCode = error.exitCode ?? 1
  })
}
