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
  return bytesWithLength(Buffer.from(value))
}

function bytesWithLength(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes])
}

export interface Will {
  readonly topic: string
  readonly payload: Uint8Array
}

/** CONNECT of MQTT 3.1.1 with a clean session; the last will is retained, of QoS 1. */
export function connectPacket(
  clientId: string,
  { keepAliveS = 60, will }: { readonly keepAliveS?: number; readonly will?: Will } = {},
): Buffer {
  const flags = will === undefined ? 0x02 : 0x2e
  const last = will === undefined ? [] : [text(will.topic), bytesWithLength(will.payload)]
  const head = Buffer.from([4, flags, keepAliveS >> 8, keepAliveS & 0xff])
  return packet(0x10, Buffer.concat([text('MQTT'), head, text(clientId), ...last]))
}

/** PUBLISH of QoS 1. */
export function publishPacket(
  topic: string,
  payload: Uint8Array,
  { packetId, retain = false }: { readonly packetId: number; readonly retain?: boolean },
): Buffer {
  const id = Buffer.from([packetId >> 8, packetId & 0xff])
  return packet(retain ? 0x33 : 0x32, Buffer.concat([text(topic), id, payload]))
}

/** SUBSCRIBE at QoS 1, packet id 1. */
export function subscribePacket(...filters: readonly string[]): Buffer {
  const asked = filters.flatMap((filter) => [text(filter), Buffer.from([1])])
  return packet(0x82, Buffer.concat([Buffer.from([0, 1]), ...asked]))
}
