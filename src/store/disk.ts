/** How much room the disk has, asked for at most once a second and never waited for. */
import { statfs } from 'node:fs/promises'
import type { Clock } from '../port/clock.ts'

const INTERVAL_MS = 1_000

async function freeBytesOf(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir)
  return bavail * bsize
}

export class Disk {
  freeBytes = Number.POSITIVE_INFINITY
  private readonly dir: string
  private readonly floor: number
  private readonly clock: Clock
  private readonly freeSpace: (dir: string) => Promise<number>
  private askedMs = Number.NEGATIVE_INFINITY
  private asking = false

  constructor(
    dir: string,
    minFreeBytes: number,
    clock: Clock,
    freeSpace: (dir: string) => Promise<number> = freeBytesOf,
  ) {
    this.dir = dir
    this.floor = minFreeBytes
    this.clock = clock
    this.freeSpace = freeSpace
  }

  get low(): boolean {
    return this.freeBytes < this.floor
  }

  /** Asks again if the last answer is old; `changed` is called when it crossed the floor. */
  refresh(changed: () => void): void {
    if (this.asking || this.clock.monotonic() - this.askedMs < INTERVAL_MS) return
    const before = this.low
    this.ask().then(() => {
      if (this.low !== before) changed()
    })
  }

  /** Asks now. A disk that gives no answer counts as it did before. */
  async ask(): Promise<void> {
    this.asking = true
    this.askedMs = this.clock.monotonic()
    try {
      this.freeBytes = await this.freeSpace(this.dir)
    } catch {
      // A commit will tell.
    } finally {
      this.asking = false
    }
  }
}
