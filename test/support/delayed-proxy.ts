/** A TCP relay that holds back what the server says, from the client's second word on. */
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'

export class DelayedProxy {
  readonly port: number
  readonly #server: net.Server
  readonly #sockets: Set<net.Socket>

  private constructor(server: net.Server, sockets: Set<net.Socket>) {
    this.#server = server
    this.#sockets = sockets
    this.port = (server.address() as AddressInfo).port
  }

  /** Relays to a port on loopback; the server's words arrive so much later once the client has spoken twice. */
  static async before(serverPort: number, delayMs: number): Promise<DelayedProxy> {
    const sockets = new Set<net.Socket>()
    const server = net.createServer((client) => {
      const far = net.connect(serverPort, '127.0.0.1')
      let spoken = 0
      for (const socket of [client, far]) {
        sockets.add(socket)
        socket.on('error', () => {})
        socket.on('close', () => sockets.delete(socket))
      }
      client.on('data', (chunk) => {
        spoken++
        far.write(chunk)
      })
      const later = (act: () => void) => (spoken < 2 ? act() : setTimeout(act, delayMs))
      far.on('data', (chunk) => later(() => client.write(chunk)))
      far.on('close', () => later(() => client.end()))
      client.on('close', () => far.destroy())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new DelayedProxy(server, sockets)
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}
