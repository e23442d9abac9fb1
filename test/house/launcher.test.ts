/** The launcher hands everything through to the command line, signals included, and speaks up when it dies. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ROOT } from './source-tree.ts'

/** A command line that does what its first argument says. */
const MAIN = `
const [, , what, ...rest]: string[] = process.argv
if (what === 'exit') process.exitCode = Number(rest[0])
else if (what === 'echo') process.stdin.pipe(process.stdout)
else if (what === 'say') console.log(JSON.stringify({ rest, node: process.versions.node, env: process.env }))
else if (what === 'die') process.kill(process.pid, rest[0])
else {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      console.log(signal)
      if (what === 'until' && rest[0] === signal) setTimeout(() => process.exit(7), 400)
    })
  }
  setInterval(() => {}, 1_000)
  console.log('ready ' + process.pid)
}
`

let root: string
let running: ChildProcess | undefined
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'sightline-launcher-'))
  install(root)
  writeFileSync(path.join(root, 'bin', 'main.ts'), MAIN)
})
afterEach(() => {
  running?.kill('SIGKILL')
  running = undefined
  rmSync(root, { recursive: true, force: true })
})

function install(folder: string): void {
  mkdirSync(path.join(folder, 'bin'), { recursive: true })
  cpSync(path.join(ROOT, 'bin', 'sightline.js'), path.join(folder, 'bin', 'sightline.js'))
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }')
}

const launcher = (folder = root) => path.join(folder, 'bin', 'sightline.js')
const run = (args: string[], input = '', node = process.execPath) =>
  spawnSync(node, [launcher(), ...args], { encoding: 'utf8', input })

/** Starts the launcher in a process group of its own, as a shell does, and waits until the command line is up. */
async function start(args: string[], command = [process.execPath, launcher()]) {
  const [program = '', ...before] = command
  const child = spawn(program, [...before, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  running = child
  let printed = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (chunk: string) => {
    printed += chunk
  })
  while (!printed.includes('ready')) await once(child.stdout, 'data')
  const said = () => (printed.split(/ready \d+\n/)[1] ?? '').trim().split('\n')
  return { child, ended: once(child, 'close'), said }
}

describe('the launcher', () => {
  it('passes arguments, standard input and the exit code through', () => {
    expect(run(['exit', '4']).status).toBe(4)
    expect(run(['exit', '0'])).toMatchObject({ status: 0, stdout: '', stderr: '' })
    expect(run(['echo'], 'line 1\nline 2\n').stdout).toBe('line 1\nline 2\n')
    expect(JSON.parse(run(['say', '--rate', '10', '']).stdout).rest).toEqual(['--rate', '10', ''])
  })

  it('keeps NODE_OPTIONS and leaves nothing of its own in the environment', () => {
    const env = { ...process.env, NODE_OPTIONS: '--max-old-space-size=300' }
    const said = JSON.parse(spawnSync(process.execPath, [launcher(), 'say'], { encoding: 'utf8', env }).stdout)
    expect(said.env.NODE_OPTIONS).toBe('--max-old-space-size=300')
    expect(
      Object.keys(said.env).filter((name) => name.startsWith('SIGHTLINE_') || name.startsWith('NODE_CHANNEL')),
    ).toEqual(Object.keys(process.env).filter((name) => name.startsWith('SIGHTLINE_')))
  })

  it('passes a signal on, and waits for the answer', async () => {
    const { child, ended, said } = await start(['until', 'SIGTERM'])
    child.kill('SIGTERM')
    expect(await ended).toEqual([7, null])
    expect(said()).toEqual(['SIGTERM'])
  })

  it('delivers a signal once that came to the whole group, as Ctrl-C does', async () => {
    const { child, ended, said } = await start(['until', 'SIGINT'])
    process.kill(-(child.pid ?? 0), 'SIGINT')
    child.kill('SIGINT')
    expect(await ended).toEqual([7, null])
    expect(said()).toEqual(['SIGINT'])
  })

  it('is reached by a signal to npm start, which waits for it and answers with its exit code', async () => {
    const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'))
    const script = String(scripts.start).replace(/ up$/, ' until SIGTERM')
    writeFileSync(path.join(root, 'package.json'), JSON.stringify({ type: 'module', scripts: { start: script } }))
    const { child, ended, said } = await start([], ['npm', 'start', '--silent'])
    child.kill('SIGTERM')
    expect(await ended).toEqual([7, null])
    expect(said()).toEqual(['SIGTERM'])
  })

  it('leaves no command line behind when it is killed itself', async () => {
    const { child, ended, said } = await start(['until', 'SIGTERM'])
    child.kill('SIGKILL')
    // The pipe closes only when the last process that writes to it is gone.
    expect(await ended).toEqual([null, 'SIGKILL'])
    expect(said()).toEqual([''])
  })
})

describe('a command line that dies', () => {
  it.each([
    ['SIGABRT', 134],
    ['SIGBUS', 135],
    ['SIGSEGV', 139],
  ])('of %s is reported with what to do about the store', (signal, code) => {
    const done = run(['die', signal])
    expect(done.status).toBe(code)
    for (const words of [signal, '"die"', 'sightline store verify', 'sightline store salvage']) {
      expect(done.stderr).toContain(words)
    }
  })

  it('of SIGKILL is reported without blaming the store', () => {
    const done = run(['die', 'SIGKILL'])
    expect(done.status).toBe(137)
    expect(done.stderr).toContain('memory')
    expect(done.stderr).not.toContain('salvage')
  })
})

describe('an installation', () => {
  it('below node_modules runs the built JavaScript, where Node strips no types', () => {
    const folder = path.join(root, 'node_modules', 'sightline')
    install(folder)
    writeFileSync(path.join(folder, 'bin', 'main.ts'), 'throw new Error("not this one")')
    mkdirSync(path.join(folder, 'dist', 'bin'), { recursive: true })
    writeFileSync(path.join(folder, 'dist', 'bin', 'main.js'), "console.log('built')")
    mkdirSync(path.join(root, 'node_modules', '.bin'))
    const link = path.join(root, 'node_modules', '.bin', 'sightline')
    symlinkSync('../sightline/bin/sightline.js', link)
    expect(spawnSync(process.execPath, [link], { encoding: 'utf8' }).stdout).toBe('built\n')
  })

  it('without anything to run says so', () => {
    rmSync(path.join(root, 'bin', 'main.ts'))
    expect(run(['status'])).toMatchObject({ status: 2, stderr: expect.stringContaining('npm run build') })
  })
})

const old = ['/usr/bin/node', '/usr/local/bin/node'].find(
  (node) => existsSync(node) && /^v2[0-3]\./.test(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout),
)
if (old === undefined) console.log('skipped: there is no Node 20 to 23 here')

describe.skipIf(old === undefined)('an older Node', () => {
  it('starts the packaged one', () => {
    mkdirSync(path.join(root, 'node_modules', 'node', 'bin'), { recursive: true })
    symlinkSync(process.execPath, path.join(root, 'node_modules', 'node', 'bin', 'node'))
    expect(JSON.parse(run(['say'], '', old).stdout).node).toBe(process.versions.node)
  })

  it('says what is missing when there is none', () => {
    expect(run(['say'], '', old)).toMatchObject({ status: 2, stderr: expect.stringContaining('needs Node 24') })
  })
})
