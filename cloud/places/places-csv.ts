// A list of public places as CSV in the national form: UTF-8 with byte order mark, CRLF, RFC 4180, headings as defined.
import type { ListDefinition, Publisher } from './list-definition.ts'
import type { Place } from './place.ts'

/** Private columns are left out, whatever the register holds. */
export function placesCsv(places: readonly Place[], { columns }: ListDefinition): string {
  const shown = columns.filter((column) => column.private !== true)
  const lines = [
    shown.map(({ name }) => name),
    ...sorted(places).map((place) => shown.map(({ name }) => place.columns[name] ?? '')),
  ]
  return `\uFEFF${lines.map((cells) => cells.map(field).join(',')).join('\r\n')}\r\n`
}

/** `122254_public_wireless_lan.csv` */
export function placesFileName({ file }: ListDefinition, { code }: Publisher): string {
  return `${code}_${file}.csv`
}

function sorted(places: readonly Place[]): readonly Place[] {
  return places.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
