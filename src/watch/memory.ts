/** Memory of this process: what the store maps from disk is counted apart from what only we hold. */
import { readFileSync } from 'node:fs'

export interface Memory {
  readonly rssBytes: number
  /** What cannot be dropped and read again: the number to watch. */
  readonly rssAnonBytes: number
  /** Mapped files, the store's pages above all; the system takes them back when it needs room. */
  readonly rssFileBytes: number
}

function field(status: string, name: string): number | undefined {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)
  return match?.[1] === undefined ? undefined : Number(match[1]) * 1024
}

/** Reads memory from a status page as Linux writes it; undefined when the rows are not there. */
export function parseStatus(status: string): Memory | undefined {
  const rssBytes = field(status, 'VmRSS')
  const rssAnonBytes = field(status, 'RssAnon')
  const rssFileBytes = field(status, 'RssFile')
  if (rssBytes === undefined || rssAnonBytes === undefined || rssFileBytes === undefined) return undefined
  return { rssBytes, rssAnonBytes, rssFileBytes }
}

/** Elsewhere than on Linux the split is estimated from what the runtime knows it holds. */
export function estimate(usage: NodeJS.MemoryUsage): Memory {
  const held = Math.min(usage.rss, usage.heapTotal + usage.external)
  return { rssBytes: usage.rss, rssAnonBytes: held, rssFileBytes: usage.rss - held }
}

export function readMemory(): Memory {
  try {
    const memory = parseStatus(readFileSync('/proc/self/status', 'latin1'))
    if (memory) return memory
  } catch {
    // Not Linux.
  }
  return estimate(process.memoryUsage())
}
