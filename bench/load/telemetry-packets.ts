// A gateway's telemetry as ready PUBLISH packets: encoded once by the real codec, then only packet id, seq and time change.
import { encodeEnvelope } from '../../broker/contract/envelope-codec.ts'
import { encodePack } from '../../broker/contract/pack-codec.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import { packet, text } from './mqtt-framing.ts'

export interface GatewayMessages {
  readonly topic: string
  readonly epoch: string
  readonly readings: number
  /** Event time of the message `firstSeq`; each later one is 1 ms later. */
  readonly startMs: number
}

/** Where numbering starts: from here every seq takes four bytes, so that all packets of a gateway have one length. */
export const firstSeq = 2 ** 24

/** All names of one length, so that all gateways' packets are alike. */
export const benchGateway = (index: number) => `gw-${String(index).padStart(3, '0')}`

const variants = 8
const channels = 'voltage current power energy frequency temperature level pressure flow humidity'.split(' ')
const units = ['V', 'A', 'W', 'J', 'Hz', 'Cel', 'm', 'Pa', 'm3/s', '%RH']
/** A time in seconds that is no whole number and no single float, so that it takes nine bytes. */
const markerS = 1_000_000_000.001

/** Makes the packets of one gateway. */
export class TelemetryPackets {
  readonly #messages: GatewayMessages
  readonly #templates: readonly Buffer[]
  readonly #packetIdAt: number
  readonly #seqAt: number
  readonly #timeAt: number

  constructor(messages: GatewayMessages) {
    this.#messages = messages
    this.#templates = Array.from({ length: variants }, (_, variant) => publish(messages, template(messages, variant)))
    const [first] = this.#templates
    this.#packetIdAt = first!.indexOf(messages.topic) + messages.topic.length
    const seqLabel = Buffer.from([0x63, ...Buffer.from('seq'), 0x1a])
    this.#seqAt = first!.indexOf(seqLabel) + seqLabel.length
    const marker = Buffer.alloc(8)
    marker.writeDoubleBE(markerS)
    this.#timeAt = first!.indexOf(marker)
    const lengths = new Set(this.#templates.map(({ length }) => length))
    if (this.#timeAt < 0 || lengths.size > 1) throw new Error('the packets of a gateway must have one shape')
  }

  get bytesEach(): number {
    return this.#templates[0]!.length
  }

  /** `count` packets from `seq` on, one after the other. */
  batch(seq: number, count: number): Buffer {
    const length = this.bytesEach
    const bytes = Buffer.allocUnsafe(length * count)
    for (let index = 0; index < count; index += 1) {
      const at = index * length
      const number = seq + index
      bytes.set(this.#templates[number % variants]!, at)
      bytes.writeUInt16BE(packetIdOf(number), at + this.#packetIdAt)
      bytes.writeUInt32BE(number, at + this.#seqAt)
      bytes.writeDoubleBE(this.#timeOf(number) / 1000, at + this.#timeAt)
    }
    return bytes
  }

  /** The first packet of a connection: it says that nothing older will come (`prev` 0). */
  opening(seq: number): Buffer {
    const samples = samplesOf(this.#messages.readings, this.#timeOf(seq), seq % variants)
    const pack = encodePack(samples, 'cbor')
    const envelope = encodeEnvelope({ epoch: this.#messages.epoch, seq, prev: 0, pack })
    return publish(this.#messages, envelope, packetIdOf(seq))
  }

  #timeOf(seq: number): number {
    return this.#messages.startMs + seq - firstSeq
  }
}

function packetIdOf(seq: number): number {
  return 1 + (seq % 65_535)
}

function publish({ topic }: GatewayMessages, payload: Uint8Array, packetId = 1): Buffer {
  return packet(0x32, Buffer.concat([text(topic), Buffer.from([packetId >> 8, packetId & 0xff]), payload]))
}

function template({ epoch, readings }: GatewayMessages, variant: number): Uint8Array {
  const pack = encodePack(samplesOf(readings, markerS * 1000, variant), 'cbor')
  return encodeEnvelope({ epoch, seq: firstSeq, prev: firstSeq - 1, pack })
}

/** Readings of meters with ten channels each; every value takes nine bytes, as decimals mostly do. */
function samplesOf(readings: number, timeMs: number, variant: number): readonly Sample[] {
  return Array.from({ length: readings }, (_, index) => ({
    name: `meter-${1 + Math.floor(index / channels.length)}:${channels[index % channels.length]}`,
    timeMs,
    value: 20.13 + index + variant / 10,
    unit: units[index % units.length],
    quality: 'good',
    reason: undefined,
  }))
}
