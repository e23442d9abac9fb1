/** Directories for one run, all under one that goes when the bench ends, however it ends. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let root: string | undefined
let made = 0

/** A new, empty directory. Whoever is done with it early may remove it. */
export function scratch(name: string): string {
  root ??= newRoot()
  made += 1
  const dir = join(root, `${made}-${name}`)
  mkdirSync(dir, { mode: 0o700 })
  return dir
}

function newRoot(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sightline-bench-'))
  process.once('exit', () => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }))
  return dir
}
