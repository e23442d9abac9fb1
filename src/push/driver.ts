/** The sink driver for generic HTTP endpoints. */
import { systemClock } from '../port/clock.ts'
import type { SinkDriver } from '../port/sink.ts'
import { HttpLink } from './link.ts'
import { addressOf, type HttpOptions, httpLimitsOf } from './options.ts'
import { Poster } from './poster.ts'

/**
 * A driver for `http://` or `https://`. Throws `bad-settings` when the url is not one of these.
 * Opening makes no connection and so proves nothing, except that certificate and key can be used.
 */
export function httpDriver(options: HttpOptions): SinkDriver {
  const address = addressOf(options.url)
  const limits = httpLimitsOf(options)
  const clock = options.clock ?? systemClock
  const { name } = options
  const { target } = address
  if (address.origin.startsWith('https:') && options.tls?.rejectUnauthorized === false) {
    options.log.warn(
      { sink: name, target },
      'the certificate of this server is NOT verified: anyone can take its place',
    )
  }
  return {
    name,
    kind: 'http',
    target,
    window: limits.window,
    probes: true,
    open: async (handlers) => {
      const poster = new Poster(options, address, limits, clock)
      return new HttpLink(handlers, { target, poster, limits, clock, encode: (entry) => options.encode(entry) })
    },
  }
}
