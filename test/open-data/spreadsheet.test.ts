// The lists of places open in a spreadsheet of other people's making with the right text in the right columns.
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { XMLParser } from 'fast-xml-parser'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseOpenData } from '../../cloud/open-data/open-data-file.ts'
import type { Place } from '../../cloud/places/place.ts'
import { placesCsv, placesFileName } from '../../cloud/places/places-csv.ts'
import { debianPackage } from '../debian.ts'

const file = new URL('../../cloud/open-data/open-data.yaml', import.meta.url)
const { lists, publisher } = parseOpenData(await readFile(file, 'utf8'), 'open-data.yaml')

/** Values that spreadsheets are known to spoil. */
const hard = [
  '012025',
  '0001',
  '試験, "広場"',
  'シケン・ヒロバ',
  '①㈱髙﨑',
  '35.330400',
  '1-2',
  '3/4',
  '9:00',
  '1E5',
  '２',
  '',
]

const placesOf = (columns: readonly string[]): readonly Place[] =>
  [0, 1, 2].map((row) => ({
    tenant: 'kimitsu',
    kind: 'wifi',
    id: String(row),
    name: '',
    position: undefined,
    columns: Object.fromEntries(columns.map((name, index) => [name, hard[(index + row * 5) % hard.length] ?? ''])),
  }))

describe.skipIf(!debianPackage('libreoffice-calc-nogui'))('LibreOffice', () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-calc-'))
    const files = lists.map((list) => join(folder, placesFileName(list, publisher)))
    for (const [index, list] of lists.entries()) {
      await writeFile(files[index]!, placesCsv(placesOf(list.columns.map(({ name }) => name)), list))
    }
    // Separated by commas, quoted by ", UTF-8, from line 1, every column as text: what the dialogue of the import asks for.
    const widest = Math.max(...lists.map(({ columns }) => columns.length))
    const asText = Array.from({ length: widest }, (_, index) => `${index + 1}/2`).join('/')
    const ran = spawnSync(
      'soffice',
      [
        '--headless',
        '--norestore',
        `-env:UserInstallation=file://${folder}/profile`,
        `--infilter=CSV:44,34,UTF8,1,${asText}`,
        '--convert-to',
        'fods',
        '--outdir',
        folder,
        ...files,
      ],
      { timeout: 60_000, encoding: 'utf8' },
    )
    expect(ran.error).toBeUndefined()
    expect(ran.status, ran.stderr).toBe(0)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each(lists.map((list) => [list.title.ja, list] as const))('shows %s as it was written', async (_title, list) => {
    const name = placesFileName(list, publisher).replace('.csv', '.fods')
    const shown = list.columns.filter((column) => column.private !== true).map((column) => column.name)
    const rows = placesOf(list.columns.map((column) => column.name)).map((place) =>
      shown.map((column) => place.columns[column] ?? ''),
    )
    expect(await cellsOf(join(folder, name), shown.length)).toEqual([shown, ...rows])
  })
})

interface Cell {
  readonly 'text:p'?: string
  readonly 'number-columns-repeated'?: string
}

/** The text of each cell of a flat OpenDocument table. */
async function cellsOf(path: string, width: number): Promise<readonly (readonly string[])[]> {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    transformAttributeName: (name) => name.replace('table:', ''),
    parseTagValue: false,
    trimValues: false,
    isArray: (tag) => tag === 'table:table-row' || tag === 'table:table-cell',
  })
  const document = parser.parse(await readFile(path, 'utf8')) as Record<string, Record<string, Record<string, unknown>>>
  const sheet = document['office:document']?.['office:body']?.['office:spreadsheet'] as {
    readonly 'table:table': { readonly 'table:table-row': readonly { readonly 'table:table-cell': readonly Cell[] }[] }
  }
  return sheet['table:table']['table:table-row'].map((row) => {
    const cells = row['table:table-cell'].flatMap((cell) =>
      Array.from({ length: Number(cell['number-columns-repeated'] ?? 1) }, () => cell['text:p'] ?? ''),
    )
    return [...cells, ...Array.from({ length: width }, () => '')].slice(0, Math.max(width, cells.length))
  })
}
