// Single properties out of an XMP packet, found by their name: drones write flat ones, and their files are foreign bytes.

/** No drone's packet is longer; what follows is not looked at. */
const maxChars = 65_536

/**
 * The text of `prefix:name`, as an attribute or as an element, there also as the first item of a list; undefined where
 * there is none. Time is linear in the length of the packet: a general XML reader with back-references is not.
 */
export function xmpProperty(packet: string, name: string): string | undefined {
  const text = packet.length > maxChars ? packet.slice(0, maxChars) : packet
  return attribute(text, name) ?? element(text, name)
}

function attribute(text: string, name: string): string | undefined {
  for (let at = text.indexOf(`${name}=`); at >= 0; at = text.indexOf(`${name}=`, at + 1)) {
    const quote = text[at + name.length + 1]
    if (!isBoundary(text[at - 1]) || (quote !== '"' && quote !== "'")) continue
    const start = at + name.length + 2
    const end = text.indexOf(quote, start)
    return end < 0 ? undefined : meaning(text.slice(start, end))
  }
  return undefined
}

function element(text: string, name: string): string | undefined {
  const open = text.indexOf(`<${name}`)
  const inside = open < 0 ? -1 : text.indexOf('>', open)
  const close = inside < 0 ? -1 : text.indexOf(`</${name}>`, inside)
  if (close < 0) return undefined
  const content = text.slice(inside + 1, close)
  const item = content.indexOf('<rdf:li')
  const begin = item < 0 ? 0 : content.indexOf('>', item) + 1
  const end = content.indexOf('<', begin)
  return meaning(content.slice(begin, end < 0 ? content.length : end))
}

function isBoundary(character: string | undefined): boolean {
  return character === undefined || /\s/.test(character)
}

function meaning(text: string): string | undefined {
  const trimmed = text.trim()
  return trimmed === '' ? undefined : trimmed
}
