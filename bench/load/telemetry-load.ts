// Gateways that publish telemetry at QoS 1 and count what the hub acknowledges, in a process of their own for bench/ingest.ts.
import { readFileSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { CborReader } from '../../broker/contract/cbor.ts'
import { topicOf } from '../../broker/contract/topics.ts'
import { connectPacket, Framing, subscribePacket } from './mqtt-framing.ts'
import { benchGateway, firstSeq, TelemetryPackets } from './telemetry-packets.ts'

interface Load {
  readonly port: number
  /** Folder of `{gateway}/gateway.cert.pem` and so on; undefined: plain MQTT. */
  readonly credentials: string | undefined
  readonly gateways: number
  readonly readings: number
  /** Messages of each gateway that the hub has not acknowledged. */
  readonly window: number
  /** Messages per second of all gateways together; 0: as fast as the window allows. */
  readonly rate: number
  readonly warmUpMs: number
  readonly measureMs: number
}

export interface TelemetryResult {
  readonly messagesPerS: number
  readonly readingsPerS: number
  readonly sentMessages: number
  readonly acknowledgedMessages: number
  readonly acknowledgedReadings: number
  /** At the first loss of a connection. */
  readonly acknowledgedAtCut: number | undefined
  readonly reconnects: number
  readonly cpuPerMessageUs: number
}

const tenant = 'bench'
const drainLimitMs = 60_000
const reconnectLimitMs = 60_000
const retryMs = 100

class Gateway {
  readonly #load: Load
  readonly #packets: TelemetryPackets
  readonly #identity: { readonly tenant: string; readonly gateway: string }
  readonly #onCut: () => void
  #socket: Socket | undefined
  #next = firstSeq
  /** The highest seq sent, over all connections. */
  #sent = firstSeq - 1
  #acked = firstSeq - 1
  #opening = true
  reconnects = 0
  running = true

  constructor(index: number, load: Load, onCut: () => void) {
    this.#load = load
    this.#onCut = onCut
    this.#identity = { tenant, gateway: benchGateway(index) }
    this.#packets = new TelemetryPackets({
      topic: topicOf(this.#identity, 'telemetry'),
      epoch: `bench-${index}-${Date.now().toString(36)}`,
      readings: load.readings,
      startMs: Date.now(),
    })
  }

  get acknowledged(): number {
    return this.#acked - firstSeq + 1
  }

  get sent(): number {
    return this.#sent - firstSeq + 1
  }

  get drained(): boolean {
    return this.#acked >= this.#sent
  }

  async connect(): Promise<void> {
    const socket = await this.#open()
    await this.#handshake(socket)
    this.#socket = socket
    this.#opening = true
    this.#next = this.#acked + 1
    socket.on('close', () => void this.#lost())
  }

  /** Sends up to `limit` messages as far as the window allows. */
  pump(limit = Infinity): void {
    const room = this.#acked + this.#load.window + 1 - this.#next
    let count = Math.min(limit, room)
    // What was sent before a reconnection is sent again even when the load is to end.
    if (!this.running) count = Math.min(count, this.#sent + 1 - this.#next)
    if (count <= 0 || this.#socket?.writable !== true) return
    if (this.#opening) {
      this.#socket.write(this.#packets.opening(this.#next))
      this.#opening = false
      this.#next += 1
      count -= 1
    }
    if (count > 0) this.#socket.write(this.#packets.batch(this.#next, count))
    this.#next += count
    this.#sent = Math.max(this.#sent, this.#next - 1)
  }

  end(): void {
    this.#socket?.removeAllListeners('close')
    this.#socket?.destroy()
  }

  async #lost(): Promise<void> {
    this.#socket = undefined
    this.#onCut()
    const endMs = performance.now() + reconnectLimitMs
    for (;;) {
      try {
        await this.connect()
        this.reconnects += 1
        this.pump()
        return
      } catch (thrown) {
        if (performance.now() > endMs) throw thrown
        await pause(retryMs)
      }
    }
  }

  #open(): Promise<Socket> {
    const { port, credentials } = this.#load
    return new Promise((resolve, reject) => {
      const opened = () => resolve(socket)
      const at = { port, host: '127.0.0.1', noDelay: true }
      const socket =
        credentials === undefined
          ? createConnection(at, opened)
          : connectTls({ ...at, ...this.#pems(credentials), servername: 'localhost' }, opened)
      socket.on('error', reject)
    })
  }

  #pems(folder: string) {
    const pem = (name: string) => readFileSync(join(folder, this.#identity.gateway, `${name}.pem`))
    return { ca: pem('ca.cert'), cert: pem('gateway.cert'), key: pem('gateway.key') }
  }

  #handshake(socket: Socket): Promise<void> {
    const framing = new Framing()
    const { gateway } = this.#identity
    return new Promise((resolve, reject) => {
      socket.once('close', () => reject(new Error('closed before SUBACK')))
      socket.on('data', (chunk) => {
        const confirmations: number[] = []
        framing.feed(chunk, (type, bytes, at, length) => {
          if (type >> 4 === 2) {
            if (bytes[at + 1] !== 0) reject(new Error('CONNECT refused'))
            socket.write(subscribePacket(topicOf(this.#identity, 'ack')))
          } else if (type >> 4 === 9) resolve()
          else if (type >> 4 === 3) this.#take(bytes.subarray(at, at + length), type, confirmations)
        })
        if (confirmations.length > 0 && socket.writable) socket.write(Buffer.from(confirmations))
      })
      socket.write(connectPacket(`${tenant}/${gateway}`))
    })
  }

  /** An acknowledgement of the hub: `{epoch, through, rewind?}`. */
  #take(body: Buffer, type: number, confirmations: number[]): void {
    const topicEnd = 2 + body.readUInt16BE(0)
    const payloadAt = (type & 0x06) === 0 ? topicEnd : topicEnd + 2
    if (payloadAt > topicEnd) confirmations.push(0x40, 2, body[topicEnd]!, body[topicEnd + 1]!)
    const ack = new CborReader(body.subarray(payloadAt)).value() as { through: number; rewind?: boolean }
    this.#acked = Math.max(this.#acked, ack.through)
    if (this.#next <= this.#acked) this.#next = this.#acked + 1
    if (ack.rewind === true) {
      this.#next = this.#acked + 1
      this.#opening = true
    }
    if (this.#load.rate === 0 || !this.running) this.pump()
  }
}

async function runLoad(load: Load): Promise<TelemetryResult> {
  const gateways: Gateway[] = []
  const acknowledged = () => gateways.reduce((sum, gateway) => sum + gateway.acknowledged, 0)
  let acknowledgedAtCut: number | undefined
  const onCut = () => (acknowledgedAtCut ??= acknowledged())
  for (let index = 0; index < load.gateways; index += 1) {
    const gateway = new Gateway(index, load, onCut)
    await gateway.connect()
    gateways.push(gateway)
  }
  console.log(JSON.stringify({ started: load.gateways }))
  const pacer = load.rate === 0 ? undefined : pace(gateways, load.rate)
  for (const gateway of gateways) if (load.rate === 0) gateway.pump()
  await pause(load.warmUpMs)
  const from = { atMs: performance.now(), acknowledged: acknowledged(), cpu: process.cpuUsage() }
  await measuredTime(load.measureMs)
  const seconds = (performance.now() - from.atMs) / 1000
  const inTime = acknowledged() - from.acknowledged
  const cpu = process.cpuUsage(from.cpu)
  clearInterval(pacer)
  for (const gateway of gateways) gateway.running = false
  const endMs = performance.now() + drainLimitMs
  while (!gateways.every((gateway) => gateway.drained) && performance.now() < endMs) await pause(20)
  for (const gateway of gateways) gateway.end()
  return {
    messagesPerS: inTime / seconds,
    readingsPerS: (inTime * load.readings) / seconds,
    sentMessages: gateways.reduce((sum, gateway) => sum + gateway.sent, 0),
    acknowledgedMessages: acknowledged(),
    acknowledgedReadings: acknowledged() * load.readings,
    acknowledgedAtCut,
    reconnects: gateways.reduce((sum, gateway) => sum + gateway.reconnects, 0),
    cpuPerMessageUs: (cpu.user + cpu.system) / Math.max(1, inTime),
  }
}

/** Ends early on SIGTERM. */
async function measuredTime(limitMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, limitMs)
  process.once('SIGTERM', resolve)
  await promise
  clearTimeout(timer)
}

function pace(gateways: readonly Gateway[], messagesPerS: number): NodeJS.Timeout {
  const startedMs = performance.now()
  let sent = 0
  return setInterval(() => {
    const due = Math.floor(((performance.now() - startedMs) / 1000) * messagesPerS)
    for (; sent < due; sent += 1) gateways[sent % gateways.length]!.pump(1)
  }, 5)
}

const option = { type: 'string' } as const
const { values } = parseArgs({
  options: {
    port: option,
    credentials: option,
    gateways: option,
    readings: option,
    window: option,
    rate: option,
    'warm-up': option,
    measure: option,
  },
})
const result = await runLoad({
  port: Number(values.port),
  credentials: values.credentials,
  gateways: Number(values.gateways ?? 50),
  readings: Number(values.readings ?? 10),
  window: Number(values.window ?? 200),
  rate: Number(values.rate ?? 0),
  warmUpMs: Number(values['warm-up'] ?? 2_000),
  measureMs: Number(values.measure ?? 6_000),
})
console.log(JSON.stringify(result))
