/**
 * Reads the store's file page by page without LMDB, so that damage is an answer and not the end of the process.
 *
 * LMDB trusts its pages: a damaged one may abort the process or stop it with a bus error. Here every number is checked
 * before it is followed, and what cannot be followed is reported as the range of keys that lay behind it. Only what the
 * store itself uses is understood (64-bit little-endian, no duplicates, no encryption). The format is that of LMDB's
 * data version 2: two meta pages, one extra copy of the last flushed meta in the middle of the first page, then trees.
 */
import fs from 'node:fs'

/** Of the file, on every machine: the file can then be moved, and salvage knows where pages lie. */
export const PAGE_BYTES = 4096

const META_MAGIC = 0xbeefc0de
const DATA_VERSION = 2
const PAGE_HEADER = 24
const NO_PAGE = 0xffffffffffffffffn
const MAX_DEPTH = 24

const PAGE = { branch: 0x01, leaf: 0x02, overflow: 0x04 } as const
/** Set in a node whose value lies on pages of its own. */
const BIG = 0x01
/** Set in a meta whose pages were not known to be on disk when it was written. */
const UNFLUSHED = 0x1000

/** A tree in the file. */
export interface Tree {
  readonly name: string
  readonly entries: number
  readonly depth: number
  readonly root: bigint
}

/** A stretch of keys that cannot be read: everything after one key and before another, where these are known. */
export interface Damage {
  readonly kind: 'damage'
  readonly after: Buffer | undefined
  readonly before: Buffer | undefined
  readonly reason: string
}

export interface Pair {
  readonly kind: 'pair'
  readonly key: Buffer
  readonly value: Buffer
}

interface Meta {
  readonly transaction: bigint
  readonly flags: number
  readonly boot: bigint
  readonly free: Tree
  readonly main: Tree
}

function treeAt(bytes: Buffer, at: number, name: string): Tree {
  return {
    name,
    depth: bytes.readUInt16LE(at + 6),
    entries: Number(bytes.readBigUInt64LE(at + 32)),
    root: bytes.readBigUInt64LE(at + 40),
  }
}

/** The boot id as LMDB keeps it: the first group of hexadecimal digits. */
function bootId(): bigint {
  try {
    const text = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')
    return BigInt(`0x${text.split('-')[0] ?? '0'}`)
  } catch {
    return 0n
  }
}

export class PageFile {
  readonly size: number
  /** By name; empty when no meta page can be read. */
  readonly tables: ReadonlyMap<string, Tree>
  /** Why tables are missing, if they are. */
  readonly damages: Damage[] = []
  private readonly handle: number

  constructor(file: string) {
    this.handle = fs.openSync(file, 'r')
    this.size = fs.fstatSync(this.handle).size
    this.tables = this.findTables()
  }

  close(): void {
    fs.closeSync(this.handle)
  }

  /** Bytes of the file; shorter than asked for at its end. */
  bytes(at: number, size: number): Buffer {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(size, this.size - at)))
    const got = bytes.length === 0 ? 0 : fs.readSync(this.handle, bytes, 0, bytes.length, at)
    return bytes.subarray(0, got)
  }

  /** All pairs of a tree in the order of their keys, and what cannot be read between them. */
  *walk(tree: Tree): Generator<Pair | Damage> {
    if (tree.root === NO_PAGE) return
    if (tree.depth < 1 || tree.depth > MAX_DEPTH) yield whole(`its depth is ${tree.depth}`)
    else yield* this.walkPage(tree.root, tree.depth, undefined, undefined, true)
  }

  /**
   * What is wrong with the trees above their leaves, and with leaves that lie beyond the file's end. A hundredth of the
   * file is read for it, so it can be asked before LMDB, which would trust all this, is let in.
   */
  trunkDamage(): Damage | undefined {
    const first = this.damages[0]
    if (first !== undefined) return first
    for (const tree of this.tables.values()) {
      if (tree.root === NO_PAGE) continue
      if (tree.depth < 1 || tree.depth > MAX_DEPTH) return whole(`the depth of ${tree.name} is ${tree.depth}`)
      for (const item of this.walkPage(tree.root, tree.depth, undefined, undefined, false)) {
        if (item.kind === 'damage') return { ...item, reason: `${tree.name}: ${item.reason}` }
      }
    }
    return undefined
  }

  private findTables(): Map<string, Tree> {
    const tables = new Map<string, Tree>()
    const meta = this.currentMeta()
    if (meta === undefined) {
      this.damages.push(whole('no meta page can be read'))
      return tables
    }
    tables.set('free pages', meta.free)
    for (const item of this.walk(meta.main)) {
      if (item.kind === 'damage') this.damages.push(item)
      else if (item.value.length === 48) {
        // lmdb-js ends a name with a zero byte or not, as the key encoding has it.
        const name = item.key.toString('latin1').replaceAll('\0', '')
        tables.set(name, treeAt(item.value, 0, name))
      }
    }
    return tables
  }

  /** The meta that LMDB would open: the newest, unless it was not flushed before the machine went down. */
  private currentMeta(): Meta | undefined {
    const first = this.metaAt(0)
    const second = this.metaAt(PAGE_BYTES)
    const flushed = this.metaAt(PAGE_BYTES / 2)
    const newest = [first, second]
      .filter((meta) => meta !== undefined)
      .sort((a, b) => Number(b.transaction - a.transaction))[0]
    if (newest === undefined) return flushed
    const safe = (newest.flags & UNFLUSHED) === 0 || newest.boot === bootId()
    return safe || flushed === undefined || flushed.transaction === 0n ? newest : flushed
  }

  private metaAt(at: number): Meta | undefined {
    const bytes = this.bytes(at, PAGE_HEADER + 152)
    if (bytes.length < PAGE_HEADER + 152) return undefined
    const base = PAGE_HEADER
    // The copy in the middle of the page carries no magic.
    const named = at % PAGE_BYTES === 0
    if (named && bytes.readUInt32LE(base) !== META_MAGIC) return undefined
    if (named && (bytes.readUInt32LE(base + 4) & 0xffff) !== DATA_VERSION) return undefined
    const meta: Meta = {
      flags: bytes.readUInt16LE(base + 28),
      free: treeAt(bytes, base + 24, 'free pages'),
      main: treeAt(bytes, base + 72, 'tables'),
      transaction: bytes.readBigUInt64LE(base + 128),
      boot: bytes.readBigInt64LE(base + 136),
    }
    const root = meta.main.root
    const reachable = root === NO_PAGE || root < BigInt(Math.ceil(this.size / PAGE_BYTES))
    return reachable ? meta : undefined
  }

  private *walkPage(
    page: bigint,
    depth: number,
    after: Buffer | undefined,
    before: Buffer | undefined,
    leaves: boolean,
  ): Generator<Pair | Damage> {
    if (depth === 1 && !leaves && (Number(page) + 1) * PAGE_BYTES <= this.size) return
    const bytes = this.bytes(Number(page) * PAGE_BYTES, PAGE_BYTES)
    const wrong = this.complaint(bytes, page, depth)
    if (wrong !== undefined) {
      yield { kind: 'damage', after, before, reason: `page ${page} ${wrong}` }
      return
    }
    const count = bytes.readUInt16LE(20) >> 1
    let last = after
    for (let i = 0; i < count; i++) {
      const node = PAGE_HEADER + bytes.readUInt16LE(PAGE_HEADER + 2 * i)
      const key = keyAt(bytes, node)
      // The first key of a branch is not used and may be empty.
      const implied = depth > 1 && i === 0
      const ordered =
        key !== undefined &&
        (implied ||
          ((last === undefined || last.compare(key) < (depth > 1 || i === 0 ? 1 : 0)) &&
            (before === undefined || key.compare(before) < 0)))
      if (key === undefined || !ordered) {
        yield { kind: 'damage', after: last, before, reason: `page ${page} has its keys out of order` }
        return
      }
      if (depth === 1) {
        yield this.pairAt(bytes, node, key)
        last = key
        continue
      }
      const low = implied ? after : key
      const next = i + 1 < count ? keyAt(bytes, PAGE_HEADER + bytes.readUInt16LE(PAGE_HEADER + 2 * (i + 1))) : before
      yield* this.walkPage(childAt(bytes, node), depth - 1, low, next, leaves)
      last = low
    }
  }

  /** What is wrong with a page, if anything is. */
  private complaint(bytes: Buffer, page: bigint, depth: number): string | undefined {
    if (bytes.length < PAGE_BYTES) return 'lies beyond the end of the file'
    if (bytes.readBigUInt64LE(0) !== page) return `says it is page ${bytes.readBigUInt64LE(0)}`
    const flags = bytes.readUInt16LE(18)
    if ((flags & (PAGE.branch | PAGE.leaf | PAGE.overflow)) !== (depth === 1 ? PAGE.leaf : PAGE.branch)) {
      return `has the flags ${flags}`
    }
    const lower = bytes.readUInt16LE(20)
    const upper = bytes.readUInt16LE(22)
    if (lower % 2 !== 0 || lower > upper || upper > PAGE_BYTES - PAGE_HEADER) return 'has impossible bounds'
    for (let i = 0; i < lower; i += 2) {
      const node = PAGE_HEADER + bytes.readUInt16LE(PAGE_HEADER + i)
      if (node < PAGE_HEADER + upper || node + 8 > PAGE_BYTES) return 'has an entry outside itself'
    }
    return undefined
  }

  private pairAt(bytes: Buffer, node: number, key: Buffer): Pair | Damage {
    const size = bytes.readUInt32LE(node)
    const flags = bytes.readUInt16LE(node + 4)
    const at = node + 8 + key.length
    const broken = (reason: string): Damage => ({ kind: 'damage', after: key, before: key, reason })
    if ((flags & BIG) === 0) {
      if (at + size > bytes.length) return broken('its value runs over the page')
      return { kind: 'pair', key, value: bytes.subarray(at, at + size) }
    }
    if (at + 8 > bytes.length) return broken('its value runs over the page')
    const page = bytes.readBigUInt64LE(at)
    const start = Number(page) * PAGE_BYTES
    const head = this.bytes(start, PAGE_HEADER)
    const sound = head.length === PAGE_HEADER && head.readBigUInt64LE(0) === page
    if (!sound || (head.readUInt16LE(18) & PAGE.overflow) === 0) return broken(`its value on page ${page} is gone`)
    const value = this.bytes(start + PAGE_HEADER, size)
    if (value.length < size) return broken('its value lies beyond the end of the file')
    return { kind: 'pair', key, value }
  }
}

/** Damage to all of a tree. */
const whole = (reason: string): Damage => ({ kind: 'damage', after: undefined, before: undefined, reason })

function keyAt(page: Buffer, node: number): Buffer | undefined {
  const size = page.readUInt16LE(node + 6)
  if (node + 8 + size > page.length) return undefined
  return page.subarray(node + 8, node + 8 + size)
}

function childAt(page: Buffer, node: number): bigint {
  return BigInt(page.readUInt32LE(node)) | (BigInt(page.readUInt16LE(node + 4)) << 32n)
}
