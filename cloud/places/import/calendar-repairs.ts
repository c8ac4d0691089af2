// Times and dates as spreadsheets and people write them, brought into hh:mm and YYYY-MM-DD.
import { type Cell, changed, harmless, kept, narrowed } from './cell-text.ts'

const rightTime = /^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/

export function repairTime(cell: Cell): Cell {
  const narrow = narrowed(cell)
  if (rightTime.test(narrow.value)) return narrow
  const time = timeOf(narrow.value)
  if (time !== undefined && rightTime.test(time)) return changed(narrow, time, 'time.form')
  const plain = harmless(cell)
  return { value: plain.value, notes: [...plain.notes, kept('time.invalid')] }
}

function timeOf(text: string): string | undefined {
  // The part of a day, as Excel keeps a time.
  if (/^0?\.\d+$/.test(text)) {
    const minutes = Math.round(Number(text) * 1_440)
    return `${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`
  }
  const match =
    /^(\d{1,2}):(\d{2})(?::\d{2})?$/.exec(text) ??
    /^(\d{1,2})時(?:(\d{1,2})分)?$/.exec(text) ??
    /^(\d{1,2})(\d{2})$/.exec(text)
  return match === null ? undefined : `${twoDigits(Number(match[1]))}:${twoDigits(Number(match[2] ?? 0))}`
}

/** The year before the first of each era. */
const eras: Readonly<Record<string, number>> = {
  令和: 2018,
  R: 2018,
  平成: 1988,
  H: 1988,
  昭和: 1925,
  S: 1925,
}

export function repairDate(cell: Cell): Cell {
  const narrow = narrowed(cell)
  const date = dateOf(narrow.value)
  if (date !== undefined) return changed(narrow, date, 'date.form')
  const plain = harmless(cell)
  return { value: plain.value, notes: [...plain.notes, kept('date.invalid')] }
}

function dateOf(text: string): string | undefined {
  const match =
    /^(?:(\d{4})|(令和|平成|昭和|[RHS])\s*(\d{1,2}|元))\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?$/i.exec(text)
  if (match === null) return undefined
  const [, full, era = '', ofEra, month, day] = match
  const year = full ?? String((eras[era.toUpperCase()] ?? 0) + (ofEra === '元' ? 1 : Number(ofEra)))
  const date = `${year}-${twoDigits(Number(month))}-${twoDigits(Number(day))}`
  const parsed = new Date(`${date}T00:00:00Z`)
  // JavaScript takes 31 February for 3 March.
  return Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 10) !== date ? undefined : date
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}
