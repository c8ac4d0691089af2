// Makes names and texts from outside harmless: on one line, without what steers a terminal, a mail header or a reader's eye.

/** Cc and Cf of Unicode hold line ends, escape codes and marks that turn the direction of writing; Zl and Zp part lines. */
const unwanted = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu

/** One line of at most `max` characters (as a reader counts them). */
export function oneLine(text: string, max = 200): string {
  const line = text.toWellFormed().replaceAll(unwanted, ' ').replaceAll(/ {2,}/g, ' ').trim()
  return cut(line, max)
}

/** At most `max` code points, with … where something is left out. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text
  const characters = Array.from(text)
  return characters.length <= max ? text : `${characters.slice(0, max - 1).join('')}…`
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
