// A device on a real TCP port that answers in order and, when a test says so, answers wrongly.
import { createServer, type Server, type Socket } from 'node:net'

/** `holding`: the answer is kept back and goes out before the answer to a later request. */
export type PeerMode = 'right' | 'silent' | 'truncated' | 'malformed' | 'wrong-check-sum' | 'refusing' | 'holding'

/** How a protocol's requests are cut from the stream and answered; `undefined` from `next` waits for more bytes. */
export interface PeerProtocol {
  next(received: Buffer): { readonly request: Buffer; readonly rest: Buffer } | undefined
  answer(request: Buffer, value: number): Buffer
  refuse(request: Buffer): Buffer
  spoil(answer: Buffer): Buffer
  readonly malformed: Buffer
}

export class MisbehavingPeer {
  mode: PeerMode = 'right'
  /** The value that a right answer carries. */
  value = 0
  requestCount = 0
  readonly #protocol: PeerProtocol
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #port = 0
  #held: Buffer[] = []

  constructor(protocol: PeerProtocol) {
    this.#protocol = protocol
  }

  get port(): number {
    return this.#port
  }

  get connections(): number {
    return this.#sockets.size
  }

  /** Listens on its earlier port, or on a free one the first time. */
  async start(): Promise<void> {
    const server = createServer((socket) => this.#serve(socket))
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#port, '127.0.0.1', resolve)
    })
    const address = server.address()
    if (address !== null && typeof address === 'object') this.#port = address.port
  }

  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    for (const socket of this.#sockets) socket.destroy()
    if (server !== undefined) await new Promise<void>((resolve) => void server.close(() => resolve()))
  }

  /** Sends bytes that nobody asked for. */
  say(bytes: Buffer): void {
    for (const socket of this.#sockets) socket.write(bytes)
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    let received: Buffer = Buffer.alloc(0)
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes])
      for (let cut = this.#protocol.next(received); cut !== undefined; cut = this.#protocol.next(received)) {
        received = cut.rest
        this.requestCount += 1
        this.#respond(socket, cut.request)
      }
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#sockets.delete(socket))
  }

  #respond(socket: Socket, request: Buffer): void {
    const answer = this.#protocol.answer(request, this.value)
    if (this.mode === 'holding') this.#held.push(answer)
    if (this.mode === 'silent' || this.mode === 'holding') return
    const held = this.#held
    this.#held = []
    for (const late of held) socket.write(late)
    if (this.mode === 'right') socket.write(answer)
    if (this.mode === 'truncated') socket.write(answer.subarray(0, answer.length - 3))
    if (this.mode === 'malformed') socket.write(this.#protocol.malformed)
    if (this.mode === 'wrong-check-sum') socket.write(this.#protocol.spoil(answer))
    if (this.mode === 'refusing') socket.write(this.#protocol.refuse(request))
  }
}
