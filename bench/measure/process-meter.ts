/**
 * Processor time and memory of another process, from Linux's /proc.
 *
 * Elsewhere there is nothing to read: the figures are then absent from the report, never estimated.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { parseStatus } from '../../src/watch/memory.ts'

/** Memory in bytes: what only the process holds (anon) and what it maps from files (file). */
export interface MemorySeen {
  readonly anonEnd: number
  readonly anonPeak: number
  readonly fileEnd: number
  readonly filePeak: number
}

const SAMPLE_MS = 50
const TICKS_PER_SECOND = ticksPerSecond()

/** Seconds of processor time the process has used so far, user and system; undefined where that cannot be read. */
export function cpuSeconds(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name of the program stands in parentheses and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  } catch {
    return undefined
  }
}

/** Watches the memory of a process until it is stopped. */
export class MemoryMeter {
  readonly #pid: number
  readonly #timer: NodeJS.Timeout
  #anonPeak = 0
  #filePeak = 0

  constructor(pid: number) {
    this.#pid = pid
    this.#timer = setInterval(() => this.#look(), SAMPLE_MS).unref()
    this.#look()
  }

  /** Looks a last time and says what was seen; undefined where it cannot be read. */
  stop(): MemorySeen | undefined {
    clearInterval(this.#timer)
    const end = this.#look()
    if (end === undefined) return undefined
    return {
      anonEnd: end.rssAnonBytes,
      anonPeak: this.#anonPeak,
      fileEnd: end.rssFileBytes,
      filePeak: this.#filePeak,
    }
  }

  #look() {
    try {
      const memory = parseStatus(readFileSync(`/proc/${this.#pid}/status`, 'latin1'))
      if (memory === undefined) return undefined
      this.#anonPeak = Math.max(this.#anonPeak, memory.rssAnonBytes)
      this.#filePeak = Math.max(this.#filePeak, memory.rssFileBytes)
      return memory
    } catch {
      return undefined
    }
  }
}

/** The kernel counts in these; 100 a second nearly everywhere, but it is the system that knows. */
function ticksPerSecond(): number {
  try {
    return (
      Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })) || 100
    )
  } catch {
    return 100
  }
}
