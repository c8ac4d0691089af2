// The shapes of what is published, and of the switches, in the HTTP API.
import { Type, type Static, type TSchema } from 'typebox'
import { LocalizedText } from '../../broker/contract/documents.ts'
import { placeKinds, type PlaceKind as Kind } from '../places/list-definition.ts'
import { ListPublication, SeriesPublication } from './publication.ts'

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const Day = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' })

const decided = { changedAt: Type.Number(), changedBy: nullable(Type.String()) }

export const SeriesPublicationItem = Type.Object({ series: Type.String(), settings: SeriesPublication, ...decided })
export type SeriesPublicationItem = Static<typeof SeriesPublicationItem>

export const ListPublicationItem = Type.Object({
  tenant: Type.String(),
  kind: Type.String(),
  settings: ListPublication,
  ...decided,
})
export type ListPublicationItem = Static<typeof ListPublicationItem>

export const Publications = Type.Object({
  series: Type.Array(SeriesPublicationItem),
  lists: Type.Array(ListPublicationItem),
})

export const SeriesIdParams = Type.Object({ id: Type.String({ maxLength: 256 }) })
export type SeriesIdParams = Static<typeof SeriesIdParams>

export const ListParams = Type.Object({
  tenant: Type.String({ pattern: '^[a-z0-9-]{1,32}$' }),
  kind: Type.Unsafe<Kind>(Type.Enum([...placeKinds])),
})
export type ListParams = Static<typeof ListParams>

export const PublicSeriesItem = Type.Object({
  id: Type.String(),
  title: LocalizedText,
  item: LocalizedText,
  unit: nullable(Type.String()),
  position: nullable(Type.Object({ lat: Type.Number(), lon: Type.Number() })),
  delayMin: Type.Number(),
  roundTo: nullable(Type.Number()),
  license: Type.String(),
  days: nullable(
    Type.Object({
      first: Day,
      last: Day,
      files: Type.String({ description: 'With {day} and {format}: csv, json, parquet' }),
    }),
  ),
})
export type PublicSeriesItem = Static<typeof PublicSeriesItem>

export const DayFileParams = Type.Object({
  id: Type.String({ maxLength: 256 }),
  file: Type.String({
    pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}\\.(csv|json|parquet)$',
    description: 'e.g. 2026-11-23.csv',
  }),
})
export type DayFileParams = Static<typeof DayFileParams>

export const ListFileParams = Type.Object({
  tenant: Type.String({ pattern: '^[a-z0-9-]{1,32}$' }),
  file: Type.String({
    pattern: '^[0-9a-z_]{1,80}\\.(csv|geojson)$',
    description: 'e.g. 122254_public_wireless_lan.csv',
  }),
})
export type ListFileParams = Static<typeof ListFileParams>

const PublishedList = Type.Object({
  tenant: Type.String(),
  kind: Type.Enum(placeKinds),
  title: LocalizedText,
  places: Type.Integer(),
  csv: Type.String({ description: 'Address of the file' }),
  geojson: Type.String(),
})

/** What a page for everybody begins with. */
export const AboutOpenData = Type.Object({
  publisher: Type.Object({ code: Type.String(), name: LocalizedText }),
  licence: Type.Object({ name: Type.String(), address: Type.String() }),
  lists: Type.Array(PublishedList),
  series: Type.Integer({ description: 'How many are published' }),
})
export type AboutOpenData = Static<typeof AboutOpenData>
