// The peer of bench/ingest.ts: publishers to mosquitto and, in a child process, the subscriber that writes to InfluxDB.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { topicOf } from '../../broker/contract/topics.ts'
import { connectPacket, Framing, packet, text } from './mqtt-framing.ts'
import type { TelemetryResult } from './telemetry-load.ts'
import { benchGateway, firstSeq, TelemetryPackets } from './telemetry-packets.ts'

interface Load {
  readonly port: number
  readonly influxUrl: string
  /** telemetry: what gateways send to a hub. lines: line protocol already, which spares the subscriber all decoding. */
  readonly payload: 'telemetry' | 'lines'
  readonly gateways: number
  readonly readings: number
  readonly window: number
  readonly warmUpMs: number
  readonly measureMs: number
}

const channels = 'voltage current power energy frequency temperature level pressure flow humidity'.split(' ')
const drainLimitMs = 120_000

interface Publisher {
  send(count: number): void
}

/** The packets that a hub gets. */
class TelemetryPublisher implements Publisher {
  readonly #socket: Socket
  readonly #packets: TelemetryPackets
  #next = firstSeq

  constructor(socket: Socket, index: number, readings: number) {
    this.#socket = socket
    const topic = topicOf({ tenant: 'bench', gateway: benchGateway(index) }, 'telemetry')
    this.#packets = new TelemetryPackets({ topic, epoch: `bench-${index}`, readings, startMs: Date.now() })
    socket.on('data', () => undefined)
  }

  send(count: number): void {
    this.#socket.write(this.#packets.batch(this.#next, count))
    this.#next += count
  }
}

/** Lines with times of fixed width, so that only they and the packet id change from packet to packet. */
class LinePublisher implements Publisher {
  readonly #socket: Socket
  readonly #template: Buffer
  readonly #packetIdAt: number
  readonly #timesAt: readonly number[]
  readonly #startMs = Date.now()
  #sent = 0

  constructor(socket: Socket, index: number, readings: number) {
    this.#socket = socket
    const topic = topicOf({ tenant: 'bench', gateway: benchGateway(index) }, 'telemetry')
    const lines = Array.from({ length: readings }, (_, reading) => {
      const channel = channels[reading % channels.length]
      const series = `gateway=${index},device=meter-${1 + Math.floor(reading / channels.length)},channel=${channel}`
      return `reading,${series} value=${20.1 + reading} 0000000000000\n`
    })
    const body = Buffer.concat([text(topic), Buffer.from([0, 1]), Buffer.from(lines.join(''))])
    this.#template = packet(0x32, body)
    this.#packetIdAt = this.#template.indexOf(topic) + topic.length
    this.#timesAt = lines.map((_, reading) => {
      const before = lines.slice(0, reading + 1).join('').length
      return this.#packetIdAt + 2 + before - 14
    })
    socket.on('data', () => undefined)
  }

  send(count: number): void {
    const length = this.#template.length
    const bytes = Buffer.allocUnsafe(length * count)
    for (let index = 0; index < count; index += 1) {
      const at = index * length
      bytes.set(this.#template, at)
      bytes.writeUInt16BE(1 + (this.#sent % 65_535), at + this.#packetIdAt)
      const time = String(this.#startMs + this.#sent)
      for (const timeAt of this.#timesAt) bytes.write(time, at + timeAt, 'latin1')
      this.#sent += 1
    }
    this.#socket.write(bytes)
  }
}

function open(port: number, clientId: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1', noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () => socket.write(connectPacket(clientId)))
    const framing = new Framing()
    socket.once('data', (chunk) => framing.feed(chunk, () => resolve(socket)))
  })
}

export type PeerResult = TelemetryResult & { readonly subscriberCpuUs: number }

async function runLoad(load: Load): Promise<PeerResult> {
  const words = ['--port', String(load.port), '--influx-url', load.influxUrl, '--payload', load.payload]
  const subscriber = fork(join(import.meta.dirname, 'line-protocol-writer.ts'), words)
  await once(subscriber, 'message')
  const Kind = load.payload === 'telemetry' ? TelemetryPublisher : LinePublisher
  const publishers: Publisher[] = []
  for (let index = 0; index < load.gateways; index += 1) {
    const socket = await open(load.port, `publisher-${index}`)
    publishers.push(new Kind(socket, index, load.readings))
  }
  let committed = 0
  let sent = 0
  let subscriberCpuUs = 0
  let running = true
  // The same closed loop as a hub's acknowledgements make: what InfluxDB has committed lets as much more out.
  const pump = () => {
    if (!running) return
    const each = Math.floor((committed + load.gateways * load.window - sent) / load.gateways)
    if (each <= 0) return
    for (const publisher of publishers) publisher.send(each)
    sent += each * publishers.length
  }
  subscriber.on('message', (message) => {
    ;({ committed, cpuUs: subscriberCpuUs } = message as { committed: number; cpuUs: number })
    pump()
  })
  pump()
  await pause(load.warmUpMs)
  const from = { atMs: performance.now(), committed, cpu: process.cpuUsage() }
  await pause(load.measureMs)
  const seconds = (performance.now() - from.atMs) / 1000
  const inTime = committed - from.committed
  const cpu = process.cpuUsage(from.cpu)
  running = false
  const endMs = performance.now() + drainLimitMs
  const drained = () => committed >= sent
  while (!drained() && performance.now() < endMs) await pause(20)
  subscriber.disconnect()
  await once(subscriber, 'exit')
  return {
    messagesPerS: inTime / seconds,
    readingsPerS: (inTime * load.readings) / seconds,
    sentMessages: sent,
    acknowledgedMessages: committed,
    acknowledgedReadings: committed * load.readings,
    acknowledgedAtCut: undefined,
    reconnects: 0,
    subscriberCpuUs,
    cpuPerMessageUs: (cpu.user + cpu.system) / Math.max(1, inTime),
  }
}

const option = { type: 'string' } as const
const { values } = parseArgs({
  options: {
    port: option,
    'influx-url': option,
    gateways: option,
    readings: option,
    payload: option,
    window: option,
    'warm-up': option,
    measure: option,
  },
})
const result = await runLoad({
  port: Number(values.port),
  influxUrl: values['influx-url'] ?? '',
  payload: values.payload === 'lines' ? 'lines' : 'telemetry',
  gateways: Number(values.gateways ?? 50),
  readings: Number(values.readings ?? 10),
  window: Number(values.window ?? 200),
  warmUpMs: Number(values['warm-up'] ?? 2_000),
  measureMs: Number(values.measure ?? 6_000),
})
console.log(JSON.stringify(result))
process.exit(0)
