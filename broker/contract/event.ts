// An event: what a model at the gateway decided about a frame, a part, a lamp or a series. One schema gives type and validation.
import { Type, type Static } from 'typebox'
import { eventKinds, eventLimits, eventStates, type EventKind, type EventState } from './event-limits.ts'

/** TypeBox cannot tell the union of a mapped array; the types of both are said here. */
const Kind = Type.Unsafe<EventKind>(Type.Union(eventKinds.map((kind) => Type.Literal(kind))))
const State = Type.Unsafe<EventState>(Type.Union(eventStates.map((state) => Type.Literal(state))))

/** 0 is the left or upper edge of the frame that was judged, 1 the right or lower one. */
const Fraction = Type.Number({ minimum: 0, maximum: 1 })
const ClassId = Type.String({ minLength: 1, maxLength: 64 })

export const EventBox = Type.Object(
  {
    /** Upper left corner. */
    x: Fraction,
    y: Fraction,
    width: Fraction,
    height: Fraction,
    score: Type.Optional(Type.Number()),
    class: Type.Optional(ClassId),
  },
  { additionalProperties: false },
)
export type EventBox = Static<typeof EventBox>

/** One ring as x0, y0, x1, y1, …, without repeating its first point. */
const Ring = Type.Array(Fraction, { minItems: 6, maxItems: 2_000 })

/** Scores over the frame as a coarse grid: `cells` is base64 of columns × rows bytes, row by row from the upper left, 0–255 for 0–1. */
export const EventHeat = Type.Object(
  {
    columns: Type.Integer({ minimum: 1, maximum: eventLimits.heatSide }),
    rows: Type.Integer({ minimum: 1, maximum: eventLimits.heatSide }),
    cells: Type.String({ pattern: '^[A-Za-z0-9+/]*={0,2}$', maxLength: 5_464 }),
  },
  { additionalProperties: false },
)
export type EventHeat = Static<typeof EventHeat>

const DetailKey = Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_-]{0,47}$' })

/** `…/event`, one in an envelope. At most 20 kB in CBOR without its thumbnail. */
export const GatewayEvent = Type.Object(
  {
    v: Type.Literal(1),
    kind: Kind,
    /** What was judged: a camera or device of the gateway, or a series of it as `device:channel`. */
    source: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9:./_-]{0,127}$' }),
    /** When the frame was taken or the reading was made: Unix ms. */
    timeMs: Type.Number({ minimum: -9_223_372_036_000, maximum: 9_223_372_036_000 }),
    model: Type.Object(
      { id: Type.String({ minLength: 1, maxLength: 64 }), version: Type.String({ minLength: 1, maxLength: 64 }) },
      { additionalProperties: false },
    ),
    /** Null: the model gave none. */
    score: Type.Union([Type.Number(), Type.Null()]),
    /** An id out of the classes of the model's manifest; null: none. */
    class: Type.Union([ClassId, Type.Null()]),
    state: Type.Optional(State),
    boxes: Type.Optional(Type.Array(EventBox, { maxItems: eventLimits.boxes })),
    /** Rings under the even-odd rule, so that a ring inside another is a hole. At most 8,000 bytes in CBOR. */
    mask: Type.Optional(Type.Array(Ring, { maxItems: eventLimits.rings })),
    heat: Type.Optional(EventHeat),
    /** From the frame or reading to the decision. */
    latencyMs: Type.Number({ minimum: 0 }),
    /** SHA-256 of the thumbnail that travels with the event, in hexadecimal. */
    thumbnail: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
    detail: Type.Optional(
      Type.Record(
        DetailKey,
        Type.Union([Type.Number(), Type.String({ maxLength: eventLimits.detailText }), Type.Boolean()]),
        { maxProperties: eventLimits.detailKeys, additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
)
export type GatewayEvent = Static<typeof GatewayEvent>
