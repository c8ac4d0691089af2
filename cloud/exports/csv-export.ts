// Readings as CSV (RFC 4180, UTF-8): one line per reading, times in ISO 8601 UTC.
import { qualityNames } from '../store/store.ts'
import type { ReadingPage } from './reading-pages.ts'

const head = 'series,time,value,unit,quality,text\r\n'
/** By this a spreadsheet knows that it is UTF-8. */
const byteOrderMark = '\uFEFF'

export async function* csvOf(
  pages: AsyncIterable<ReadingPage>,
  { bom }: { readonly bom: boolean },
): AsyncGenerator<string> {
  yield (bom ? byteOrderMark : '') + head
  for await (const page of pages) yield linesOf(page)
}

function linesOf({ series, unit, readings }: ReadingPage): string {
  const name = csvField(series)
  const unitField = csvField(unit ?? '')
  let lines = ''
  for (const { timeMs, value, quality, text } of readings) {
    const number = value === null ? '' : String(value)
    const time = new Date(timeMs).toISOString()
    lines += `${name},${time},${number},${unitField},${qualityNames[quality] ?? 'bad'},${csvField(text ?? '')}\r\n`
  }
  return lines
}

/** A text that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV injection). */
export function csvField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
