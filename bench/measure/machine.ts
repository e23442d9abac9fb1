/** What the numbers were measured on: without that they mean nothing. */
import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os'
import { locateBroker } from '../../src/nats/locate.ts'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryBytes: number
  readonly system: string
  /** Type of the file system that broker and journal write to. */
  readonly disk: string
  readonly node: string
  readonly natsServer: string
  readonly commit: string
  /** The tree held changes that are in no commit. */
  readonly dirty: boolean
  /** Processes that wanted a processor during the last minute before the run: much above 0, and others were at work. */
  readonly loadBefore: number
}

export function machineFacts(): Machine {
  const processors = cpus()
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryBytes: totalmem(),
    system: `${process.platform} ${release()} ${process.arch}`,
    disk: said('df', ['--output=fstype', tmpdir()]).split('\n').at(-1) ?? 'unknown',
    node: process.version,
    natsServer: said(locateBroker(), ['--version']).replace(/^nats-server:\s*/, ''),
    commit: said('git', ['rev-parse', '--short=12', 'HEAD']),
    dirty: said('git', ['status', '--porcelain', '--untracked-files=no']) !== '',
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  }
}

/** True where numbers of one may be compared with numbers of the other, and not only ratios. */
export function sameMachine(one: Machine, other: Machine): boolean {
  return one.cpu === other.cpu && one.cores === other.cores && one.natsServer === other.natsServer
}

/** What a program prints, or `unknown` where it cannot be run. */
function said(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'unknown'
  }
}
