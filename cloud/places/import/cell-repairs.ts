// Repairs a cell by the type of its column: each function gives a value in the form of the definition, or says that it cannot.
import type { ColumnType } from '../list-definition.ts'
import { isOrganisationCode, repairCode } from '../organisation-code.ts'
import { repairDate, repairTime } from './calendar-repairs.ts'
import { type Cell, changed, harmless, kept, leftOut, narrowed, tidied } from './cell-text.ts'

type Repair = (cell: Cell, ownCode: string) => Cell

const cannot = (cell: Cell, code: Parameters<typeof kept>[0]): Cell => ({
  value: cell.value,
  notes: [...cell.notes, kept(code)],
})
const dropped = (cell: Cell, code: Parameters<typeof leftOut>[0]): Cell => ({
  value: '',
  notes: [...cell.notes, leftOut(code)],
})

const scientific = /^\d(?:\.\d+)?E\+\d+$/i
const dashes = /[‐‑‒–—―−ー─]/g

/** An empty cell stays empty. Latitude and longitude are repaired as a pair, in coordinates.ts. */
export function repairCell(type: ColumnType, raw: string, ownCode: string): Cell {
  const cell = tidied(raw)
  if (cell.value === '') return cell
  const repairedCell = repairs[type](cell, ownCode)
  return repairedCell.value.includes('\uFFFD') ? cannot(repairedCell, 'text.undecodable') : repairedCell
}

const repairs: Readonly<Record<ColumnType, Repair>> = {
  code: repairOrganisation,
  id: repairId,
  text: harmless,
  kana: repairKana,
  latitude: (cell) => cell,
  longitude: (cell) => cell,
  number: repairNumber,
  'corporate-number': repairCorporateNumber,
  flag: repairFlag,
  time: repairTime,
  date: repairDate,
  list: (cell) => harmless(changed(cell, cell.value.replaceAll(/\s*；\s*/g, ';'), 'list.form')),
  phone: repairPhone,
  postcode: repairPostcode,
  'town-id': repairTownId,
  url: repairUrl,
}

function repairOrganisation(cell: Cell, ownCode: string): Cell {
  const narrow = narrowed(cell)
  const plain = changed(narrow, narrow.value.replace(/\.0+$/, '').replaceAll(/[\s,]/g, ''), 'number.form')
  const { code, outcome } = repairCode(plain.value, ownCode)
  if (outcome === 'wrong' || outcome === 'ambiguous') return cannot(harmless(cell), `code.${outcome}`)
  const right = outcome === 'ok' ? plain : changed(plain, code, `code.${outcome}`)
  return isOrganisationCode(code) && code !== ownCode ? cannot(right, 'code.other') : right
}

function repairId(cell: Cell): Cell {
  const narrow = narrowed(cell)
  if (scientific.test(narrow.value)) return dropped(narrow, 'number.scientific')
  const plain = changed(narrow, narrow.value.replace(/^(\d+)\.0+$/, '$1'), 'number.form')
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(plain.value) ? plain : dropped(plain, 'id.invalid')
}

function repairKana(cell: Cell): Cell {
  const wide = cell.value
    .replaceAll(/[\uFF61-\uFF9F]+/g, (half) => half.normalize('NFKC'))
    .replaceAll(/[\u3041-\u3096]/g, (kana) => String.fromCodePoint((kana.codePointAt(0) ?? 0) + 0x60))
  return harmless(changed(cell, wide, 'kana.form'))
}

function repairNumber(cell: Cell): Cell {
  const narrow = narrowed(cell)
  const plain = narrow.value
    .replaceAll(/(?<=\d),(?=\d{3})/g, '')
    .replace(/^([+-]?\d+(?:\.\d+)?)\s*(?:人|名|m|メートル)$/, '$1')
    .replace(/^(-?\d+)\.0+$/, '$1')
  const number = changed(narrow, plain, 'number.form')
  return /^-?\d+(?:\.\d+)?$/.test(number.value) ? number : cannot(harmless(cell), 'number.invalid')
}

function repairCorporateNumber(cell: Cell): Cell {
  const narrow = narrowed(cell)
  if (scientific.test(narrow.value)) return dropped(narrow, 'number.scientific')
  return /^\d{13}$/.test(narrow.value) ? narrow : cannot(harmless(cell), 'number.invalid')
}

const yes = /^(?:1|○|〇|◯|◎|●|有|あり|true|yes|y|はい|対象|該当)$/i
const no = /^(?:0|×|✕|╳|x|-|無|なし|false|no|n|いいえ|対象外|非該当)$/i

/** `1`, or an empty cell. */
function repairFlag(cell: Cell): Cell {
  const narrow = cell.value.normalize('NFKC').replaceAll(dashes, '-')
  if (yes.test(narrow)) return changed(cell, '1', 'flag.form')
  return no.test(narrow) ? changed(cell, '', 'flag.form') : dropped(cell, 'flag.invalid')
}

/** Ten digits, eleven for mobile and IP telephones. */
function repairPhone(cell: Cell): Cell {
  const narrow = narrowed(cell)
  const plain = narrow.value
    .replaceAll(dashes, '-')
    .replaceAll(/\s*[()]\s*/g, '-')
    .replaceAll(/^-|-$|\s+/g, '')
    .replaceAll(/-{2,}/g, '-')
  const form = changed(narrow, plain, 'phone.form')
  const digits = plain.replaceAll('-', '')
  if (/^\+\d{8,15}$/.test(digits) || /^0\d{9,10}$/.test(digits)) return form
  if (/^[1-9]\d{8}$/.test(digits) || /^[5789]0\d{8}$/.test(digits)) {
    return changed(form, `0${form.value}`, 'phone.leading-zero')
  }
  return cannot(harmless(cell), 'phone.invalid')
}

function repairPostcode(cell: Cell): Cell {
  const narrow = narrowed(cell)
  const plain = changed(narrow, narrow.value.replaceAll(dashes, '-').replace(/^〒\s*/, ''), 'number.form')
  if (/^\d{3}-?\d{4}$/.test(plain.value)) return plain
  if (/^\d{5,6}$/.test(plain.value)) return changed(plain, plain.value.padStart(7, '0'), 'postcode.leading-zero')
  return cannot(harmless(cell), 'postcode.invalid')
}

/** Seven digits of アドレス・ベース・レジストリ, or the older form 0008-001. */
function repairTownId(cell: Cell): Cell {
  const narrow = narrowed(cell)
  if (/^(?:\d{7}|\d{4}-\d{3})$/.test(narrow.value)) return narrow
  if (/^\d{4,6}$/.test(narrow.value)) return changed(narrow, narrow.value.padStart(7, '0'), 'town-id.leading-zero')
  return cannot(harmless(cell), 'town-id.invalid')
}

function repairUrl(cell: Cell): Cell {
  const narrow = /[！-～]/.test(cell.value) ? narrowed(cell) : cell
  const isAddress = /^https?:\/\/\S+$/i.test(narrow.value) && URL.canParse(narrow.value)
  return isAddress ? narrow : dropped(narrow, 'url.invalid')
}
