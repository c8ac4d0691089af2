// How a gateway is, beyond its readings: devices that do not answer well, what it had to drop, and the certificate it goes by.
import { Type, type Static } from 'typebox'

/** Unix ms; the furthest instant of the calendar, as for readings. */
const Instant = Type.Number({ minimum: 0, maximum: 9_223_372_036_000 })
/** A code of docs/errors.md, or the reason of a counter. */
const Code = Type.String({ maxLength: 64 })
const Count = Type.Integer({ minimum: 0 })

/** A device that is asked or listened to: its state, and what went wrong with it so far. */
const DeviceFaults = Type.Object({
  id: Type.String({ maxLength: 64 }),
  /** The connection of the configuration by which it is reached. */
  connection: Type.Optional(Type.String({ maxLength: 64 })),
  /** ok: the last attempt succeeded; failing: it did not; offline: so many failed that it is only probed. */
  state: Type.Union([Type.Literal('ok'), Type.Literal('failing'), Type.Literal('offline')]),
  /** Since when it is not ok. */
  sinceMs: Type.Optional(Instant),
  /** What the newest failure was, while it is not ok. */
  code: Type.Optional(Code),
  /** Failed attempts since the agent began; one poll may be several attempts, a camera's is a look at its health interval. */
  errors: Type.Array(Type.Object({ code: Code, count: Count }), { maxItems: 50 }),
})
export type DeviceFaults = Static<typeof DeviceFaults>

/**
 * Whether the gateway gets a new certificate by itself. kept: nothing stands against it; waiting: somebody at the hub must
 * approve; failed: the last attempt failed with `code` and is made again within the hour.
 */
const Renewal = Type.Object({
  state: Type.Union([Type.Literal('kept'), Type.Literal('waiting'), Type.Literal('failed')]),
  code: Type.Optional(Code),
  /** When that was found out. */
  atMs: Type.Optional(Instant),
})

const CertificateCondition = Type.Object({
  /** Distinguished names as OpenSSL writes them, on one line. */
  subject: Type.String({ maxLength: 500 }),
  issuer: Type.String({ maxLength: 500 }),
  /** Hexadecimal. */
  serial: Type.String({ maxLength: 64 }),
  notBeforeMs: Instant,
  notAfterMs: Instant,
  renewal: Renewal,
})
export type CertificateCondition = Static<typeof CertificateCondition>

/** Counts run from `sinceMs`, the start of the agent. */
export const GatewayCondition = Type.Object({
  timeMs: Instant,
  sinceMs: Instant,
  /** Those that are not ok, or that ever failed; the worst first where they are too many. */
  devices: Type.Array(DeviceFaults, { maxItems: 1000 }),
  /** How many devices each connection has: where all of them are silent, it is the connection. */
  connections: Type.Array(Type.Object({ id: Type.String({ maxLength: 64 }), devices: Count }), { maxItems: 1000 }),
  /** What never reached the outbox, or was evicted from it, by kind and reason. */
  dropped: Type.Array(
    Type.Object({ what: Type.Union([Type.Literal('readings'), Type.Literal('events')]), reason: Code, count: Count }),
    { maxItems: 50 },
  ),
  /** Absent: the gateway connects without one. */
  certificate: Type.Optional(CertificateCondition),
})
export type GatewayCondition = Static<typeof GatewayCondition>
