/** Files of detections, line by line, as messages for the broker; what cannot be sent is reported with its place. */
import { createReadStream, statSync } from 'node:fs'
import { addAbortSignal, type Readable } from 'node:stream'
import { MAX_MESSAGE_BYTES } from '../src/domain/message.ts'
import { FaultError, fault } from '../src/fault/fault.ts'
import type { Outgoing } from '../src/nats/publisher.ts'
import { type LineReading, type Renewal, readLine } from './detection-line.ts'
import { count } from './figures.ts'
import { type Line, linesOf } from './lines.ts'
import { Pace } from './pace.ts'

export interface ReadingOptions {
  readonly source?: string
  readonly repeat: number
  readonly freshTime: boolean
  readonly strict: boolean
  /** Lines a second. */
  readonly rate?: number
  readonly signal: AbortSignal
  /** Told of every line that cannot be sent: `file:line: reason`. */
  readonly onBroken: (sentence: string) => void
}

/** One named input; `bytes` where that is known beforehand. */
interface Input {
  readonly name: string
  readonly bytes?: number
  open(): Readable
}

const STDIN = '-'
const BLANK = /^[\t\r ]*$/

/**
 * Everything to be sent, and how far the reading has come.
 *
 * Repeats are new observations: from the second time on, `#2`, `#3` … is put behind every id (an id is made of the
 * content where there is none). With `freshTime` every time becomes the moment of sending, which makes another content
 * of the detection, so that `@` and the moment the run began go behind its id too.
 */
export class DetectionFiles {
  /** Messages and detections handed out, and lines that could not be sent. */
  messages = 0
  detections = 0
  broken = 0
  readonly #inputs: readonly Input[]
  readonly #options: ReadingOptions
  readonly #run = Date.now().toString(36)
  readonly #pace: Pace | undefined
  readonly #allBytes: number | undefined
  #readBytes = 0

  /** @throws FaultError `not-found` or `bad-field` for an input that cannot be read, before anything is sent */
  constructor(names: readonly string[], options: ReadingOptions) {
    this.#options = options
    this.#inputs = names.map(inputNamed)
    if (options.repeat > 1 && names.includes(STDIN)) {
      throw new FaultError(fault('bad-field', '--repeat cannot read standard input twice; name a file', {}))
    }
    this.#pace = options.rate === undefined ? undefined : new Pace(options.rate)
    const sizes = this.#inputs.map(({ bytes }) => bytes)
    this.#allBytes = sizes.includes(undefined)
      ? undefined
      : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0) * options.repeat
  }

  /** How much has been read, 0 to 1; undefined where the end is not known. */
  get share(): number | undefined {
    if (this.#allBytes === undefined) return undefined
    return this.#allBytes === 0 ? 1 : Math.min(1, this.#readBytes / this.#allBytes)
  }

  /** The messages in order. With `strict` it ends at the first line that cannot be sent. */
  async *outgoing(): AsyncGenerator<Outgoing> {
    const { repeat, signal, strict } = this.#options
    for (let round = 1; round <= repeat; round++) {
      for (const input of this.#inputs) {
        for await (const lines of linesOf(this.#counted(input), MAX_MESSAGE_BYTES)) {
          for (const line of lines) {
            const message = this.#message(input, line, round)
            if (message === undefined) {
              if (strict && this.broken > 0) return
              continue
            }
            await this.#pace?.turn(signal)
            if (signal.aborted) return
            yield message
          }
        }
      }
    }
  }

  async *#counted(input: Input): AsyncGenerator<Uint8Array> {
    const { signal } = this.#options
    try {
      // Standard input may have nothing to say for hours; the signal must reach us there too.
      for await (const chunk of addAbortSignal(signal, input.open())) {
        this.#readBytes += chunk.length
        yield chunk
      }
    } catch (thrown) {
      if (signal.aborted) return
      throw new FaultError(fault('bad-field', `${input.name} cannot be read: ${(thrown as Error).message}`))
    }
  }

  /** Undefined for a blank line, and for one that cannot be sent. */
  #message({ name }: Input, line: Line, round: number): Outgoing | undefined {
    if (line.tooLong === undefined && isBlank(line.bytes)) return undefined
    const reading = this.#reading(line, round)
    if (!reading.ok) {
      // A line that is wrong is wrong every time.
      if (round === 1) {
        this.broken += 1
        this.#options.onBroken(`${name}:${line.number}: ${reading.reason}`)
      }
      return undefined
    }
    this.messages += 1
    this.detections += reading.detections
    return { subject: `detections.${reading.source}`, payload: reading.payload }
  }

  #reading({ bytes, tooLong }: Line, round: number): LineReading {
    if (tooLong !== undefined) return tooLarge(tooLong)
    const reading = readLine(bytes, this.#options.source, this.#renewal(round))
    // New ids make a message longer.
    return reading.ok && reading.payload.length > MAX_MESSAGE_BYTES ? tooLarge(reading.payload.length) : reading
  }

  #renewal(round: number): Renewal | undefined {
    const { freshTime } = this.#options
    if (round === 1 && !freshTime) return undefined
    const idSuffix = `${freshTime ? `@${this.#run}` : ''}${round === 1 ? '' : `#${round}`}`
    return { idSuffix, ...(freshTime && { time: new Date().toISOString() }) }
  }
}

function tooLarge(size: number): LineReading {
  const most = count(MAX_MESSAGE_BYTES)
  return { ok: false, reason: `it has ${count(size)} bytes, and a message may have ${most} (too-large); split it` }
}

function isBlank(bytes: Uint8Array): boolean {
  return (
    bytes.length < 256 && BLANK.test(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'))
  )
}

function inputNamed(name: string): Input {
  if (name === STDIN) return { name: 'stdin', open: () => process.stdin }
  const refuse = (code: 'not-found' | 'bad-field', sentence: string) => new FaultError(fault(code, sentence))
  let bytes: number | undefined
  try {
    const about = statSync(name)
    if (about.isDirectory()) throw refuse('bad-field', `${name} is a directory; name the files in it`)
    // A pipe has a name and no size.
    bytes = about.isFile() ? about.size : undefined
  } catch (thrown) {
    if (thrown instanceof FaultError) throw thrown
    throw refuse('not-found', `${name} cannot be read: ${(thrown as Error).message}`)
  }
  return { name, bytes, open: () => createReadStream(name) }
}
