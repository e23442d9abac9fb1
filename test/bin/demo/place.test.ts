/** The demo empties its own directory at each start, and no other. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { emptyPlace, LOG_FILE } from '../../../bin/demo/place.ts'
import { silentLog } from '../../support/silent.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'sightline-place-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const put = (...names: string[]) => {
  mkdirSync(path.join(root, 'demo'), { recursive: true })
  for (const name of names) writeFileSync(path.join(root, 'demo', name), 'x')
}

describe("the demo's directory", () => {
  it('is made where there is none', async () => {
    const place = await emptyPlace(path.join(root, 'deep'), silentLog)
    expect(place).toBe(path.join(root, 'deep', 'demo'))
    expect(existsSync(place)).toBe(true)
  })

  it('is emptied of what an earlier demo left, and nothing beside it is touched', async () => {
    put(LOG_FILE, 'journal.mdb')
    writeFileSync(path.join(root, 'journal.mdb'), 'the real one')
    await emptyPlace(root, silentLog)
    expect(readdirSync(path.join(root, 'demo'))).toEqual([])
    expect(existsSync(path.join(root, 'journal.mdb'))).toBe(true)
  })

  it('is left as it is when no demo made it', async () => {
    put('thesis.txt')
    await expect(emptyPlace(root, silentLog)).rejects.toThrow(/no demo has left/)
    expect(readdirSync(path.join(root, 'demo'))).toEqual(['thesis.txt'])
  })

  it('is taken over when the process id it names lives, but serves something else', async () => {
    put(LOG_FILE)
    const runtime = { pid: process.pid, http: 'http://127.0.0.1:9', nats: 'nats://127.0.0.1:9', embedded: true }
    writeFileSync(path.join(root, 'demo', 'runtime.json'), JSON.stringify(runtime))
    await emptyPlace(root, silentLog)
    expect(readdirSync(path.join(root, 'demo'))).toEqual([])
  })
})
