// The peer's subscriber: takes messages from mosquitto over a raw socket and writes them to InfluxDB in batches of line protocol.
import { createConnection } from 'node:net'
import { Agent, request } from 'node:http'
import { parseArgs } from 'node:util'
import { decodeEnvelope } from '../../broker/contract/envelope-codec.ts'
import { connectPacket, Framing, subscribePacket } from './mqtt-framing.ts'

/** What InfluxData recommends for a batch is 5,000 to 10,000 lines. */
const messagesPerBatch = 1_000
const batchesAtOnce = 3
const lingerMs = 20

const option = { type: 'string' } as const
const { values } = parseArgs({ options: { port: option, 'influx-url': option, payload: option } })
const isTelemetry = values.payload === 'telemetry'
const influx = new URL(values['influx-url'] ?? '')
const agent = new Agent({ keepAlive: true, maxSockets: batchesAtOnce })

const gathered: Buffer[] = []
let writing = 0
let committed = 0
let lingering = false

function post(path: string, body: readonly Buffer[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { agent, host: influx.hostname, port: influx.port, path, method: 'POST' }
    const length = body.reduce((sum, { byteLength }) => sum + byteLength, 0)
    const sent = request({ ...options, headers: { 'content-length': length } }, (response) => {
      response.resume()
      response.on('end', () => {
        if ((response.statusCode ?? 500) < 300) resolve()
        else reject(new Error(`InfluxDB answered ${response.statusCode}`))
      })
    })
    sent.on('error', reject)
    sent.end(Buffer.concat(body))
  })
}

async function write(): Promise<void> {
  const batch = gathered.splice(0, messagesPerBatch)
  writing += 1
  await post('/write?db=bench&precision=ms', batch)
  writing -= 1
  committed += batch.length
  process.send?.({ committed, cpuUs: cpuUs() })
  schedule()
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Full batches go at once, several side by side; what is left goes after a short wait. */
function schedule(): void {
  while (gathered.length >= messagesPerBatch && writing < batchesAtOnce) void write()
  if (lingering || gathered.length === 0 || writing >= batchesAtOnce) return
  lingering = true
  setTimeout(() => {
    lingering = false
    if (gathered.length > 0 && writing < batchesAtOnce) void write()
  }, lingerMs)
}

const seriesKeys = new Map<string, string>()

/** What a hub's gateways send, as line protocol; decoded by our own codec, the fastest that we know. */
function linesOf(topic: string, payload: Uint8Array): Buffer {
  let lines = ''
  for (const { name, value, timeMs } of decodeEnvelope(payload, 0).readings) {
    lines += `${seriesKeys.get(topic + name) ?? seriesKeyOf(topic, name)} value=${value} ${timeMs}\n`
  }
  return Buffer.from(lines, 'latin1')
}

function seriesKeyOf(topic: string, name: string): string {
  const [device, channel] = name.split(':')
  const key = `reading,gateway=${topic.split('/')[3]},device=${device},channel=${channel}`
  seriesKeys.set(topic + name, key)
  return key
}

await post('/query?q=CREATE+DATABASE+bench', [])
const socket = createConnection({ port: Number(values.port), host: '127.0.0.1', noDelay: true })
const framing = new Framing()
socket.on('data', (chunk) => {
  const confirmations: number[] = []
  framing.feed(chunk, (type, bytes, at, length) => {
    if (type >> 4 === 2) socket.write(subscribePacket('musubi/v1/bench/+/telemetry'))
    else if (type >> 4 === 9) process.send?.({ committed: 0, cpuUs: 0 })
    else if (type >> 4 === 3) {
      const idAt = at + 2 + bytes.readUInt16BE(at)
      confirmations.push(0x40, 2, bytes[idAt]!, bytes[idAt + 1]!)
      const payload = bytes.subarray(idAt + 2, at + length)
      gathered.push(isTelemetry ? linesOf(bytes.toString('latin1', at + 2, idAt), payload) : payload)
    }
  })
  if (confirmations.length > 0) socket.write(Buffer.from(confirmations))
  schedule()
})
socket.write(connectPacket('line-protocol-writer'))
process.on('disconnect', () => process.exit(0))
