// The clients of bench/reconnects.ts, in a process of their own: raw MQTT 3.1.1 over mutual TLS, each with a certificate of its own.
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import { connectPacket, Framing, packet, text } from './mqtt-framing.ts'
import type { StormOrder, StormReport, StormSetup } from './storm-messages.ts'

/** A client that is not back by then tries again, as a gateway would. */
const attemptLimitMs = 30_000
const firstWaitMs = 100
const longestWaitMs = 2_000

class StormClient {
  readonly #context: SecureContext
  readonly #id: string
  readonly #prefix: string
  readonly #index: number
  #socket: TLSSocket | undefined
  #session: Buffer | undefined
  #said = 0
  acknowledged = 0
  #onPuback: (() => void) | undefined

  constructor(setup: StormSetup, index: number) {
    const { caPem: ca, keyPem: key, certificatePems, tenant, gateways } = setup
    this.#context = createSecureContext({ ca, key, cert: certificatePems[index]!, minVersion: 'TLSv1.2' })
    this.#id = `${tenant}/${gateways[index]}`
    this.#prefix = `musubi/v1/${this.#id}`
    this.#index = index
  }

  /** Resolves with the time at which it was back, however many attempts that took. */
  async back(port: number, resume: boolean, tried: (resumed: boolean) => void): Promise<number> {
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(longestWaitMs, waitMs * 2)) {
      try {
        await this.#attempt(port, resume, tried)
        return performance.now()
      } catch {
        tried(false)
        await new Promise((resolve) => setTimeout(resolve, waitMs * (0.5 + Math.random())))
      }
    }
  }

  /** CONNECT, SUBSCRIBE and, again if it was not acknowledged, the message: back is when all three are answered. */
  #attempt(port: number, resume: boolean, tried: (resumed: boolean) => void): Promise<void> {
    this.#socket?.destroy()
    return new Promise((resolve, reject) => {
      const session = resume && this.#session !== undefined ? { session: this.#session } : {}
      const secureContext = this.#context
      const socket = connect({ host: '127.0.0.1', port, secureContext, ...session }, () => {
        socket.write(Buffer.concat([connectPacket(this.#id), subscription(`${this.#prefix}/command/+`)]))
        if (this.#said === this.acknowledged) this.#said += 1
        socket.write(this.#message())
      })
      this.#socket = socket
      const timer = setTimeout(() => socket.destroy(new Error('not back in time')), attemptLimitMs)
      const framing = new Framing()
      let answers = 0
      const answered = (): void => {
        answers += 1
        if (answers < 3) return
        clearTimeout(timer)
        tried(socket.isSessionReused())
        resolve()
      }
      this.#onPuback = answered
      socket.setNoDelay(true)
      socket.on('session', (given: Buffer) => (this.#session = given))
      socket.on('data', (chunk: Buffer) =>
        framing.feed(chunk, (type, bytes, at) => {
          if (type === 0x20 && bytes[at + 1] !== 0) socket.destroy(new Error('CONNECT refused'))
          else if (type === 0x20 || type === 0x90) answered()
          else if (type === 0x40) {
            this.acknowledged = this.#said
            this.#onPuback?.()
          }
        }),
      )
      socket.on('error', reject)
      socket.on('close', () => {
        clearTimeout(timer)
        reject(new Error('closed'))
      })
    })
  }

  /** Resolves at the acknowledgement; never where the broker dies before. */
  say(): Promise<void> {
    return new Promise((resolve) => {
      this.#said += 1
      this.#onPuback = resolve
      this.#socket?.write(this.#message())
    })
  }

  #message(): Buffer {
    const payload = Buffer.alloc(8)
    payload.writeUInt32BE(this.#index, 0)
    payload.writeUInt32BE(this.#said, 4)
    return packet(0x32, Buffer.concat([text(`${this.#prefix}/telemetry`), Buffer.from([0, 2]), payload]))
  }

  end(): void {
    this.#socket?.destroy()
  }
}

function subscription(filter: string): Buffer {
  return packet(0x82, Buffer.concat([Buffer.from([0, 1]), text(filter), Buffer.from([1])]))
}

let port = 0
let clients: readonly StormClient[] = []

function report(message: StormReport): void {
  process.send?.(message)
}

async function connectAll(atOnce: number, resume: boolean): Promise<void> {
  const startMs = performance.now()
  const cpu = process.cpuUsage()
  let [resumed, attempts] = [0, 0]
  const tried = (isResumed: boolean): void => {
    attempts += 1
    if (isResumed) resumed += 1
  }
  const waiting = [...clients]
  const backMs: number[] = []
  const workers = Array.from({ length: Math.min(atOnce, clients.length) }, async () => {
    for (let client = waiting.pop(); client !== undefined; client = waiting.pop()) {
      backMs.push((await client.back(port, resume, tried)) - startMs)
    }
  })
  await Promise.all(workers)
  const { user, system } = process.cpuUsage(cpu)
  report({ kind: 'connected', backMs, resumed, attempts, cpuUs: user + system })
}

function sayAll(): void {
  let acknowledged = 0
  for (const client of clients) {
    void client.say().then(() => {
      acknowledged += 1
      if (acknowledged === Math.floor(clients.length / 2)) report({ kind: 'said' })
    })
  }
}

process.on('message', (order: StormOrder) => {
  if (order.kind === 'setup') {
    port = order.port
    clients = order.setup.gateways.map((_, index) => new StormClient(order.setup, index))
    report({ kind: 'ready' })
  } else if (order.kind === 'connect') void connectAll(order.atOnce, order.resume)
  else if (order.kind === 'say') sayAll()
  else {
    report({ kind: 'acknowledged', through: clients.map(({ acknowledged }) => acknowledged) })
    for (const client of clients) client.end()
    process.disconnect()
  }
})
