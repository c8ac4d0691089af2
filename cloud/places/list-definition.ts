// What a list of public places is made of: its columns in the order of export, as the configuration of open data names them.
import { Type, type Static } from 'typebox'
import { LocalizedText } from '../../broker/contract/documents.ts'

export const placeKinds = ['wifi', 'shelter', 'facility', 'streetlight'] as const
export type PlaceKind = (typeof placeKinds)[number]
export const PlaceKind = Type.Enum(placeKinds)

const columnTypes = [
  'code',
  'id',
  'text',
  'kana',
  'latitude',
  'longitude',
  'number',
  'corporate-number',
  'flag',
  'time',
  'date',
  'list',
  'phone',
  'postcode',
  'town-id',
  'url',
] as const
export type ColumnType = (typeof columnTypes)[number]

const strict = { additionalProperties: false } as const

const ColumnDefinition = Type.Object(
  {
    /** The heading, exactly as it is exported. */
    name: Type.String({ minLength: 1, maxLength: 100 }),
    type: Type.Enum(columnTypes),
    /** Headings of other editions for the same. Where a file has several, the first counts. */
    aliases: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: 20 })),
    /** The definition asks for a value. */
    mandatory: Type.Optional(Type.Boolean()),
    /** Is never exported. */
    private: Type.Optional(Type.Boolean()),
    /** What an empty cell is filled with: the code or the name of the publisher. */
    fill: Type.Optional(Type.Enum(['code', 'name'])),
  },
  strict,
)
export type ColumnDefinition = Static<typeof ColumnDefinition>

export const ListDefinition = Type.Object(
  {
    kind: PlaceKind,
    title: LocalizedText,
    /** File name after the code: `122254_public_wireless_lan.csv`. */
    file: Type.String({ pattern: '^[a-z0-9_]{1,64}$' }),
    nameColumn: Type.String(),
    columns: Type.Array(ColumnDefinition, { minItems: 1, maxItems: 100 }),
  },
  strict,
)
export type ListDefinition = Static<typeof ListDefinition>

export interface Publisher {
  /** 全国地方公共団体コード, six digits. */
  readonly code: string
  readonly name: LocalizedText
}

/** Faults that the schema cannot tell. */
export function listFaults({ kind, nameColumn, columns }: ListDefinition): readonly string[] {
  const faults: string[] = []
  const names = columns.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) faults.push(`${kind}: the column ${twice} stands twice`)
  if (!names.includes(nameColumn)) faults.push(`${kind}: nameColumn ${nameColumn} is no column`)
  for (const type of ['id', 'latitude', 'longitude'] as const) {
    const count = columns.filter((column) => column.type === type).length
    if (count !== 1) faults.push(`${kind}: there must be one column of type ${type}, there are ${count}`)
  }
  return faults
}
