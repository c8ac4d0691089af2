// Finds the end marker of a JPEG by its structure: cameras put more behind it (a second view, a video, the maker's own bytes), and thumbnails before it.

/** ITU-T T.81, table B.1: these stand alone; all others are followed by their length. 0x00 is a stuffed 0xff of the picture. */
const endOfImage = 0xd9
const startOfScan = 0xda
const firstWithLength = 0xc0

type State = 'data' | 'code' | 'length-high' | 'length-low' | 'segment'

/** Takes a JPEG from its first byte on, in pieces of any size, and keeps none of them. */
export class JpegEnd {
  #state: State = 'data'
  #code = 0
  #length = 0
  #scanned = false
  #found = false

  /** True once the end of the first picture has passed; what comes later changes nothing. */
  push(bytes: Buffer): boolean {
    for (let at = 0; at < bytes.length && !this.#found;) at = this.#step(bytes, at)
    return this.#found
  }

  /** Returns where the next step begins. */
  #step(bytes: Buffer, at: number): number {
    if (this.#state === 'data') {
      const marker = bytes.indexOf(0xff, at)
      if (marker < 0) return bytes.length
      this.#state = 'code'
      return marker + 1
    }
    if (this.#state === 'segment') {
      const passed = Math.min(this.#length, bytes.length - at)
      this.#length -= passed
      if (this.#length === 0) this.#state = 'data'
      return at + passed
    }
    this.#takeByte(bytes[at] ?? 0)
    return at + 1
  }

  #takeByte(byte: number): void {
    if (this.#state === 'code') {
      this.#takeCode(byte)
    } else if (this.#state === 'length-high') {
      this.#length = byte * 256
      this.#state = 'length-low'
    } else {
      // The length counts its own two bytes.
      this.#length = Math.max(0, this.#length + byte - 2)
      this.#state = this.#length === 0 ? 'data' : 'segment'
      this.#scanned ||= this.#code === startOfScan
    }
  }

  #takeCode(code: number): void {
    this.#code = code
    this.#found = code === endOfImage && this.#scanned
    const alone = code < firstWithLength || (code >= 0xd0 && code <= endOfImage)
    // 0xff before a marker is a fill byte.
    if (code !== 0xff) this.#state = alone ? 'data' : 'length-high'
  }
}
