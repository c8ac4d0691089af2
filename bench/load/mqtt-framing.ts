// MQTT 3.1.1 packets as bytes, so that a load generator costs little beside what it measures.

/** Walks MQTT framing without parsing more than needed; calls `take` with type byte, offset of the body and its length. */
export class Framing {
  #rest: Buffer = Buffer.alloc(0)

  feed(chunk: Buffer, take: (type: number, bytes: Buffer, at: number, length: number) => void): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    while (at + 2 <= bytes.length) {
      let length = 0
      let headerAt = at + 1
      let complete = false
      for (let shift = 0; headerAt < bytes.length && !complete; shift += 7) {
        const byte = bytes[headerAt++]!
        length |= (byte & 0x7f) << shift
        complete = byte < 0x80
      }
      if (!complete || headerAt + length > bytes.length) break
      take(bytes[at]!, bytes, headerAt, length)
      at = headerAt + length
    }
    this.#rest = at === bytes.length ? Buffer.alloc(0) : bytes.subarray(at)
  }
}

/** A control packet: first byte, remaining length, body. */
export function packet(type: number, body: Buffer): Buffer {
  const length: number[] = []
  let rest = body.length
  do {
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
    rest >>= 7
  } while (rest > 0)
  return Buffer.concat([Buffer.from([type, ...length]), body])
}

/** An MQTT string: two bytes of length, then UTF-8. */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes])
}

/** CONNECT of MQTT 3.1.1: clean session, keep-alive 60 s. */
export function connectPacket(clientId: string): Buffer {
  return packet(0x10, Buffer.concat([text('MQTT'), Buffer.from([4, 2, 0, 60]), text(clientId)]))
}

/** SUBSCRIBE to one filter at QoS 1, packet id 1. */
export function subscribePacket(filter: string): Buffer {
  return packet(0x82, Buffer.concat([Buffer.from([0, 1]), text(filter), Buffer.from([1])]))
}
