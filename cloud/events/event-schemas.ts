// The shapes of events in the HTTP API.
import { Type, type Static } from 'typebox'
import { LocalizedText } from '../../broker/contract/documents.ts'
import { EventBox, EventHeat, GatewayEvent } from '../../broker/contract/event.ts'

const { kind, source, model, score, class: className, state, mask, latencyMs, detail } = GatewayEvent.properties
const text = Type.String()

export const EventItem = Type.Object({
  id: Type.String({
    description: 'Event id: {tenant}/{gateway}/{time}.{epoch}.{seq}; the cursor of the next page too',
  }),
  gateway: Type.String({ description: 'Gateway id: {tenant}/{gateway}' }),
  device: Type.String({ description: 'The device or camera that was judged' }),
  deviceLabel: LocalizedText,
  site: Type.Union([text, Type.Null()], { description: 'Site id: {tenant}/{gateway}/{site}' }),
  series: Type.Union([text, Type.Null()], { description: 'Series id, where a series was judged' }),
  kind,
  source,
  time: Type.Number({ description: 'When the frame was taken or the reading made, Unix ms' }),
  received: Type.Number({ description: 'When it came to the hub, Unix ms' }),
  model,
  score,
  class: className,
  state: Type.Union([state, Type.Null()]),
  boxes: Type.Array(EventBox),
  mask: Type.Array(mask.items, { description: 'Rings x0, y0, x1, y1, … from 0 to 1 of the frame, even-odd rule' }),
  heat: Type.Union([EventHeat, Type.Null()]),
  latencyMs,
  thumbnail: Type.Union([text, Type.Null()], { description: 'Path of the thumbnail, a JPEG; null: none' }),
  detail,
})
export type EventItem = Static<typeof EventItem>

const Instant = Type.String({ maxLength: 40, description: 'ISO 8601 or Unix ms' })

export const EventsQuery = Type.Object({
  kind: Type.Optional(kind),
  source: Type.Optional(
    Type.String({ maxLength: 128, description: 'As the gateway calls it: device or device:channel' }),
  ),
  gateway: Type.Optional(Type.String({ maxLength: 65 })),
  from: Type.Optional(Instant),
  to: Type.Optional(Instant),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
  cursor: Type.Optional(Type.String({ maxLength: 200, description: '`next` of the page before' })),
})
export type EventsQuery = Static<typeof EventsQuery>

/** Newest first; `next` null: there are no more. */
export const EventPage = Type.Object({
  items: Type.Array(EventItem),
  next: Type.Union([text, Type.Null()]),
})
export type EventPage = Static<typeof EventPage>

export const EventParams = Type.Object({ id: Type.String({ maxLength: 300 }) })
export type EventParams = Static<typeof EventParams>
