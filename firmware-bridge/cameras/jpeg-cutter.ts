// Cuts whole JPEG images out of a stream of bytes by JPEG's own markers, so that no length or boundary of a sender is trusted.

/** `truncated`: a new image began inside an unfinished one. `malformed`: its markers make no sense. `oversize`: over the bound. */
type CutDrop = 'truncated' | 'malformed' | 'oversize'

export interface JpegCutterOptions {
  /** The longest image; a longer one is dropped as `oversize` as soon as it is that long. */
  readonly maxBytes: number
  /** Monotonic ms. */
  readonly nowMs: () => number
  /** A whole image, SOI to EOI, and when its first byte came. */
  readonly onImage: (bytes: Buffer, begunMs: number) => void
  readonly onDrop: (reason: CutDrop) => void
}

/** Where in the stream the next byte stands (ITU-T T.81, B.1.1 and B.2). */
type Place =
  | 'outside'
  | 'outside-ff'
  | 'prefix'
  | 'code'
  | 'length-high'
  | 'length-low'
  | 'segment'
  | 'entropy'
  | 'entropy-ff'

const soi = 0xd8
const eoi = 0xd9
const sos = 0xda
const startOfImage = Buffer.from([0xff, soi])
const smallestBuffer = 4096

/**
 * Bound: one unfinished image of at most `maxBytes`, in a buffer of at most twice that. Overflow: it is dropped. Embedded thumbnails are skipped with the
 * segment that holds them.
 */
export class JpegCutter {
  readonly #options: JpegCutterOptions
  #place: Place = 'outside'
  /** The image so far stands at the beginning; grows by doubling and is used again for the next one. */
  #buffer = Buffer.alloc(0)
  #length = 0
  #begunMs = 0
  #segmentLeft = 0
  #scanFollows = false
  #outsideBytes = 0

  constructor(options: JpegCutterOptions) {
    this.#options = options
  }

  /** Bytes since the last image that belong to none: headers and boundaries, or garbage. */
  get outsideBytes(): number {
    return this.#outsideBytes
  }

  /** Whether an image has begun and not ended. */
  get unfinished(): boolean {
    return this.#place !== 'outside' && this.#place !== 'outside-ff'
  }

  push(chunk: Buffer): void {
    /** Where the part of the image that is in this chunk begins. */
    let from = 0
    for (let at = 0; at < chunk.length;) {
      if (!this.unfinished) {
        at = this.#seek(chunk, at)
        from = at
        continue
      }
      at = this.#advance(chunk, at)
      if (this.#length + at - from > this.#options.maxBytes) this.#drop('oversize')
      else if (this.#event !== 'none') this.#settle(chunk.subarray(from, at))
      else continue
      from = at
    }
    if (this.unfinished && from < chunk.length) this.#keep(chunk.subarray(from))
  }

  /** What the last marker meant for the image. */
  #event: 'none' | 'end' | 'restart' | 'broken' = 'none'

  #settle(rest: Buffer): void {
    const event = this.#event
    this.#event = 'none'
    if (event === 'end') {
      this.#keep(rest)
      const bytes = Buffer.from(this.#buffer.subarray(0, this.#length))
      this.#clear()
      this.#options.onImage(bytes, this.#begunMs)
    } else {
      this.#drop(event === 'restart' ? 'truncated' : 'malformed')
      if (event === 'restart') this.#begin()
    }
  }

  /** Finds SOI; its two bytes may stand in two chunks. */
  #seek(chunk: Buffer, at: number): number {
    if (this.#place === 'outside-ff') {
      if (chunk[at] === soi) this.#begin()
      else if (chunk[at] !== 0xff) this.#place = 'outside'
      if (!this.unfinished) this.#outsideBytes += 1
      return at + 1
    }
    const found = chunk.indexOf(0xff, at)
    const next = found < 0 ? chunk.length : found + 1
    if (found >= 0) this.#place = 'outside-ff'
    this.#outsideBytes += next - at
    return next
  }

  /** One step inside an image; gives the place of the next byte. */
  #advance(chunk: Buffer, at: number): number {
    const byte = chunk[at] ?? 0
    switch (this.#place) {
      case 'prefix':
        if (byte === 0xff) this.#place = 'code'
        else this.#event = 'broken'
        return at + 1
      case 'code':
        this.#enter(byte, 'prefix')
        return at + 1
      case 'length-high':
        this.#segmentLeft = byte * 256
        this.#place = 'length-low'
        return at + 1
      case 'length-low':
        this.#segmentLeft += byte - 2
        if (this.#segmentLeft < 0) this.#event = 'broken'
        else this.#endSegmentWhenDone()
        return at + 1
      case 'segment': {
        const skipped = Math.min(this.#segmentLeft, chunk.length - at)
        this.#segmentLeft -= skipped
        this.#endSegmentWhenDone()
        return at + skipped
      }
      case 'entropy': {
        const found = chunk.indexOf(0xff, at)
        if (found >= 0) this.#place = 'entropy-ff'
        return found < 0 ? chunk.length : found + 1
      }
      case 'entropy-ff':
        // A stuffed zero and restart markers belong to the entropy-coded data (T.81, B.1.1.5).
        if (byte === 0) this.#place = 'entropy'
        else this.#enter(byte, 'entropy')
        return at + 1
      case 'outside':
      case 'outside-ff':
        break
    }
    return at
  }

  /** A marker's second byte. `data` is where markers without a segment lead back to. */
  #enter(code: number, data: 'prefix' | 'entropy'): void {
    if (code === 0xff) return
    if (code === eoi) this.#event = 'end'
    else if (code === soi) this.#event = 'restart'
    else if (code >= 0xd0 && code <= 0xd7) this.#place = data
    else if (code < 0xc0) this.#event = 'broken'
    else {
      this.#scanFollows = code === sos
      this.#place = 'length-high'
    }
  }

  #endSegmentWhenDone(): void {
    if (this.#segmentLeft > 0) this.#place = 'segment'
    else this.#place = this.#scanFollows ? 'entropy' : 'prefix'
  }

  #begin(): void {
    this.#place = 'prefix'
    this.#outsideBytes = 0
    this.#begunMs = this.#options.nowMs()
    this.#keep(startOfImage)
  }

  /** Copied, so that a sender of single bytes costs no more than one of whole images. */
  #keep(part: Buffer): void {
    const needed = this.#length + part.length
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2, smallestBuffer))
      this.#buffer.copy(grown, 0, 0, this.#length)
      this.#buffer = grown
    }
    part.copy(this.#buffer, this.#length)
    this.#length = needed
  }

  #drop(reason: CutDrop): void {
    this.#clear()
    this.#event = 'none'
    this.#options.onDrop(reason)
  }

  #clear(): void {
    this.#length = 0
    this.#place = 'outside'
  }
}
