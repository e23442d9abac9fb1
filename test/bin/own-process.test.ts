/** A command run in a process of its own can die without taking us along, and is missed by name. */
import { describe, expect, it } from 'vitest'
import { killedByStore, runOwn } from '../../bin/own-process.ts'

describe('a command in a process of its own', () => {
  it('hands back its answer, its words and its exit code', async () => {
    const { answer, said, code, signal } = await runOwn(['store', 'stats', '--json', '--data-dir', '/nowhere'], {
      aloud: false,
    })
    expect({ answer, code, signal }).toEqual({ answer: undefined, code: 1, signal: null })
    expect(said).toContain('There is no store in /nowhere')
  })

  it('that is killed is told by its signal', async () => {
    expect(await runOwn(['watch'], { aloud: false, timeoutMs: 1 })).toMatchObject({ code: null, signal: 'SIGKILL' })
  })

  it('killed by the store it read leads to verify and salvage', () => {
    const { code, reason } = killedByStore('/data', 'SIGBUS').fault
    expect(code).toBe('store-damaged')
    for (const wanted of ['/data', 'SIGBUS', 'store verify', 'store salvage']) expect(reason).toContain(wanted)
  })
})
