// The shapes of public places in the HTTP API.
import { Type, type Static, type TSchema } from 'typebox'
import { placeKinds, type PlaceKind as Kind } from './list-definition.ts'

const strict = { additionalProperties: false } as const
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const PlaceKind = Type.Unsafe<Kind>(Type.Enum([...placeKinds], { description: 'Which list' }))
const Tenant = Type.String({ pattern: '^[a-z0-9-]{1,32}$' })

export const PlaceItem = Type.Object({
  id: Type.String({ description: '{tenant}/{kind}/{ID of the list}' }),
  tenant: Type.String(),
  kind: PlaceKind,
  name: Type.String(),
  position: nullable(Type.Object({ lat: Type.Number(), lon: Type.Number() })),
  columns: Type.Record(Type.String(), Type.String(), {
    description: 'By the headings of the list; empty ones left out',
  }),
})
export type PlaceItem = Static<typeof PlaceItem>

export const PlacesQuery = Type.Object({
  tenant: Type.Optional(Tenant),
  kind: Type.Optional(PlaceKind),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 5_000, default: 1_000 })),
  cursor: Type.Optional(Type.String({ maxLength: 200 })),
})
export type PlacesQuery = Static<typeof PlacesQuery>

export const PlacesPage = Type.Object({ items: Type.Array(PlaceItem), next: nullable(Type.String()) })

export const PlaceParams = Type.Object({ tenant: Tenant, kind: PlaceKind, id: Type.String({ maxLength: 64 }) })
export type PlaceParams = Static<typeof PlaceParams>

export const ListQuery = Type.Object({ tenant: Tenant, kind: PlaceKind })
export type ListQuery = Static<typeof ListQuery>

export const ImportQuery = Type.Object({
  tenant: Tenant,
  kind: PlaceKind,
  replace: Type.Optional(Type.Boolean({ description: 'Places of the list that the file has not are taken away' })),
  check: Type.Optional(Type.Boolean({ description: 'Only tells what would be done' })),
})
export type ImportQuery = Static<typeof ImportQuery>

/** Where a program would rather send JSON than the file itself. */
export const ImportBody = Type.Object({ csv: Type.String() }, strict)
export type ImportBody = Static<typeof ImportBody>

const FindingItem = Type.Object(
  {
    line: Type.Integer({ description: 'Of the file, from 1; 0: the file as a whole' }),
    column: Type.String(),
    code: Type.String({ description: 'docs/open-data.md lists them' }),
    outcome: Type.Enum(['repaired', 'kept', 'left-out']),
    was: Type.String(),
    became: Type.String(),
  },
  strict,
)

export const ImportReport = Type.Object({
  rows: Type.Integer({ description: 'Below the headings, without empty ones' }),
  places: Type.Integer({ description: 'That were understood' }),
  added: Type.Integer(),
  changed: Type.Integer(),
  unchanged: Type.Integer(),
  removed: Type.Integer(),
  counts: Type.Array(
    Type.Object({
      code: Type.String(),
      title: Type.String(),
      repaired: Type.Integer(),
      kept: Type.Integer(),
      leftOut: Type.Integer(),
    }),
  ),
  findings: Type.Array(FindingItem, { description: 'In the order of the file; at most 5,000' }),
  isComplete: Type.Boolean({ description: 'false: there are more findings than are listed' }),
})
export type ImportReport = Static<typeof ImportReport>
