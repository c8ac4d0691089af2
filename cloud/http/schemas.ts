// The shapes of the HTTP API: one declaration gives the type, the validation and the OpenAPI page.
// Times are Unix milliseconds (UTC); a series id is the key `{tenant}/{gateway}/{device:channel}`, URL-encoded in paths.
import { Type, type Static, type TSchema } from 'typebox'
import { CalibrationDescription, LocalizedText, SiteKind } from '../../broker/contract/documents.ts'
import { GatewayCondition } from '../../broker/contract/gateway-condition.ts'

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

const QualityName = Type.Union([Type.Literal('good'), Type.Literal('uncertain'), Type.Literal('bad')])

/** The newest reading of one series by event time, with what its gateway says about it. `time` null: described, nothing measured yet. */
export const LatestItem = Type.Object({
  series: Type.String({ description: 'Series id: {tenant}/{gateway}/{device}:{channel}' }),
  gateway: Type.String({ description: 'Gateway id: {tenant}/{gateway}' }),
  device: Type.String(),
  channel: Type.String(),
  site: nullable(Type.String({ description: 'Site id: {tenant}/{gateway}/{site}' })),
  siteKind: nullable(SiteKind),
  deviceLabel: LocalizedText,
  label: LocalizedText,
  unit: nullable(Type.String({ description: 'SenML primary unit' })),
  value: nullable(Type.Number()),
  text: nullable(Type.String()),
  quality: QualityName,
  reason: nullable(Type.String({ description: 'Why the quality is not good' })),
  time: nullable(Type.Number({ description: 'Event time, Unix ms' })),
})
export type LatestItem = Static<typeof LatestItem>

export const LatestQuery = Type.Object({
  gateway: Type.Optional(Type.String()),
  site: Type.Optional(Type.String()),
  kind: Type.Optional(SiteKind),
})
export type LatestQuery = Static<typeof LatestQuery>

/** offline: its gateway is not connected; critical: an alarm is critical or major; warning: minor or warning; good: none of them. */
const SiteStateName = Type.Union([
  Type.Literal('good'),
  Type.Literal('warning'),
  Type.Literal('critical'),
  Type.Literal('offline'),
])

const LonLat = Type.Array(Type.Number(), { minItems: 2, maxItems: 2, description: '[longitude, latitude], WGS84' })
/** As gateways describe it (broker/contract/documents.ts), in words that every generated client can say. */
const FieldArea = Type.Object(
  { type: Type.Literal('Polygon'), coordinates: Type.Array(Type.Array(LonLat)) },
  { description: 'GeoJSON; absent: no outline is known' },
)

/** A site without its series, which whoever has the newest readings knows already. */
export const SiteHead = Type.Object({
  id: Type.String({ description: 'Site id: {tenant}/{gateway}/{site}' }),
  kind: SiteKind,
  name: LocalizedText,
  position: Type.Object({ lat: Type.Number(), lon: Type.Number() }),
  area: Type.Optional(FieldArea),
  gateway: Type.String(),
  state: SiteStateName,
  openAlarms: Type.Integer(),
})
export type SiteHead = Static<typeof SiteHead>

export const SiteItem = Type.Object({ ...SiteHead.properties, series: Type.Array(LatestItem) })
export type SiteItem = Static<typeof SiteItem>

export const SeriesItem = Type.Object({
  series: Type.String(),
  gateway: Type.String(),
  device: Type.String(),
  channel: Type.String(),
  site: nullable(Type.String()),
  label: LocalizedText,
  unit: nullable(Type.String()),
  intervalS: nullable(Type.Number({ description: 'Longest time between two readings, where known' })),
  calibration: nullable(CalibrationDescription),
})
export type SeriesItem = Static<typeof SeriesItem>

export const SeriesParams = Type.Object({ id: Type.String({ maxLength: 256 }) })
export type SeriesParams = Static<typeof SeriesParams>

const Instant = Type.String({ description: 'ISO 8601, or Unix milliseconds', maxLength: 40 })

/** Without `buckets`: raw readings. Without `from`: the last 24 h before `to`; without `to`: now. */
export const ReadingsQuery = Type.Object({
  from: Type.Optional(Instant),
  to: Type.Optional(Instant),
  buckets: Type.Optional(Type.Integer({ minimum: 1, maximum: 5000 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, default: 10_000 })),
})
export type ReadingsQuery = Static<typeof ReadingsQuery>

/** Raw readings as columns in time order (uPlot's shape). `truncated`: `limit` cut the answer off. */
export const RawReadings = Type.Object({
  series: Type.String(),
  unit: nullable(Type.String()),
  from: Type.Number(),
  to: Type.Number(),
  time: Type.Array(Type.Number()),
  value: Type.Array(nullable(Type.Number())),
  quality: Type.Array(QualityName),
  text: Type.Array(nullable(Type.String())),
  truncated: Type.Boolean(),
})
export type RawReadings = Static<typeof RawReadings>

/** Aggregates over equal spans as columns; empty spans are left out. `time` is the beginning of a span. */
export const BucketedReadings = Type.Object({
  series: Type.String(),
  unit: nullable(Type.String()),
  from: Type.Number(),
  to: Type.Number(),
  time: Type.Array(Type.Number()),
  min: Type.Array(Type.Number()),
  mean: Type.Array(Type.Number()),
  max: Type.Array(Type.Number()),
  count: Type.Array(Type.Number()),
})
export type BucketedReadings = Static<typeof BucketedReadings>

export const GatewayItem = Type.Object({
  id: Type.String({ description: 'Gateway id: {tenant}/{gateway}' }),
  label: LocalizedText,
  state: Type.Union([Type.Literal('online'), Type.Literal('offline')]),
  reason: nullable(Type.Union([Type.Literal('shutdown'), Type.Literal('lost')])),
  since: Type.Number({ description: 'Since when it is in this state' }),
  epoch: nullable(Type.String()),
  agent: nullable(Type.String()),
  devices: Type.Integer(),
  sites: Type.Integer(),
  models: Type.Array(Type.Object({ id: Type.String(), version: Type.String() })),
  refusedModels: Type.Array(Type.Object({ package: Type.String(), reason: Type.String() }), {
    description: 'Packages that it does not use; the reason begins with the fault of docs/models.md',
  }),
  commands: Type.Array(Type.Object({ kind: Type.String(), choices: Type.Array(Type.String()) }), {
    description: 'What it can be asked to do; choices: of what, e.g. the cameras whose frames it may send',
  }),
  lastSeen: nullable(Type.Number({ description: 'Arrival of its newest message' })),
  outboxDepth: nullable(Type.Number({ description: 'Messages that wait in its outbox, as it last said' })),
  /** Null: its agent does not tell it. */
  condition: nullable(GatewayCondition),
})
export type GatewayItem = Static<typeof GatewayItem>

export const DeadLetterItem = Type.Object({
  time: Type.Number(),
  topic: Type.String(),
  code: Type.String(),
  reason: Type.String(),
  payload: Type.String({ description: 'base64, cut to 64 KiB' }),
})
export type DeadLetterItem = Static<typeof DeadLetterItem>

export const DeadLettersQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
})
export type DeadLettersQuery = Static<typeof DeadLettersQuery>

/** `/api/v1/stream`: filters; `Last-Event-ID` (header, or `lastEventId` here) resumes. */
export const StreamQuery = Type.Object({
  series: Type.Optional(Type.String({ description: 'Series ids, comma-separated' })),
  site: Type.Optional(Type.String()),
  lastEventId: Type.Optional(Type.String({ maxLength: 64 })),
})
export type StreamQuery = Static<typeof StreamQuery>

/**
 * Event `reading`: an array of these, at most one per series and 100 ms. Event `alarm`: an AlarmItem. Event `gateway`: a GatewayItem.
 * Event `event`: an EventItem (events/event-schemas.ts).
 * Event `reset`: the ring no longer holds what follows Last-Event-ID; load the lists again.
 */
export const StreamReading = Type.Object({
  series: Type.String(),
  value: nullable(Type.Number()),
  text: nullable(Type.String()),
  quality: QualityName,
  reason: nullable(Type.String()),
  time: Type.Number(),
})
export type StreamReading = Static<typeof StreamReading>

/** RFC 9457. `code` is the stable error code of docs/errors.md. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  instance: Type.Optional(Type.String()),
  code: Type.String(),
  errors: Type.Optional(
    Type.Array(
      Type.Object({
        path: Type.String(),
        message: Type.String({ description: 'In English, for whoever writes to the API' }),
        code: Type.Optional(Type.String({ description: 'Stable, where a page says the fault in its own words' })),
        values: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]))),
      }),
    ),
  ),
})
export type Problem = Static<typeof Problem>

export const Health = Type.Object({
  status: Type.Union([Type.Literal('ok'), Type.Literal('degraded')]),
  store: Type.Union([Type.Literal('ok'), Type.Literal('unavailable')]),
  pendingReadings: Type.Integer(),
})
export type Health = Static<typeof Health>

/** What the dashboard must know before it draws: `GET /api/v1/ui`. */
export const UiSettings = Type.Object({
  access: Type.Enum(['open', 'sign-in'], {
    description: 'open: nobody is known to this hub, and everybody may do everything',
  }),
  tiles: nullable(Type.Object({ url: Type.String(), attribution: Type.String(), maxZoom: Type.Number() })),
  identityProvider: nullable(
    Type.Object({ ja: Type.String(), en: Type.String() }, { description: 'What the button for it says' }),
  ),
})
export type UiSettings = Static<typeof UiSettings>

/** Lists are `{items: […]}` so that a page can be added to them later. */
export const listOf = <T extends TSchema>(item: T) => Type.Object({ items: Type.Array(item) })
