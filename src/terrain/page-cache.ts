/** Decoded pages of terrain, the least recently used dropped first, bounded in bytes. */
import type { ElevationRaster } from '../geo/elevation.ts'

/** A rectangle in columns and rows of a page. */
export interface Rectangle {
  readonly west: number
  readonly east: number
  readonly south: number
  readonly north: number
}

export interface Page {
  /** Absent: nothing is known of it. */
  readonly raster: ElevationRaster | undefined
  /** Where data that counts before this page's may lie. */
  readonly finer: readonly Rectangle[]
}

/** What an entry costs beside its posts. */
const OVERHEAD_BYTES = 512

export class PageCache {
  readonly maxBytes: number
  #bytes = 0
  #pages = new Map<number, Page>()
  #lastKey = -1
  #last: Page | undefined

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  get size(): number {
    return this.#pages.size
  }

  find(key: number): Page | undefined {
    // Nearly every question is about the same page as the one before.
    if (key === this.#lastKey) return this.#last
    const page = this.#pages.get(key)
    if (page === undefined) return undefined
    this.#pages.delete(key)
    this.#use(key, page)
    return page
  }

  /** Keeps a new page; it stays however small the bound. */
  keep(key: number, page: Page): void {
    this.#bytes += bytesOf(page)
    this.#use(key, page)
    this.#shrink()
  }

  #use(key: number, page: Page): void {
    this.#pages.set(key, page)
    this.#lastKey = key
    this.#last = page
  }

  #shrink(): void {
    for (const [key, page] of this.#pages) {
      if (this.#bytes <= this.maxBytes || this.#pages.size === 1) return
      this.#pages.delete(key)
      this.#bytes -= bytesOf(page)
    }
  }
}

function bytesOf({ raster }: Page): number {
  return (raster === undefined ? 0 : raster.posts.byteLength + raster.blockMaxima.byteLength) + OVERHEAD_BYTES
}
