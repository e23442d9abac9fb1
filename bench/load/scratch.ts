/** Directories for one run, all under one that goes with the last of them, and at the latest when the bench ends. */
import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const open = new Set<string>()
let root: string | undefined
let made = 0

/** A new, empty directory; give it back with {@link discard}. */
export function scratch(name: string): string {
  root ??= newRoot()
  made += 1
  const dir = join(root, `${made}-${name}`)
  mkdirSync(dir, { mode: 0o700 })
  open.add(dir)
  return dir
}

/** Removes a directory with all that is in it. */
export function discard(dir: string): void {
  rmSync(dir, { recursive: true, force: true })
  open.delete(dir)
  if (open.size > 0 || root === undefined) return
  rmdirSync(root)
  process.off('exit', removeRoot)
  root = undefined
}

function newRoot(): string {
  // For a bench that is ended in the middle of its work.
  process.once('exit', removeRoot)
  return mkdtempSync(join(tmpdir(), 'sightline-bench-'))
}

function removeRoot(): void {
  if (root !== undefined) rmSync(root, { recursive: true, force: true, maxRetries: 3 })
}
