// Where one MQTT packet ends and the next begins in what a connection sends.

const none: Buffer = Buffer.alloc(0)

/** The fixed header of MQTT 3.1.1 §2.2, read in place; one object serves a whole connection. */
export class FixedHeader {
  start = 0
  /** Offset of the first byte after the remaining length. */
  bodyAt = 0
  end = 0

  /** False when the header is not whole yet. The remaining length has at most four bytes: the packet guard saw to it. */
  read(bytes: Uint8Array, at: number): boolean {
    let length = 0
    for (let index = at + 1, shift = 0; index < bytes.length; index += 1, shift += 7) {
      const byte = bytes[index] as number
      length |= (byte & 0x7f) << shift
      if (byte >= 0x80) continue
      this.start = at
      this.bodyAt = index + 1
      this.end = index + 1 + length
      return true
    }
    return false
  }
}

/** Makes whole packets of chunks. Bound: one packet, whose size the packet guard limits, and one chunk. Owner: the connection. */
export class PacketAssembly {
  readonly #header = new FixedHeader()
  #parts: Buffer[] = []
  #heldBytes = 0
  /** Bytes from which on the held packet is worth looking at again. */
  #wantedBytes = 0

  /** The packets that end in this chunk, one after the other; empty when none does. What is left waits for the next chunk. */
  add(chunk: Buffer): Buffer {
    const bytes = this.#withHeld(chunk)
    if (bytes === undefined) return none
    let at = 0
    this.#wantedBytes = 0
    while (at < bytes.length && this.#header.read(bytes, at)) {
      if (this.#header.end > bytes.length) {
        this.#wantedBytes = this.#header.end - at
        break
      }
      at = this.#header.end
    }
    if (at === bytes.length) return bytes
    // A copy: a slice would keep the whole chunk in memory for as long as the rest is awaited.
    this.#parts = [Buffer.from(bytes.subarray(at))]
    this.#heldBytes = bytes.length - at
    return bytes.subarray(0, at)
  }

  #withHeld(chunk: Buffer): Buffer | undefined {
    if (this.#heldBytes === 0) return chunk
    this.#parts.push(chunk)
    this.#heldBytes += chunk.length
    if (this.#heldBytes < this.#wantedBytes) return undefined
    const bytes = Buffer.concat(this.#parts)
    this.#parts = []
    this.#heldBytes = 0
    return bytes
  }
}
