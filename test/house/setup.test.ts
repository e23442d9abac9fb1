/** The set-up does what is missing, does it once, and is silent when nothing is. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ROOT } from './source-tree.ts'

const LOCK = { packages: { '': {}, 'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' } } }

/** An npm that writes what the real one leaves behind, and keeps count of its calls. */
const NPM = `#!/bin/sh
echo "$@" >>"$COUNT"
sleep 0.3
mkdir -p node_modules/node/bin node_modules/.bin
[ -n "$NO_SCRIPTS" ] || ln -sf "$NODE" node_modules/node/bin/node
ln -sf ../node/bin/node node_modules/.bin/node
echo 'require("fs").symlinkSync(process.env.NODE, "bin/node")' >node_modules/node/installArchSpecificPackage.js
cp package-lock.json node_modules/.package-lock.json
[ -z "$FAIL" ] || { echo 'npm error the registry is away' >&2; exit 1; }
`

let root: string
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'sightline-setup-'))
  mkdirSync(path.join(root, 'bin'))
  mkdirSync(path.join(root, 'outside'))
  cpSync(path.join(ROOT, 'bin', 'setup.js'), path.join(root, 'bin', 'setup.js'))
  writeFileSync(path.join(root, 'package.json'), '{ "type": "module" }')
  writeFileSync(path.join(root, 'package-lock.json'), JSON.stringify(LOCK))
  writeFileSync(path.join(root, 'outside', 'npm'), NPM, { mode: 0o755 })
  writeFileSync(path.join(root, 'outside', 'nats-server'), '#!/bin/sh\n', { mode: 0o755 })
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const count = () => path.join(root, 'outside', 'count')
const calls = (): string[] => (existsSync(count()) ? readFileSync(count(), 'utf8').trim().split('\n') : [])
const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: [path.join(root, 'node_modules', '.bin'), path.join(root, 'outside'), '/usr/bin', '/bin'].join(path.delimiter),
  NODE: process.execPath,
  COUNT: count(),
  ...more,
})
const setup = (args: string[] = [], more: NodeJS.ProcessEnv = {}) =>
  spawnSync(process.execPath, [path.join(root, 'bin', 'setup.js'), ...args], {
    encoding: 'utf8',
    env: environment(more),
  })

describe('a fresh clone', () => {
  it('gets its packages, says so in a line, and is left alone the second time', () => {
    const first = setup()
    expect(first.status).toBe(0)
    expect(first.stderr).toMatch(/^setup: installing packages[^\n]*\n$/)
    expect(setup()).toMatchObject({ status: 0, stdout: '', stderr: '' })
    expect(calls()).toHaveLength(1)
    expect(calls()[0]).toMatch(/^ci .*--include=dev/)
  })

  it('is set up once when two commands start together', async () => {
    const both = [0, 1].map(() =>
      spawn(process.execPath, [path.join(root, 'bin', 'setup.js')], { env: environment(), stdio: 'ignore' }),
    )
    const codes = await Promise.all(both.map(async (child) => (await once(child, 'exit'))[0]))
    expect(codes).toEqual([0, 0])
    expect(calls()).toHaveLength(1)
  })

  it('gets Node although npm held its install script back', () => {
    const done = setup([], { NO_SCRIPTS: '1' })
    expect(done.stderr).toContain('fetching Node 24')
    expect(done.status).toBe(0)
    expect(spawnSync(path.join(root, 'node_modules', '.bin', 'node'), ['--version'], { encoding: 'utf8' }).stdout).toBe(
      `${process.version}\n`,
    )
  })

  it('finds its own command below node_modules, for npx', () => {
    setup()
    expect(readlinkSync(path.join(root, 'node_modules', '.bin', 'sightline'))).toBe('../../bin/sightline.js')
  })

  it('says nothing at all when asked to be quiet', () => {
    expect(setup(['--quiet'])).toMatchObject({ status: 0, stdout: '', stderr: '' })
    expect(calls()).toHaveLength(1)
  })
})

describe('an installation', () => {
  it('is made again when the lock file asks for other packages', () => {
    setup()
    const other = { packages: { ...LOCK.packages, 'node_modules/a': { version: '1.0.1', integrity: 'sha512-b' } } }
    writeFileSync(path.join(root, 'package-lock.json'), JSON.stringify(other))
    expect(setup().status).toBe(0)
    expect(calls()).toHaveLength(2)
  })

  it('is not made again for a package that this platform cannot have', () => {
    setup()
    const more = { packages: { ...LOCK.packages, 'node_modules/b': { version: '1.0.0', optional: true } } }
    writeFileSync(path.join(root, 'package-lock.json'), JSON.stringify(more))
    setup()
    expect(calls()).toHaveLength(1)
  })

  it('that was broken off is made again', () => {
    setup()
    rmSync(path.join(root, 'node_modules', '.package-lock.json'))
    setup()
    expect(calls()).toHaveLength(2)
  })

  it('that fails shows what npm said, and the next run tries again', () => {
    const failed = setup([], { FAIL: '1' })
    expect(failed.status).toBe(1)
    expect(failed.stderr).toContain('npm error the registry is away')
    rmSync(path.join(root, 'node_modules'), { recursive: true })
    expect(setup().status).toBe(0)
  })

  it('takes over the lock of a set-up that was killed', () => {
    const gone = spawnSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).stdout.trim()
    mkdirSync(path.join(root, '.sightline'))
    writeFileSync(path.join(root, '.sightline', 'setup.lock'), gone)
    expect(setup().status).toBe(0)
    expect(existsSync(path.join(root, '.sightline', 'setup.lock'))).toBe(false)
  })
})

describe('wrong use', () => {
  it('of NATS_SERVER_BIN is not passed over in favour of another nats-server', () => {
    const done = setup([], { NATS_SERVER_BIN: '/nowhere/nats-server' })
    expect(done).toMatchObject({ status: 2, stderr: expect.stringContaining('/nowhere/nats-server') })
  })

  it('of an option is refused with the options there are', () => {
    expect(setup(['--quite'])).toMatchObject({ status: 2, stderr: expect.stringContaining('--broker-optional') })
  })
})
