import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseOpenData } from '../../open-data/open-data-file.ts'
import type { PlaceKind } from '../list-definition.ts'
import type { Place } from '../place.ts'
import { placesCsv, placesFileName } from '../places-csv.ts'
import { importPlaces } from './import-places.ts'

const file = new URL('../../open-data/open-data.yaml', import.meta.url)
const { lists, publisher } = parseOpenData(await readFile(file, 'utf8'), 'open-data.yaml')

const listOf = (kind: PlaceKind) => lists.find((list) => list.kind === kind)!

async function imported(kind: PlaceKind, text: string | Uint8Array) {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  const { places, rows, findings } = await importPlaces(bytes, { tenant: 'kimitsu', list: listOf(kind), publisher })
  const told = findings.items.map(({ line, column, code, outcome, was, became }) =>
    [line, column, code, outcome, was, became].join(' | '),
  )
  return { places, rows, told, codes: findings.items.map(({ code }) => code), counts: findings.counts }
}

/** One row of an old wireless LAN list. */
const oldHead =
  '都道府県コード又は市区町村コード,NO,都道府県名,市区町村名,名称,名称_カナ,名称_英語,住所,方書,緯度,経度,設置者,電話番号,内線番号,SSID,提供エリア,URL,備考'
const oldRow = (change: Readonly<Record<string, string>> = {}): string => {
  const cells: Record<string, string> = {
    都道府県コード又は市区町村コード: '122254',
    NO: '0001',
    名称: '試験広場',
    名称_カナ: 'シケンヒロバ',
    住所: '千葉県君津市試験1-1',
    緯度: '35.330400',
    経度: '139.902700',
    電話番号: '0439-00-0000',
    ...change,
  }
  return oldHead
    .split(',')
    .map((name) => cells[name] ?? '')
    .map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(',')
}
const old = (...rows: readonly string[]) => [oldHead, ...rows].join('\r\n')

describe('the lists of open data', () => {
  it('have the columns of the definitions, in number and place', () => {
    const names = (kind: PlaceKind) => listOf(kind).columns.map(({ name }) => name)
    expect(
      [names('wifi'), names('shelter'), names('facility'), names('streetlight')].map(({ length }) => length),
    ).toEqual([28, 39, 29, 55])
    expect(names('shelter').slice(12, 14)).toEqual(['建物名等(方書)', '緯度'])
    expect(names('shelter')[20]).toBe('連絡先備考（その他、SNSなど）')
    expect(placesFileName(listOf('wifi'), publisher)).toBe('122254_public_wireless_lan.csv')
  })
})

describe('the import of places', () => {
  it('takes a right file of the old edition without a word but for what the current one adds', async () => {
    const { places, told } = await imported('wifi', old(oldRow()))
    expect(places).toMatchObject([
      {
        id: '0001',
        name: '試験広場',
        position: { lat: 35.3304, lon: 139.9027 },
        columns: { 所在地_連結表記: '千葉県君津市試験1-1' },
      },
    ])
    expect(told).toEqual(['2 | 地方公共団体名 | value.filled | repaired |  | 君津市'])
  })

  it('reads the variant of 国土地理院', async () => {
    const text =
      'NO,共通ID,施設・場所名,住所,洪水,崖崩れ、土石流及び地滑り,高潮,地震,津波,大規模な火事,内水氾濫,火山現象,指定避難所との住所同一,緯度,経度,備考\r\n' +
      '1,E1222500000001,試験小学校,試験2-2,1,,,1,,○,×,,1,35.3,139.9,'
    const { places, codes } = await imported('shelter', text)
    expect(places[0]).toMatchObject({
      id: 'E1222500000001',
      columns: { 災害種別_洪水: '1', 災害種別_地震: '1', 災害種別_大規模な火事: '1', 指定避難所との重複: '1' },
    })
    expect(places[0]?.columns).not.toHaveProperty('災害種別_内水氾濫')
    expect(new Set(codes)).toEqual(
      new Set(['column.missing', 'column.twice', 'flag.form', 'value.missing', 'value.filled', 'column.unknown']),
    )
  })

  // [what is wrong, column of the file, value there, column of the list, value taken, code, outcome]
  it.each([
    [
      'a lost leading zero',
      '都道府県コード又は市区町村コード',
      '92011',
      '全国地方公共団体コード',
      '092011',
      'code.leading-zero',
      'repaired',
    ],
    [
      'a lost check digit',
      '都道府県コード又は市区町村コード',
      '12225',
      '全国地方公共団体コード',
      '122254',
      'code.check-digit-missing',
      'repaired',
    ],
    [
      'a code as decimal',
      '都道府県コード又は市区町村コード',
      '122254.0',
      '全国地方公共団体コード',
      '122254',
      'number.form',
      'repaired',
    ],
    [
      'a wrong check digit',
      '都道府県コード又は市区町村コード',
      '122250',
      '全国地方公共団体コード',
      '122250',
      'code.wrong',
      'kept',
    ],
    [
      'the code of a neighbour',
      '都道府県コード又は市区町村コード',
      '131016',
      '全国地方公共団体コード',
      '131016',
      'code.other',
      'kept',
    ],
    ['full-width digits', '緯度', '３５．３３', '緯度', '35.33', 'number.full-width', 'repaired'],
    ['degrees, minutes, seconds', '緯度', '35°19′49.4″', '緯度', '35.330389', 'coordinates.form', 'repaired'],
    ['a comma in a number', '緯度', '35,33', '緯度', '35.33', 'coordinates.form', 'repaired'],
    ['a latitude in words', '緯度', '市役所の隣', '緯度', undefined, 'coordinates.invalid', 'left-out'],
    ['a latitude in the sea of elsewhere', '緯度', '5.3304', '緯度', undefined, 'coordinates.outside', 'left-out'],
    ['no latitude', '緯度', '', '緯度', undefined, 'coordinates.half', 'left-out'],
    ['spaces around', '名称', '　試験広場 ', '名称', '試験広場', 'text.space', 'repaired'],
    ['a line break', '名称', '試験\n広場', '名称', '試験 広場', 'text.control', 'repaired'],
    ['kana of a Mac', '名称', '試験テ\u3099ッキ', '名称', '試験デッキ', 'text.decomposed', 'repaired'],
    ['a text as formula', '備考', '="0123"', '備考', '0123', 'text.formula-quote', 'repaired'],
    ['a formula', '備考', '=HYPERLINK("x")', '備考', '＝HYPERLINK("x")', 'text.formula', 'repaired'],
    ['an error of Excel', '備考', '#REF!', '備考', undefined, 'cell.error', 'left-out'],
    ['hiragana as reading', '名称_カナ', 'しけん', '名称_カナ', 'シケン', 'kana.form', 'repaired'],
    ['half-width kana', '名称_カナ', 'ｼｹﾝﾋﾞﾙ', '名称_カナ', 'シケンビル', 'kana.form', 'repaired'],
    [
      'a telephone number without zero',
      '電話番号',
      '439000000',
      '電話番号',
      '0439000000',
      'phone.leading-zero',
      'repaired',
    ],
    [
      'a telephone number in brackets',
      '電話番号',
      '0439（00）0000',
      '電話番号',
      '0439-00-0000',
      'phone.form',
      'repaired',
    ],
    ['a telephone number in words', '電話番号', '代表へ', '電話番号', '代表へ', 'phone.invalid', 'kept'],
    ['an address that is none', 'URL', 'javascript:alert(1)', 'URL', undefined, 'url.invalid', 'left-out'],
  ])('%s', async (_what, of, given, column, taken, code, outcome) => {
    const { places, told } = await imported('wifi', old(oldRow({ [of]: given })))
    expect(places[0]?.columns[column]).toBe(taken)
    expect(told.join('\n')).toContain(`| ${code} | ${outcome} |`)
  })

  it('swaps latitude and longitude back', async () => {
    const { places, told } = await imported('wifi', old(oldRow({ 緯度: '139.902700', 経度: '35.330400' })))
    expect(places[0]?.position).toEqual({ lat: 35.3304, lon: 139.9027 })
    expect(told).toContain('2 | 緯度 | coordinates.swapped | repaired | 139.902700 | 35.330400')
  })

  it('repairs times, dates, numbers, postcodes and 町字ID by their columns', async () => {
    const facility = 'ID,名称,開始時間,終了時間,郵便番号,町字ID,所在地_連結表記\nF1,試験館,９時,0.75,0600001,1000,x'
    const { places } = await imported('facility', facility)
    expect(places[0]?.columns).toMatchObject({
      開始時間: '09:00',
      終了時間: '18:00',
      郵便番号: '0600001',
      町字ID: '0001000',
    })
    const lamps =
      'ID,管理番号1,緯度,経度,設置年月日,灯柱高,お客さま番号\nL1,A-1,35.3,139.9,令和元年5月1日,"1,000ｍ",12345'
    const lamp = (await imported('streetlight', lamps)).places[0]
    expect(lamp).toMatchObject({
      name: 'A-1',
      columns: { 設置年月日: '2019-05-01', 灯柱高: '1000', お客さま番号: '12345' },
    })
  })

  it('tells rows, columns and IDs that it does not take, with their lines', async () => {
    const { places, rows, told } = await imported(
      'wifi',
      [
        '公衆無線LAN一覧（令和8年）',
        `${oldHead.replace('方書', '建物名等（方書）')},,独自列`,
        `${oldRow()},,a`,
        `${oldRow()},,a`,
        `${oldRow({ 名称: '別の広場' })},,b`,
        oldRow({ NO: '1.2E+08', 名称: '別の公園' }),
        oldRow({ NO: '２号', 名称: '別の公園' }),
        oldRow({ NO: '3', 名称: '' }),
        `${oldRow({ NO: '4' })},,c,d`,
        ',,,',
      ].join('\n'),
    )
    expect(rows).toBe(7)
    expect(places.map(({ id, name }) => [id[0], name])).toEqual([
      ['0', '試験広場'],
      ['x', '別の公園'],
      ['4', '試験広場'],
    ])
    expect(told.filter((line) => !line.includes('value.filled'))).toEqual([
      '2 |  | header.lower | left-out | 公衆無線LAN一覧（令和8年） | ',
      '2 | 建物名等(方書) | header.form | repaired | 建物名等（方書） | 建物名等(方書)',
      '4 | ID | row.duplicate | left-out | 0001 | ',
      '5 | ID | id.duplicate | left-out | 0001 | ',
      '6 | ID | number.scientific | left-out | 1.2E+08 | ',
      expect.stringMatching(/^6 \| ID \| id.missing \| repaired \| {2}\| x/),
      '7 | ID | number.full-width | repaired | ２号 | ',
      '7 | ID | id.invalid | left-out | ２号 | ',
      expect.stringMatching(/^7 \| ID \| id.missing \| repaired/),
      '7 | ID | row.duplicate | left-out | ' + places[1]!.id + ' | ',
      '8 | 名称 | name.missing | left-out |  | ',
      '9 |  | row.cells | left-out | d | ',
      '10 |  | row.empty | left-out |  | ',
      '0 |  | column.nameless | left-out | column 19: 0 values | ',
      '0 |  | column.unknown | left-out | 独自列: 4 values | ',
    ])
  })

  it('reads CP932, and says so; what is neither is read as far as it goes', async () => {
    // 名称,緯度,経度,住所 / ①㈱高﨑,35.3,139.9,x as Windows writes it.
    const head = [
      0x96, 0xbc, 0x8f, 0xcc, 0x2c, 0x88, 0xdc, 0x93, 0x78, 0x2c, 0x8c, 0x6f, 0x93, 0x78, 0x2c, 0x8f, 0x5a, 0x8f, 0x8a,
      0x0a,
    ]
    const row = [0x87, 0x40, 0x87, 0x8a, 0x8d, 0x82, 0xed, 0x95, 0x2c, ...Buffer.from('35.3,139.9,x\n')]
    const { places, codes } = await imported('wifi', Uint8Array.from([...head, ...row]))
    expect(places[0]?.name).toBe('①㈱高﨑')
    expect(codes).toContain('file.cp932')
    const broken = Buffer.concat([Buffer.from(`${oldHead}\n${oldRow()}`), Buffer.from([0xff, 0xfe, 0x82])])
    const { told } = await imported('wifi', broken)
    expect(told.join('\n')).toMatch(/file.undecodable[^]*text.undecodable/)
  })

  it('refuses what is another list or no table', async () => {
    await expect(imported('shelter', 'a,b\n1,2')).rejects.toMatchObject({ code: 'payload.malformed' })
    await expect(imported('wifi', '')).rejects.toMatchObject({ code: 'payload.malformed' })
    await expect(imported('wifi', `${oldHead}\n"a`)).rejects.toMatchObject({ code: 'payload.malformed' })
  })
})

const damaged = fc.oneof(
  fc.constantFrom(
    '',
    ' 35.3',
    '139.9',
    '１２２２５４',
    '12225',
    '=1+1',
    '"',
    ',',
    '○',
    '無',
    '9:5',
    '0.5',
    '令和8年1月2日',
    '#N/A',
    'ｶﾞ',
    '-',
    '+81-439',
    '="01"',
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.integer({ min: 0, max: 999_999 }).map(String),
)

describe('export and import', () => {
  it.each(lists.map(({ kind }) => kind))(
    'of %s: what is exported comes in again as the same, with nothing repaired',
    async (kind) => {
      const list = listOf(kind)
      const shown = list.columns.filter((column) => column.private !== true).length
      const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`
      const rows = fc.array(fc.array(damaged, { minLength: list.columns.length, maxLength: list.columns.length }), {
        minLength: 1,
        maxLength: 8,
      })
      await fc.assert(
        fc.asyncProperty(rows, async (cells) => {
          const text = [list.columns.map(({ name }) => name), ...cells]
            .map((row) => row.map(quoted).join(','))
            .join('\r\n')
          const first = await imported(kind, text)
          const csv = placesCsv(first.places, list)
          expect(csv.startsWith('\uFEFF全国地方公共団体コード,')).toBe(true)
          expect(csv.split('\r\n')[0]?.split(',')).toHaveLength(shown)
          const second = await imported(kind, csv)
          expect(byId(second.places)).toEqual(byId(first.places.map((place) => publicOf(place, kind))))
          expect([...second.counts.values()].reduce((sum, { repaired }) => sum + repaired, 0)).toBe(0)
        }),
        { numRuns: 60 },
      )
    },
  )

  it('never exports the customer number or the contract of the power company', async () => {
    const lamps = 'ID,管理番号1,電力契約種別,お客さま番号\nL1,A-1,CANARY-CONTRACT,CANARY-NUMBER'
    const { places } = await imported('streetlight', lamps)
    expect(Object.values(places[0]!.columns)).toContain('CANARY-NUMBER')
    const csv = placesCsv(places, listOf('streetlight'))
    expect(csv).not.toMatch(/CANARY|お客さま番号|電力契約/)
  })
})

const byId = (places: readonly Place[]) => places.toSorted((a, b) => (a.id < b.id ? -1 : 1))

/** Without what is never exported. */
function publicOf(place: Place, kind: PlaceKind): Place {
  const hidden = new Set(
    listOf(kind)
      .columns.filter((column) => column.private === true)
      .map(({ name }) => name),
  )
  return { ...place, columns: Object.fromEntries(Object.entries(place.columns).filter(([name]) => !hidden.has(name))) }
}
