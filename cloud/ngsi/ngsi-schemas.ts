// The parameters of the NGSI-LD API. What they mean is checked by the routes, whose errors are those of NGSI-LD.
import { Type, type Static } from 'typebox'

const text = (description?: string) =>
  Type.Optional(Type.String({ maxLength: 10_000, ...(description === undefined ? {} : { description }) }))

const choice = {
  type: text('Types, separated by commas'),
  attrs: text('Attributes, separated by commas: entities that have one of them, with these alone'),
  options: text('normalized, concise, keyValues (or simplified)'),
  lang: text('No attribute of this hub has texts in several languages'),
  local: text(),
  scopeQ: text(),
}
const list = {
  ...choice,
  id: text('Ids, separated by commas'),
  idPattern: text('Literals and .* with ^ and $'),
  q: text('temperature>25;status=="ok"|…'),
  georel: text('near;maxDistance==2000, near;minDistance==…, within'),
  geometry: text(),
  coordinates: text('JSON; longitude before latitude'),
  geoproperty: text(),
  limit: text('0 to 1000; default 20'),
  offset: text(),
  count: text('true: their number in NGSILD-Results-Count'),
}
const times = {
  timerel: text('before, after or between'),
  timeAt: text('ISO 8601'),
  endTimeAt: text(),
  timeproperty: text('observedAt'),
  lastN: text('The newest of each attribute'),
  aggrMethods: text('avg, min, max, sum, sumsq, stddev, totalCount, distinctCount'),
  aggrPeriodDuration: text('ISO 8601, e.g. PT1H; without it the whole span'),
}

export const EntitiesQuery = Type.Object(list)
export type EntitiesQuery = Static<typeof EntitiesQuery>
export const EntityQuery = Type.Object(choice)
export type EntityQuery = Static<typeof EntityQuery>
export const TemporalListQuery = Type.Object({ ...list, ...times })
export type TemporalListQuery = Static<typeof TemporalListQuery>
export const TemporalQuery = Type.Object({ ...choice, ...times })
export type TemporalQuery = Static<typeof TemporalQuery>
export const DetailsQuery = Type.Object({ details: text('true: with what each has'), local: text() })
export type DetailsQuery = Static<typeof DetailsQuery>

export const EntityParams = Type.Object({ entityId: Type.String({ maxLength: 512 }) })
export type EntityParams = Static<typeof EntityParams>
export const TypeParams = Type.Object({ type: Type.String({ maxLength: 256 }) })
export type TypeParams = Static<typeof TypeParams>
export const NameParams = Type.Object({ name: Type.String({ maxLength: 256 }) })
export type NameParams = Static<typeof NameParams>

export const NgsiProblem = Type.Object({
  type: Type.String({ description: 'https://uri.etsi.org/ngsi-ld/errors/…' }),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
})
