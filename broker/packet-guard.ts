// Follows the MQTT framing of what a client sends and stops an oversized packet before anything buffers it.

/** MQTT 3.1.1 §2.2: one byte of type, one to four bytes of remaining length, then that many bytes. */
export class PacketGuard {
  readonly #packetBytes: number
  /** Bytes of the current packet that are still to come; 0 between packets. */
  #bodyBytes = 0
  /** Inside a fixed header: how many of its bytes were read; 0 outside. */
  #headerBytes = 0
  #length = 0

  constructor(packetBytes: number) {
    this.#packetBytes = packetBytes
  }

  /** False when a packet in this chunk announces more than the limit or a malformed length. */
  accepts(chunk: Uint8Array): boolean {
    let at = 0
    while (at < chunk.length) {
      if (this.#bodyBytes > 0) {
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
      return true
    }
    this.#length |= (byte & 0x7f) << (7 * (this.#headerBytes - 1))
    this.#headerBytes += 1
    if ((byte & 0x80) !== 0) return this.#headerBytes <= 4
    if (this.#headerBytes + this.#length > this.#packetBytes) return false
    this.#headerBytes = 0
    this.#bodyBytes = this.#length
    return true
  }
}
