/**
 * A small TAK server on loopback, as a process of its own, so that it can be killed for real.
 *
 * It reads events from TCP, answers pings, and says what came on standard output, one JSON object a line: first its
 * port, then each event by the detection it was made of. Invariant: what came before a ping is said before the ping is
 * answered (writing to a pipe waits for it to be taken), so that what the sender may count as confirmed is known to
 * whoever reads the lines, even when this process is killed the next moment.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { childOf } from '../../src/cot/element.ts'
import { EventSplitter } from '../../src/cot/frames.ts'
import { parseEvent } from '../../src/cot/parse.ts'
import { encodePong, signOf } from '../../src/cot/ping.ts'
import { wallMs } from './wall-clock.ts'

/** A line of the receiver's. */
export type ReceiverLine =
  | { readonly port: number }
  /** An event came; `atMs` is the time of day by {@link wallMs}. */
  | { readonly source: string; readonly id: string; readonly atMs: number }
  /** Something came that is no event of ours. */
  | { readonly strange: string }

const HOST = '127.0.0.1'

function serve(socket: Socket): void {
  const splitter = new EventSplitter()
  // Whoever breaks off comes again.
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Uint8Array) => {
    const atMs = wallMs()
    let lines: ReceiverLine[] = []
    for (const bytes of splitter.push(chunk)) {
      const sign = signOf(bytes)
      if (sign === 'event') lines.push(lineOf(bytes, atMs))
      if (sign !== 'ping') continue
      say(lines)
      lines = []
      socket.write(encodePong(Date.now()))
    }
    say(lines)
  })
}

function lineOf(bytes: Uint8Array, atMs: number): ReceiverLine {
  const parsed = parseEvent(bytes)
  if (!parsed.ok) return { strange: parsed.reason }
  const { detail, uid } = parsed.value
  const about = detail && childOf(detail, 'sightline')?.attributes
  const source = about?.get('source')
  const id = about?.get('id')
  return source === undefined || id === undefined
    ? { strange: `event ${uid} names no detection` }
    : { source, id, atMs }
}

function say(lines: readonly ReceiverLine[]): void {
  if (lines.length > 0) process.stdout.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}

if (import.meta.main) {
  const server = createServer(serve)
  server.listen(Number(process.argv[2] ?? 0), HOST, () => say([{ port: (server.address() as AddressInfo).port }]))
  // Whoever started us holds our standard input; when they are gone, so are we.
  process.stdin.resume().on('end', () => process.exit(0))
}
