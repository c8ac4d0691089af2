// Texts of strangers made plain: no markup, no control characters, no marks that turn the direction of writing, bounded.
import { cut, oneLine } from '../../notifications/texts/plain-text.ts'

const maxTitle = 200
const maxText = 10_000
const maxLink = 2_000

const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
}

export function cleanTitle(text: string): string {
  return oneLine(text, maxTitle)
}

/** Lines stay, more than one empty line together does not. */
export function cleanText(text: string): string {
  const lines = text
    .toWellFormed()
    .split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/)
    .map((line) => oneLine(line, maxText))
  return cut(
    lines
      .filter((line, index) => line !== '' || (index > 0 && lines[index - 1] !== ''))
      .join('\n')
      .trim(),
    maxText,
  )
}

/** The text of a piece of HTML, as feeds carry it. */
export function textOfHtml(html: string): string {
  if (!/[<&]/.test(html)) return cleanText(html)
  const lines = html
    .replaceAll(/<(?:br|\/p|\/div|\/li|\/tr|\/h[1-6])\b[^<>]*>/gi, '\n')
    .replaceAll(/<(?:script|style)\b[^<>]*>[^<]*/gi, ' ')
    .replaceAll(/<[^<>]*>/g, '')
  return cleanText(lines.replaceAll(/&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|([a-z]{2,5}));/gi, decoded))
}

function decoded(
  whole: string,
  hex: string | undefined,
  decimal: string | undefined,
  name: string | undefined,
): string {
  if (name !== undefined) return named[name.toLowerCase()] ?? whole
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
}

/** A page that a browser may open; anything else is left out. */
export function cleanLink(text: string): string | undefined {
  const link = text.trim()
  if (link.length > maxLink || !URL.canParse(link)) return undefined
  const { protocol, username, password } = new URL(link)
  return /^https?:$/.test(protocol) && username === '' && password === '' ? link : undefined
}
