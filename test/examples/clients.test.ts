/** The examples for other programs send what the product reads, and say so with their exit code. */
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect, headers, type NatsConnection } from '@nats-io/transport-node'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type MessageReading, readMessage } from '../../src/domain/message.ts'
import { startBroker, type TestBroker } from '../support/broker.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const found = (program: string): boolean => spawnSync(program, ['--version']).status === 0

function read(line: string, source: string): MessageReading {
  return readMessage(Buffer.from(line), { source, receivedMs: Date.now(), maxAheadMs: 60_000 })
}

function elementsOf(reading: MessageReading) {
  if (reading.kind !== 'elements') throw new Error(reading.fault.reason)
  return reading.elements.map((element) => {
    if (!element.ok) throw new Error(`${element.fault.code}: ${element.fault.reason}`)
    return element.detection
  })
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sightline-examples-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Puts a stand-in for a program first on PATH, written as a shell script. */
function withProgram(name: string, script: string): NodeJS.ProcessEnv {
  writeFileSync(path.join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return { ...process.env, PATH: `${folder}${path.delimiter}${process.env.PATH}` }
}

const python = found('python3')
if (!python) console.log('skipped: there is no python3 here')

describe.skipIf(!python)('the Ultralytics example', () => {
  const EXAMPLE = path.join(ROOT, 'examples/python')
  const run = (args: string[], env?: NodeJS.ProcessEnv): SpawnSyncReturns<string> =>
    spawnSync(
      'python3',
      [path.join(EXAMPLE, 'ultralytics_frame.py'), '--source', 'drone-1', '--size', '1920x1080', ...args],
      {
        encoding: 'utf8',
        input: readFileSync(path.join(EXAMPLE, 'result.json')),
        ...(env && { env }),
      },
    )

  it('makes one frame that is read as one detection a box, with its track and camera', () => {
    const camera = path.join(EXAMPLE, 'camera.json')
    const made = run(['--camera', camera, '--session', 'flight-7', '--dry-run', '-'])
    expect(made.stderr).toBe('')
    const detections = elementsOf(read(made.stdout, 'drone-1'))
    expect(detections.map((detection) => [detection.class, detection.trackId, detection.session])).toEqual([
      ['person', '4', 'flight-7'],
      ['truck', undefined, 'flight-7'],
    ])
    expect(new Set(detections.map(({ id }) => id)).size).toBe(2)
    expect(detections[0]?.fix).toMatchObject({ kind: 'bbox', x1: 812.4, y2: 497.6, units: 'px' })
    expect(detections[0]?.surface?.height).toEqual({ value: 612, datum: 'hae' })
  })

  it('names a registered camera, gives the size of the image, and makes the same ids again for the same time', () => {
    const args = ['--camera', 'tower-3', '--time', '2025-08-14T19:00:00.000Z', '--dry-run', '-']
    const [first, second] = [run(args), run(args)]
    expect(second.stdout).toBe(first.stdout)
    const [detection] = elementsOf(read(first.stdout, 'drone-1'))
    expect(detection?.fix).toMatchObject({ camera: { id: 'tower-3' }, image: { width: 1920, height: 1080 } })
  })

  it('boxes an oriented box by its corners and leaves out what has no box', () => {
    const file = path.join(folder, 'obb.json')
    const box = { x1: 10, y1: 20, x2: 40, y2: 10, x3: 50, y3: 40, x4: 20, y4: 50 }
    writeFileSync(
      file,
      JSON.stringify([
        { name: 'boat', class: 8, confidence: 0.5, box },
        { name: 'sea', class: 1, confidence: 0.9 },
      ]),
    )
    const detections = elementsOf(read(run(['--camera', 'c', '--dry-run', file]).stdout, 'drone-1'))
    expect(detections).toHaveLength(1)
    expect(detections[0]?.fix).toMatchObject({ x1: 10, y1: 10, x2: 50, y2: 50 })
  })

  it('hands the frame to sightline publish and leaves with its exit code', () => {
    const env = withProgram('npx', `echo "$@" >"${folder}/args"; cat >"${folder}/sent"; exit 4`)
    expect(run(['--camera', 'tower-3', '-'], env).status).toBe(4)
    expect(readFileSync(path.join(folder, 'args'), 'utf8')).toBe('sightline publish -\n')
    expect(elementsOf(read(readFileSync(path.join(folder, 'sent'), 'utf8'), 'drone-1'))).toHaveLength(2)
  })
})

describe('the shell example', () => {
  const SCRIPT = path.join(ROOT, 'examples/shell/publish-and-watch.sh')
  /** A `nats` that keeps what is requested, and answers the subscription with an event for it. */
  const NATS = (event: string) => `
    if [ "$1" = req ]; then printf %s "$4" >"$FOLDER/sent"; echo '{"stream":"DETECTIONS","seq":1}'; exit; fi
    while [ ! -s "$FOLDER/sent" ]; do sleep 0.1; done
    id=$(sed -n 's/.*"id": "\\(.*\\)".*/\\1/p' "$FOLDER/sent")
    echo "<event uid='${event}'/>"; exec sleep 30`

  it('sends a detection that is read, and prints its event', () => {
    const env = { ...withProgram('nats', NATS('sightline.shell.d.$id')), FOLDER: folder }
    const done = spawnSync('sh', [SCRIPT], { encoding: 'utf8', env })
    const [detection] = elementsOf(read(readFileSync(path.join(folder, 'sent'), 'utf8'), 'shell'))
    expect(detection).toMatchObject({ class: 'fire', fix: { kind: 'position' } })
    expect(done.stdout).toContain(`<event uid='sightline.shell.d.${detection?.id}'/>`)
    expect(done.status).toBe(0)
  })
})

describe('the Node example', () => {
  let broker: TestBroker
  let product: NatsConnection
  beforeAll(async () => {
    broker = await startBroker()
    product = await connect({ servers: broker.url })
    const manager = await jetstreamManager(product)
    await manager.streams.add({ name: 'DETECTIONS', subjects: ['detections.>'] })
  })
  afterAll(async () => {
    await product?.close()
    await broker?.stop()
  })

  it('stores a detection that is read, and prints the event that names it', async () => {
    const arrived = product.subscribe('detections.>', { max: 1 })
    await product.flush()
    const example = spawn(process.execPath, [path.join(ROOT, 'examples/node/publish-and-watch.ts')], {
      env: { ...process.env, NATS_URL: broker.url },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let printed = ''
    example.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
    })
    const ended = once(example, 'exit')
    for await (const message of arrived) {
      const [detection] = elementsOf(read(message.string(), 'node-example'))
      const named = (id: string) => {
        const all = headers()
        all.set('Sightline-Detection-Id', id)
        return { headers: all }
      }
      product.publish('cot.a.u.G', '<event uid="another"/>', named('another'))
      product.publish('cot.a.u.G.E.V', '<event uid="ours"/>', named(detection?.id ?? ''))
    }
    expect(await ended).toEqual([0, null])
    expect(printed.trim()).toBe('<event uid="ours"/>')
  })
})
