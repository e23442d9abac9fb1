/**
 * A TAK server for measuring, as a program of its own: reads, notes when each numbered event was complete, answers pings.
 *
 * It is not the recorder of the tests: that one writes every event to a file before it answers, which would measure the
 * file. It speaks to whoever forked it: how many events have come, as they come, and all arrivals when asked.
 */
import net, { type AddressInfo, type Socket } from 'node:net'
import { encodePong } from '../../src/cot/ping.ts'
import { monotonicMs } from './monotonic.ts'

/** What the program says. */
export type SinkWord =
  | { readonly kind: 'listening'; readonly port: number }
  /** `lastMs`: monotonic, when the last event that had not come before was complete. */
  | { readonly kind: 'progress'; readonly distinct: number; readonly total: number; readonly lastMs: number }
  /** By number: when it first came (0: never), and how often it came. */
  | { readonly kind: 'arrivals'; readonly atMs: Float64Array; readonly times: Uint16Array }

export type SinkQuestion = { readonly kind: 'arrivals' }

const END = Buffer.from('</event>')
const NUMBER = Buffer.from(' id="b-')
const PING = Buffer.from('type="t-x-c-t"')
const TELL_MS = 20

let atMs = new Float64Array(65_536)
let times = new Uint16Array(65_536)
let distinct = 0
let total = 0
let lastMs = 0
let told = 0

function serve(socket: Socket): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    const now = monotonicMs()
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let from = 0
    let pinged = false
    for (let end = bytes.indexOf(END); end >= 0; end = bytes.indexOf(END, from)) {
      const event = bytes.subarray(from, end)
      from = end + END.length
      const number = numberOf(event)
      if (number !== undefined) arrived(number, now)
      else if (event.includes(PING)) pinged = true
    }
    rest = bytes.subarray(from)
    if (pinged && !socket.destroyed) socket.write(encodePong(Date.now()))
  })
}

function numberOf(event: Buffer): number | undefined {
  let at = event.indexOf(NUMBER)
  if (at < 0) return undefined
  let number = 0
  for (at += NUMBER.length; ; at++) {
    const digit = (event[at] ?? 0) - 48
    if (digit < 0 || digit > 9) return number
    number = number * 10 + digit
  }
}

function arrived(number: number, now: number): void {
  if (number >= atMs.length) grow(number)
  total += 1
  if (times[number] === 0) {
    atMs[number] = now
    distinct += 1
    lastMs = now
  }
  times[number] = (times[number] as number) + 1
}

function grow(number: number): void {
  const length = 2 ** Math.ceil(Math.log2(number + 1))
  const [moreAt, moreTimes] = [new Float64Array(length), new Uint16Array(length)]
  moreAt.set(atMs)
  moreTimes.set(times)
  atMs = moreAt
  times = moreTimes
}

function say(word: SinkWord): void {
  process.send?.(word)
}

const server = net.createServer(serve).listen(0, '127.0.0.1', () => {
  say({ kind: 'listening', port: (server.address() as AddressInfo).port })
})
setInterval(() => {
  if (told === total) return
  told = total
  say({ kind: 'progress', distinct, total, lastMs })
}, TELL_MS)
process.on('message', ({ kind }: SinkQuestion) => {
  if (kind === 'arrivals') say({ kind, atMs, times })
})
// Whoever forked us is gone: nobody is left to tell.
process.on('disconnect', () => process.exit(0))
