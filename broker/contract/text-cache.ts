// Short texts found again by their bytes: the same labels, names and units come with every message, and need no new string each.

const slots = 8_192

/** Bound: one text of a few dozen bytes per slot; a newer one takes its place. What a sender invents costs time and nothing else. */
export class TextCache {
  readonly #texts = Array.from({ length: slots }, () => '')

  /** The text of these bytes; undefined where one of them is not ASCII. */
  find(bytes: Uint8Array, from: number, length: number): string | undefined {
    let hash = length
    for (let at = from; at < from + length; at += 1) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0
    const slot = (hash ^ (hash >>> 13)) & (slots - 1)
    const known = this.#texts[slot] as string
    if (known.length === length && isTextOf(known, bytes, from)) return known
    const text = asciiText(bytes, from, length)
    if (text !== undefined) this.#texts[slot] = text
    return text
  }
}

function isTextOf(text: string, bytes: Uint8Array, from: number): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) !== bytes[from + index]) return false
  }
  return true
}

function asciiText(bytes: Uint8Array, from: number, length: number): string | undefined {
  // An array of codes given at once makes a flat string; adding letter by letter makes a rope that each later use must flatten.
  const codes: number[] = []
  for (let at = from; at < from + length; at += 1) {
    const code = bytes[at] as number
    if (code > 0x7f) return undefined
    codes.push(code)
  }
  return String.fromCharCode.apply(null, codes)
}
