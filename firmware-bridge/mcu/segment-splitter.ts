// Cuts a byte stream at its delimiters into segments of bounded length, whatever arrives.

export interface SegmentSplitter {
  /** The segments that these bytes end, without their delimiters; empty ones are left out. */
  push(bytes: Uint8Array): readonly Buffer[]
  /** Throws the unfinished segment away and says how many bytes it had. */
  clear(): number
}

export interface SegmentRules {
  readonly delimiters: readonly number[]
  readonly maxBytes: number
  /** Told of the bytes of a segment that grew past the bound and was thrown away. */
  readonly onOverflow: (bytes: number) => void
}

export function createSegmentSplitter({ delimiters, maxBytes, onOverflow }: SegmentRules): SegmentSplitter {
  const segment = Buffer.alloc(maxBytes)
  let length = 0
  /** In a segment that grew past the bound: how many bytes of it are gone. */
  let skipped = 0
  const end = (segments: Buffer[]): void => {
    if (skipped > 0) onOverflow(skipped)
    else if (length > 0) segments.push(Buffer.from(segment.subarray(0, length)))
    length = 0
    skipped = 0
  }
  const keep = (byte: number): void => {
    if (skipped > 0) skipped += 1
    else if (length < maxBytes) segment[length++] = byte
    else skipped = length + 1
  }
  return {
    push(bytes) {
      const segments: Buffer[] = []
      for (const byte of bytes) {
        if (delimiters.includes(byte)) end(segments)
        else keep(byte)
      }
      return segments
    },
    clear() {
      const thrownAway = skipped + (skipped > 0 ? 0 : length)
      length = 0
      skipped = 0
      return thrownAway
    },
  }
}
