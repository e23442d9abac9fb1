/**
 * Emits `dist/`, the JavaScript that is published: Node strips types from our own files but not below node_modules.
 *
 * `dist/` repeats the layout of the repository, data files included, so that a path relative to a source file holds there.
 */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'

const ROOT = path.dirname(import.meta.dirname)
const DIST = path.join(ROOT, 'dist')

/** Files at the root that the program reads at run time. */
const BESIDE = ['package.json', 'nats.conf']
const FOLDERS = ['src', 'actors', 'streams']

fs.rmSync(DIST, { recursive: true, force: true })
const tsc = path.join(ROOT, 'node_modules', '.bin', 'tsc')
const compiled = spawnSync(tsc, ['-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' })
if (compiled.status !== 0) process.exit(compiled.status ?? 1)

for (const folder of FOLDERS) {
  fs.cpSync(path.join(ROOT, folder), path.join(DIST, folder), {
    recursive: true,
    filter: (file) => !file.endsWith('.ts') && !file.endsWith('.md'),
  })
}
for (const file of BESIDE) fs.copyFileSync(path.join(ROOT, file), path.join(DIST, file))
