/** One directory, one writer: the living owner is named, the dead one is replaced, by one process only. */
import fs from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { lockDirectory } from '../../src/store/lock.ts'
import { until } from '../support/until.ts'
import { type Program, run } from './processes.ts'
import { newDirectory, removeDirectories } from './sample.ts'

const started: Program[] = []

function hold(file: string): Program {
  const program = run('holder.ts', file)
  started.push(program)
  return program
}

const said = (program: Program): Promise<void> => until(() => program.lines.length > 0, 'the process says something')

afterEach(async () => {
  for (const { child, over } of started.splice(0)) {
    child.kill('SIGKILL')
    await over
  }
  removeDirectories()
})

const lockFile = (): string => path.join(newDirectory(), 'journal.lock')

describe('a lock', () => {
  it('is refused to the same process and to another, with the pid of its owner', async () => {
    const file = lockFile()
    const lock = lockDirectory(file)
    expect(() => lockDirectory(file)).toThrow(new RegExp(`process ${process.pid}`))
    const other = hold(file)
    await said(other)
    expect(other.lines[0]).toMatch(new RegExp(`refused .*store-locked.*process ${process.pid}`))
    lock.release()
    lock.release()
    expect(fs.readdirSync(path.dirname(file))).toEqual([])
  })

  it('of a live process holds until that gives it back', async () => {
    const file = lockFile()
    const owner = hold(file)
    await said(owner)
    expect(owner.lines).toEqual(['held'])
    expect(() => lockDirectory(file)).toThrow(new RegExp(`process ${owner.child.pid}`))
    owner.child.stdin.end()
    await owner.over
    lockDirectory(file).release()
  })

  it('of a process that was killed is taken over', async () => {
    const file = lockFile()
    const owner = hold(file)
    await said(owner)
    owner.child.kill('SIGKILL')
    await owner.over
    expect(fs.existsSync(file)).toBe(true)
    const lock = lockDirectory(file)
    expect(JSON.parse(fs.readFileSync(file, 'utf8')).pid).toBe(process.pid)
    lock.release()
  })

  it('is readable by its owner only', () => {
    const file = lockFile()
    const lock = lockDirectory(file)
    expect(fs.statSync(file).mode & 0o777).toBe(0o600)
    lock.release()
  })

  it('goes to exactly one of many processes that find it abandoned at the same moment', async () => {
    const file = lockFile()
    const dead = hold(file)
    await said(dead)
    dead.child.kill('SIGKILL')
    await dead.over
    const rivals = Array.from({ length: 6 }, () => hold(file))
    await Promise.all(rivals.map(said))
    const winners = rivals.filter((rival) => rival.lines[0] === 'held')
    expect(winners).toHaveLength(1)
    const owner = JSON.parse(fs.readFileSync(file, 'utf8'))
    expect(owner.pid).toBe(winners[0]?.child.pid)
    for (const rival of rivals.filter((each) => each !== winners[0])) expect(rival.lines[0]).toContain('store-locked')
  }, 60_000)
})

describe('an owner', () => {
  const rewrite = (file: string, change: object): void => {
    const owner = JSON.parse(fs.readFileSync(file, 'utf8'))
    fs.writeFileSync(file, JSON.stringify({ ...owner, ...change }))
  }

  it.skipIf(process.platform !== 'linux')('is dead when its pid belongs to a process that started later', () => {
    const file = lockFile()
    lockDirectory(file)
    rewrite(file, { started: '1' })
    lockDirectory(file).release()
  })

  it.skipIf(process.platform !== 'linux')('is dead when the machine was started since', () => {
    const file = lockFile()
    lockDirectory(file)
    rewrite(file, { boot: 'another boot' })
    lockDirectory(file).release()
  })

  it('elsewhere lives as long as its heart beats', () => {
    const file = lockFile()
    lockDirectory(file)
    rewrite(file, { space: 'other-host pid:[1]', pid: 4_242 })
    expect(() => lockDirectory(file)).toThrow('process 4242 on other-host')
    const longAgo = new Date(Date.now() - 60_000)
    fs.utimesSync(file, longAgo, longAgo)
    lockDirectory(file).release()
  })

  it('that cannot be made out counts as dead when its heart stopped', () => {
    const file = lockFile()
    fs.writeFileSync(file, '')
    expect(() => lockDirectory(file)).toThrow('store-locked')
    const longAgo = new Date(Date.now() - 60_000)
    fs.utimesSync(file, longAgo, longAgo)
    lockDirectory(file).release()
  })

  it('that died while taking over leaves a claim that does not stand in the way', () => {
    const file = lockFile()
    lockDirectory(file)
    rewrite(file, { boot: 'another boot', nonce: 'stale', space: undefined })
    const claim = `${file}.claim-stale`
    fs.copyFileSync(file, claim)
    rewrite(claim, { nonce: 'dead claim' })
    const longAgo = new Date(Date.now() - 60_000)
    for (const name of [file, claim]) fs.utimesSync(name, longAgo, longAgo)
    const lock = lockDirectory(file)
    expect(fs.readdirSync(path.dirname(file))).toEqual(['journal.lock'])
    lock.release()
  })
})
