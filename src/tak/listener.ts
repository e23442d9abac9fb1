/** Reads what a TAK server sends and throws it away, except signs of life. */
import { EventSplitter } from '../cot/frames.ts'
import { openingOf } from '../cot/parse.ts'
import { isPing, isPong } from '../cot/ping.ts'

export interface SignsOfLife {
  onPing(): void
  onPong(): void
}

/** Signs of life are a few hundred bytes; longer events are passed over without being kept. */
const MAX_SIGN_BYTES = 16_384
const SIGN = 't-x-c-t'

export class Listener {
  readonly #splitter = new EventSplitter(MAX_SIGN_BYTES)
  readonly #own: string
  readonly #signs: SignsOfLife

  /** @param selfUid a relay that sends back what it gets must not make us answer ourselves: events with this prefix are ours */
  constructor(selfUid: string, signs: SignsOfLife) {
    this.#own = `${selfUid}-`
    this.#signs = signs
  }

  read(chunk: Uint8Array): void {
    for (const event of this.#splitter.push(chunk)) {
      // Most events are no signs of life, and a search is much cheaper than reading the tag.
      if (!Buffer.from(event.buffer, event.byteOffset, event.byteLength).includes(SIGN)) continue
      const opening = openingOf(event)
      if (opening === undefined || opening.uid.startsWith(this.#own)) continue
      if (isPong(opening)) this.#signs.onPong()
      else if (isPing(opening)) this.#signs.onPing()
    }
  }
}
