/** Loads settings from text in a file of its own, for tests. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { type LoadOptions, type LoadResult, loadSettings } from '../../src/config/load.ts'
import { describeProblem } from '../../src/config/problem.ts'
import type { Settings } from '../../src/config/settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'sightline-settings-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0

/** A file with this text; removed when the test file is done. */
export function fileWith(text: string, name = `settings-${files++}.yaml`): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

export function load(yaml: string | undefined, options: Partial<LoadOptions> = {}): LoadResult {
  return loadSettings({ env: {}, ...(yaml !== undefined && { file: fileWith(yaml) }), ...options })
}

/** The settings, or a failure that names every problem. */
export function settingsOf(result: LoadResult): Settings {
  if (!result.ok) throw new Error(result.problems.map(describeProblem).join('\n'))
  return result.settings
}

/** One line for each problem, without the folder of the file. */
export function problemsOf(result: LoadResult): string[] {
  return result.ok ? [] : result.problems.map((problem) => describeProblem(problem).replaceAll(`${folder}/`, ''))
}

/** `path` of each problem. */
export function pathsOf(result: LoadResult): string[] {
  return result.ok ? [] : result.problems.map((problem) => problem.path)
}
