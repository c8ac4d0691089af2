// The load of bench/broker.ts, in a process of its own: pre-encoded packets over raw sockets, so that it costs little.
import { createConnection, type Socket } from 'node:net'
import { parseArgs } from 'node:util'
import { connectPacket, Framing, packet, subscribePacket, text } from './mqtt-framing.ts'

interface Load {
  readonly port: number
  readonly publishers: number
  readonly subscribers: number
  /** PUBLISH packets of each publisher that may be unacknowledged at once. */
  readonly window: number
  readonly payloadBytes: number
  readonly warmUpMs: number
  readonly measureMs: number
}

export interface LoadResult {
  /** Messages per second acknowledged to publishers, and received by each subscriber, in the measured time. */
  readonly acknowledgedPerS: number
  readonly deliveredPerS: number
  readonly sent: number
  readonly acknowledged: number
  /** Over all subscribers, after everything was drained. */
  readonly delivered: number
  readonly cpuPerMessageUs: number
}

const topicOf = (publisher: number) => `musubi/v1/bench/gateway-${publisher}/telemetry`
const filter = 'musubi/v1/+/+/telemetry'
const drainLimitMs = 60_000

function open(port: number, clientId: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1', noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () => socket.write(connectPacket(clientId)))
    socket.once('data', (connack) => (connack[3] === 0 ? resolve(socket) : reject(new Error('CONNECT refused'))))
  })
}

async function subscribe(port: number, index: number, received: (count: number) => void): Promise<Socket> {
  const socket = await open(port, `subscriber-${index}`)
  const framing = new Framing()
  const ready = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      const acks: number[] = []
      framing.feed(chunk, (type, bytes, at) => {
        if (type >> 4 === 9) resolve()
        if (type >> 4 !== 3) return
        const topicBytes = bytes.readUInt16BE(at)
        const idAt = at + 2 + topicBytes
        acks.push(0x40, 2, bytes[idAt]!, bytes[idAt + 1]!)
      })
      if (acks.length === 0) return
      received(acks.length / 4)
      socket.write(Buffer.from(acks))
    })
  })
  socket.write(subscribePacket(filter))
  await ready
  return socket
}

/** Keeps `window` packets under way: each PUBACK lets one more out. */
class Publisher {
  readonly #socket: Socket
  readonly #batch: Buffer
  readonly #packetBytes: number
  readonly #framing = new Framing()
  readonly #acknowledged: (count: number) => void
  sent = 0
  acknowledged = 0
  running = true

  constructor(socket: Socket, topic: string, load: Load, acknowledged: (count: number) => void) {
    this.#socket = socket
    this.#acknowledged = acknowledged
    const one = (id: number) =>
      packet(
        0x32,
        Buffer.concat([text(topic), Buffer.from([id >> 8, id & 0xff]), Buffer.alloc(load.payloadBytes, 0x61)]),
      )
    // Packet ids 1 to window, over and over; an id is free again when its PUBACK has come, and they come in order.
    this.#batch = Buffer.concat(Array.from({ length: 2 * load.window }, (_, index) => one(1 + (index % load.window))))
    this.#packetBytes = this.#batch.length / (2 * load.window)
    socket.on('data', (chunk) => this.#take(chunk, load.window))
  }

  start(window: number): void {
    this.#send(window, window)
  }

  #take(chunk: Buffer, window: number): void {
    let count = 0
    this.#framing.feed(chunk, (type) => {
      if (type === 0x40) count += 1
    })
    this.acknowledged += count
    this.#acknowledged(count)
    if (this.running && count > 0) this.#send(count, window)
  }

  #send(count: number, window: number): void {
    const first = this.sent % window
    this.#socket.write(this.#batch.subarray(first * this.#packetBytes, (first + count) * this.#packetBytes))
    this.sent += count
  }
}

async function runLoad(load: Load): Promise<LoadResult> {
  let delivered = 0
  let acknowledged = 0
  const sockets: Socket[] = []
  for (let index = 0; index < load.subscribers; index += 1) {
    sockets.push(await subscribe(load.port, index, (count) => (delivered += count)))
  }
  const publishers: Publisher[] = []
  for (let index = 0; index < load.publishers; index += 1) {
    const socket = await open(load.port, `publisher-${index}`)
    sockets.push(socket)
    publishers.push(new Publisher(socket, topicOf(index), load, (count) => (acknowledged += count)))
  }
  for (const publisher of publishers) publisher.start(load.window)
  await pause(load.warmUpMs)
  const from = { atMs: performance.now(), acknowledged, delivered, cpu: process.cpuUsage() }
  await pause(load.measureMs)
  const seconds = (performance.now() - from.atMs) / 1000
  const cpu = process.cpuUsage(from.cpu)
  const inTime = { acknowledged: acknowledged - from.acknowledged, delivered: delivered - from.delivered }
  for (const publisher of publishers) publisher.running = false
  const sent = publishers.reduce((sum, publisher) => sum + publisher.sent, 0)
  await drained(() => acknowledged === sent && delivered >= sent * load.subscribers)
  for (const socket of sockets) socket.destroy()
  return {
    acknowledgedPerS: inTime.acknowledged / seconds,
    deliveredPerS: inTime.delivered / seconds / Math.max(1, load.subscribers),
    sent,
    acknowledged,
    delivered,
    cpuPerMessageUs: (cpu.user + cpu.system) / Math.max(1, inTime.delivered + inTime.acknowledged),
  }
}

async function drained(done: () => boolean): Promise<void> {
  const endMs = performance.now() + drainLimitMs
  while (!done() && performance.now() < endMs) await pause(20)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

const number = { type: 'string' } as const
const { values } = parseArgs({
  options: { port: number, publishers: number, subscribers: number, window: number, payload: number, measure: number },
})
const result = await runLoad({
  port: Number(values.port),
  publishers: Number(values.publishers ?? 50),
  subscribers: Number(values.subscribers ?? 1),
  window: Number(values.window ?? 100),
  payloadBytes: Number(values.payload ?? 100),
  warmUpMs: 1_500,
  measureMs: Number(values.measure ?? 4_000),
})
console.log(JSON.stringify(result))
