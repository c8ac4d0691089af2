// Tables as CSV for a spreadsheet, as open data has it: UTF-8 with a byte order mark, lines as in RFC 4180.

const byteOrderMark = '\uFEFF'

/** A text that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV injection); numbers stay. */
function csvField(value: string | number | null): string {
  if (typeof value === 'number') return String(value)
  const text = value ?? ''
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** The first row is the headings. */
export function csvText(rows: readonly (readonly (string | number | null)[])[]): string {
  return byteOrderMark + rows.map((row) => `${row.map(csvField).join(',')}\r\n`).join('')
}
