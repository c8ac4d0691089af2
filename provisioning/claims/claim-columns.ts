// The columns of a claim table: what each may be called, in Japanese and English, and what a right value looks like.
import { AppError } from '../../broker/contract/app-error.ts'

export type ColumnName = 'gateway' | 'site' | 'profile' | 'tenant' | 'expiry' | 'note'

/** Headings in the order in which a refusal lists them; `note` is for people and is not read. */
export const headings: Readonly<Record<ColumnName, readonly string[]>> = {
  gateway: ['gateway', 'ゲートウェイ', 'ゲートウェイ名', '機器', '機器名'],
  site: ['site', '設置場所', '場所', '現場', '拠点'],
  profile: ['profile', 'プロファイル', '構成', 'テンプレート'],
  tenant: ['tenant', 'テナント', '団体'],
  expiry: ['expiry', 'expires', '有効期限', '期限'],
  note: ['note', 'remarks', '備考', 'メモ'],
}

/** Most characters of a site: what a label of 70 × 33.9 mm shows legibly. */
const longestSite = 40
export const mostDays = 365
const dayMs = 86_400_000

const namePattern = /^[a-z0-9-]{1,32}$/
const profilePattern = /^[a-z0-9][a-z0-9._-]{0,63}$/
const controlCharacter = /[\p{Cc}\p{Zl}\p{Zp}\p{Cf}]/u
/** What a spreadsheet takes for the start of a formula, half and full width. */
const formulaStart = /^[=+\-@＝＋－＠]/u

/** What is wrong with one value; shown behind its line and column. */
export class CellFault extends AppError {
  constructor(message: string) {
    super('config.invalid', message)
  }
}

/** The column of a heading, whatever its width and case; undefined for one that is not known. */
export function columnOf(heading: string): ColumnName | undefined {
  const wanted = heading.normalize('NFKC').trim().toLowerCase()
  for (const [column, names] of Object.entries(headings)) {
    if (names.includes(wanted)) return column as ColumnName
  }
  return undefined
}

/** A gateway or tenant: a level of MQTT topics. Throws `CellFault`. */
export function readName(cell: string, example: string): string {
  if (namePattern.test(cell)) return cell
  if (cell === '') throw new CellFault(`is missing; right: ${example}`)
  const narrow = cell
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s_]+/g, '-')
  const right = namePattern.test(narrow) ? narrow : example
  throw new CellFault(`${quoted(cell)} must be 1 to 32 of a-z, 0-9 and -; right: ${right}`)
}

/** Where the gateway will stand; may be empty. Throws `CellFault`. */
export function readSite(cell: string): string {
  const site = cell.normalize('NFC')
  if (controlCharacter.test(site)) {
    throw new CellFault(`${quoted(site)} has a line break or an invisible character; right: 小糸 3号田`)
  }
  if (formulaStart.test(site)) {
    throw new CellFault(`${quoted(site)} begins like a formula (= + - @); right: 小糸 3号田`)
  }
  const { length } = Array.from(site)
  if (length <= longestSite) return site
  throw new CellFault(`has ${length} characters, at most ${longestSite} fit on a label; right: 小糸 3号田`)
}

/** Name of a template; may be empty. Throws `CellFault`. */
export function readProfile(cell: string): string {
  if (cell === '' || profilePattern.test(cell)) return cell
  throw new CellFault(`${quoted(cell)} must be 1 to 64 of a-z, 0-9, ".", "_" and -; right: paddy`)
}

/**
 * The end of a day in Japan: `2026-12-31`, `2026/12/31` or `2026年12月31日`. Unix milliseconds. Throws `CellFault` for a day that does not
 * exist, has passed, or lies more than a year ahead.
 */
export function readExpiry(cell: string, nowMs: number): number {
  const example = `right: ${dayInJapan(nowMs + 30 * dayMs)}`
  const match = /^(\d{4})(?:[-/]|年)(\d{1,2})(?:[-/]|月)(\d{1,2})日?$/.exec(cell.normalize('NFKC'))
  const [year, month, day] = (match ?? []).slice(1).map((part) => part.padStart(2, '0'))
  const expiresMs = Date.parse(`${year}-${month}-${day}T23:59:59+09:00`)
  // JavaScript takes 31 February for 3 March.
  if (match === null || Number.isNaN(expiresMs) || dayInJapan(expiresMs) !== `${year}-${month}-${day}`) {
    throw new CellFault(`${quoted(cell)} is no date; ${example}`)
  }
  if (expiresMs <= nowMs) throw new CellFault(`${cell} has passed; ${example}`)
  if (expiresMs <= nowMs + (mostDays + 1) * dayMs) return expiresMs
  throw new CellFault(`${cell} is more than ${mostDays} days away; ${example}`)
}

/** `2026-12-31`, as a clock in Japan shows it, which has no summer time. */
export function dayInJapan(timeMs: number): string {
  return new Date(timeMs + 9 * 3_600_000).toISOString().slice(0, 10)
}

/** Short and on one line, whatever a cell holds. */
function quoted(cell: string): string {
  const shown = Array.from(cell.replaceAll(/\p{C}|\p{Zl}|\p{Zp}/gu, '�'))
  return `"${shown.slice(0, 40).join('')}${shown.length > 40 ? '…' : ''}"`
}
