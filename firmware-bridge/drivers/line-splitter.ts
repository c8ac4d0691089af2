// Cuts a byte stream into lines of bounded length, whatever arrives.

/** Vaisala's longest composite message is some 250 characters; NMEA allows 82. */
const maxLineBytes = 1024

export interface LineSplitter {
  /** The complete lines that these bytes bring, without their line ends; empty ones are left out. */
  push(bytes: Buffer): readonly string[]
  /** Throws the unfinished line away and says how many bytes it had. */
  clear(): number
}

/** `onOverflow` is told of the bytes of a line that grew past the bound and was thrown away. */
export function createLineSplitter(onOverflow: (bytes: number) => void): LineSplitter {
  let unfinished = ''
  /** In a line that grew past the bound: what is left of it goes too. */
  let isSkipping = false
  return {
    push(bytes) {
      // latin1: each byte is one character, so that check sums over characters are check sums over bytes.
      const parts = (unfinished + bytes.toString('latin1')).split(/[\r\n]+/)
      if (isSkipping && parts.length > 1) {
        onOverflow(parts.shift()?.length ?? 0)
        isSkipping = false
      }
      unfinished = parts.pop() ?? ''
      if (unfinished.length > maxLineBytes || isSkipping) {
        onOverflow(unfinished.length)
        unfinished = ''
        isSkipping = true
      }
      return parts.filter((part) => {
        if (part.length > maxLineBytes) onOverflow(part.length)
        return part !== '' && part.length <= maxLineBytes
      })
    },
    clear() {
      const { length } = unfinished
      unfinished = ''
      isSkipping = false
      return length
    },
  }
}
