// Follows the MQTT framing of what a client sends and stops an oversized packet before anything buffers it.
import { maxStatusBytes } from './status-size.ts'
import { parseTopic } from './topics.ts'

const publish = 3
/** Of a PUBLISH beside its payload: fixed header, topic, packet id. */
const aroundPayloadBytes = 128
/** `musubi/v1/{tenant}/{gateway}/status`, each name of at most 32 characters. */
const longestStatusTopic = 83

/** MQTT 3.1.1 §2.2: one byte of type, one to four bytes of remaining length, then that many bytes. */
export class PacketGuard {
  readonly #packetBytes: number
  readonly #largeStatus: boolean
  /** Bytes of the current packet that are still to come; 0 between packets. */
  #bodyBytes = 0
  /** Inside a fixed header: how many of its bytes were read; 0 outside. */
  #headerBytes = 0
  #length = 0
  #type = 0
  /** The first bytes of the body of a packet over the limit, until they show its topic: it may be a status document. */
  #start: number[] | undefined

  /** `largeStatus`: a status document may be larger than `packetBytes`, up to its own limit. */
  constructor(packetBytes: number, { largeStatus = false }: { readonly largeStatus?: boolean } = {}) {
    this.#packetBytes = packetBytes
    this.#largeStatus = largeStatus
  }

  /** False when a packet in this chunk announces more than the limit or a malformed length. */
  accepts(chunk: Uint8Array): boolean {
    let at = 0
    while (at < chunk.length) {
      if (this.#start !== undefined) {
        if (!this.#readStart(this.#start, chunk[at++] ?? 0)) return false
      } else if (this.#bodyBytes > 0) {
        const skipped = Math.min(this.#bodyBytes, chunk.length - at)
        this.#bodyBytes -= skipped
        at += skipped
      } else if (!this.#readHeaderByte(chunk[at++] ?? 0)) {
        return false
      }
    }
    return true
  }

  #readHeaderByte(byte: number): boolean {
    if (this.#headerBytes === 0) {
      this.#headerBytes = 1
      this.#length = 0
      this.#type = byte >> 4
      return true
    }
    this.#length |= (byte & 0x7f) << (7 * (this.#headerBytes - 1))
    this.#headerBytes += 1
    if ((byte & 0x80) !== 0) return this.#headerBytes <= 4
    if (this.#headerBytes + this.#length > this.#packetBytes) {
      const mayBeStatus = this.#largeStatus && this.#type === publish
      if (!mayBeStatus || this.#length > maxStatusBytes + aroundPayloadBytes) return false
      this.#start = []
    }
    this.#headerBytes = 0
    this.#bodyBytes = this.#length
    return true
  }

  /** Collects the length of the topic and the topic (§3.3.2.1). False when it is no status topic. */
  #readStart(start: number[], byte: number): boolean {
    start.push(byte)
    this.#bodyBytes -= 1
    if (start.length < 2) return this.#bodyBytes > 0
    const topicBytes = ((start[0] ?? 0) << 8) | (start[1] ?? 0)
    if (topicBytes > longestStatusTopic) return false
    if (start.length < 2 + topicBytes) return this.#bodyBytes > 0
    this.#start = undefined
    return parseTopic(String.fromCharCode(...start.slice(2)))?.kind === 'status'
  }
}
