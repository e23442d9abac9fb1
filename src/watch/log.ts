/**
 * Log lines through pino: JSON for machines, readable lines on a terminal.
 *
 * Lines go to standard error unless told otherwise: standard output belongs to the answers of commands (`--json`).
 * They are written in the background; `close` writes the rest at once, and must be called before the process leaves.
 */
import { createRequire } from 'node:module'
import { isatty } from 'node:tty'
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino'
import type { Log, LogFields } from '../port/log.ts'
import { createRedactor, type RedactOptions, type Redactor } from './redact.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export interface LogOptions extends RedactOptions {
  /** Least severe line to write; default info. */
  readonly level?: LogLevel
  /** Readable lines; auto is on a terminal only. Needs pino-pretty, else lines stay JSON. */
  readonly pretty?: 'auto' | 'always' | 'never'
  /** File descriptor; 2 (standard error) unless given. */
  readonly fd?: number
  /** Instead of a descriptor. */
  readonly stream?: DestinationStream
  /** Fields on every line, such as the instance. */
  readonly base?: LogFields
}

export interface ServiceLog extends Log {
  /** Writes what is still in memory. */
  close(): void
}

const STDERR = 2
/** A reader that stalls may cost lines, never the memory of the process. */
const MOST_WAITING = 8 * 1_048_576

type MakePretty = (options: Record<string, unknown>) => DestinationStream

/** pino-pretty is a help for people at a terminal and need not be installed. */
function prettyStream(fd: number): DestinationStream | undefined {
  try {
    const make = createRequire(import.meta.url)('pino-pretty') as MakePretty
    return make({
      destination: fd,
      sync: true,
      colorize: isatty(fd),
      translateTime: 'SYS:HH:MM:ss.l',
      ignore: 'pid,hostname',
    })
  } catch {
    return undefined
  }
}

function over(logger: Logger, redactor: Redactor): Log {
  const write = (level: LogLevel) => (fields: LogFields, message: string) => {
    if (logger.isLevelEnabled(level)) logger[level](redactor.fields(fields), redactor.text(message))
  }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => over(logger.child(redactor.fields(fields)), redactor),
  }
}

export function createLog(options: LogOptions = {}): ServiceLog {
  const fd = options.fd ?? STDERR
  const wanted = options.pretty ?? 'auto'
  const pretty = options.stream === undefined && (wanted === 'always' || (wanted === 'auto' && isatty(fd)))
  const background = destination({ fd, sync: false, minLength: 4096, maxLength: MOST_WAITING, periodicFlush: 100 })
  const stream = options.stream ?? (pretty ? prettyStream(fd) : undefined) ?? background
  const logger = pino(
    {
      level: options.level ?? 'info',
      base: { ...options.base },
      timestamp: stdTimeFunctions.isoTime,
      // Errors are plain already: what pino would make of them holds their stack.
      serializers: { err: (plain: unknown) => plain },
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  )
  const redactor = createRedactor(options)
  return {
    ...over(logger, redactor),
    close() {
      if (stream === background) background.flushSync()
    },
  }
}
