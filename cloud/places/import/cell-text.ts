// What every cell is freed of, whatever its column: the marks of spreadsheets, stray spaces, and what a spreadsheet would execute.
import type { FindingOutcome, ImportCode } from './finding.ts'

export interface Note {
  readonly code: ImportCode
  readonly outcome: FindingOutcome
}

/** A value on its way through repairs; `notes` say which there were. */
export interface Cell {
  readonly value: string
  readonly notes: readonly Note[]
}

const longestValue = 2_000
const spreadsheetError = /^#(?:N\/A|REF!|VALUE!|NAME\?|DIV\/0!|NUM!|NULL!|SPILL!|CALC!)$/
// White space of every width, and byte order marks in the middle of a file.
const edges = /^[\s\u3000\uFEFF\u200B]+|[\s\u3000\uFEFF\u200B]+$/g
// oxlint-disable-next-line no-control-regex
const invisible = /[\u0000-\u001F\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]+/g
const signed = /^[+-][0-9.() -]*$/

export const repaired = (code: ImportCode): Note => ({ code, outcome: 'repaired' })
export const kept = (code: ImportCode): Note => ({ code, outcome: 'kept' })
export const leftOut = (code: ImportCode): Note => ({ code, outcome: 'left-out' })

/** `after` in place of `cell`, with the note where it differs. */
export function changed(cell: Cell, value: string, code: ImportCode): Cell {
  return value === cell.value ? cell : { value, notes: [...cell.notes, repaired(code)] }
}

export function tidied(raw: string): Cell {
  let cell: Cell = { value: raw, notes: [] }
  cell = changed(cell, raw.replaceAll(edges, ''), 'text.space')
  const quoted = /^="(.*)"$/s.exec(cell.value)?.[1]
  if (quoted !== undefined)
    cell = changed(cell, quoted.replaceAll('""', '"').replaceAll(edges, ''), 'text.formula-quote')
  cell = changed(cell, cell.value.replaceAll(invisible, ' ').replaceAll(edges, ''), 'text.control')
  const composed = cell.value.replaceAll(/[\u3041-\u30FF][\u3099\u309A]/g, (pair) => pair.normalize('NFC'))
  cell = changed(cell, composed, 'text.decomposed')
  if (spreadsheetError.test(cell.value)) return { value: '', notes: [...cell.notes, leftOut('cell.error')] }
  if (cell.value.length > longestValue) return { value: '', notes: [...cell.notes, leftOut('text.long')] }
  return cell
}

/** The first character is made full-width where a spreadsheet would take the text for a formula (OWASP, CSV injection). */
export function harmless(cell: Cell): Cell {
  const isFormula = /^[=@]/.test(cell.value) || (/^[+-]/.test(cell.value) && !signed.test(cell.value))
  if (!isFormula) return cell
  const wide = String.fromCodePoint((cell.value.codePointAt(0) ?? 0) + 0xfee0)
  return changed(cell, wide + cell.value.slice(1), 'text.formula')
}

/** Full-width letters, digits and signs become half-width. */
export function narrowed(cell: Cell): Cell {
  return changed(cell, cell.value.normalize('NFKC').replaceAll(edges, ''), 'number.full-width')
}
