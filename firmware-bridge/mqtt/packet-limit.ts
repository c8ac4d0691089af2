// Stops an MQTT packet that is too large when its length is read, before anything buffers it.

/** MQTT 3.1.1 §2.2: a byte of type, one to four of remaining length, then that many bytes. */
export function createPacketLimit(maxBytes: number): (chunk: Uint8Array) => boolean {
  let state: 'type' | 'length' | 'body' = 'type'
  let left = 0
  let factor = 1
  return (chunk) => {
    for (let at = 0; at < chunk.length; at += 1) {
      if (state === 'body') {
        const skipped = Math.min(left, chunk.length - at)
        left -= skipped
        at += skipped - 1
        if (left === 0) state = 'type'
      } else if (state === 'type') {
        state = 'length'
        left = 0
        factor = 1
      } else {
        const byte = chunk[at] ?? 0
        left += (byte & 0x7f) * factor
        factor *= 128
        if (left > maxBytes || (byte >= 0x80 && factor > 128 ** 3)) return false
        if (byte < 0x80) state = left === 0 ? 'type' : 'body'
      }
    }
    return true
  }
}
