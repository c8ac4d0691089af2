// What a gateway says of its own commissioning: the checks that real readings passed, signed by its key for the hub to verify.
import { Type, type Static } from 'typebox'
import { LocalizedText } from './documents.ts'

const strict = { additionalProperties: false } as const
const Time = Type.Number({ minimum: 0, maximum: 8.64e15 })

const CheckedReading = Type.Object(
  {
    channel: Type.String({ maxLength: 128 }),
    value: Type.Union([Type.Number(), Type.String({ maxLength: 64 }), Type.Boolean(), Type.Null()]),
    unit: Type.Optional(Type.String({ maxLength: 16 })),
    timeMs: Time,
  },
  strict,
)

const CheckedDevice = Type.Object(
  {
    id: Type.String({ maxLength: 64 }),
    profile: Type.String({ maxLength: 64 }),
    label: LocalizedText,
    /** Every channel that it sent since the checks began was good at last. */
    answered: Type.Boolean(),
    /** Whether its values are those of the place: `change` was seen when somebody moved it, `engineer` looked at them. */
    confirmed: Type.Union([Type.Literal('change'), Type.Literal('engineer'), Type.Literal('no')]),
    /** The newest of some of its channels. */
    readings: Type.Array(CheckedReading, { maxItems: 32 }),
  },
  strict,
)

export const CommissioningRecord = Type.Object(
  {
    v: Type.Literal(1),
    id: Type.String({ pattern: '^[0-9a-f-]{36}$' }),
    /** `{tenant}/{gateway}` */
    gateway: Type.String({ pattern: '^[a-z0-9-]{1,32}/[a-z0-9-]{1,32}$' }),
    agent: Type.String({ maxLength: 64 }),
    startedMs: Time,
    finishedMs: Time,
    clock: Type.Object(
      {
        passed: Type.Boolean(),
        /** The gateway's clock minus that of the engineer's phone. */
        offsetMs: Type.Number(),
      },
      strict,
    ),
    /** Whether the hub acknowledged a message that the gateway made after the checks began. */
    uplink: Type.Object({ passed: Type.Boolean() }, strict),
    devices: Type.Array(CheckedDevice, { maxItems: 999 }),
    passed: Type.Boolean(),
  },
  strict,
)
export type CommissioningRecord = Static<typeof CommissioningRecord>

/**
 * `record`: the JSON of a CommissioningRecord, base64url. `certificate`: that of the gateway, DER, base64url. `signature`:
 * ECDSA with SHA-256 over the bytes of the record, r and s side by side (IEEE P1363), base64url.
 */
export const SignedRecord = Type.Object(
  {
    record: Type.String({ maxLength: 400_000, pattern: '^[A-Za-z0-9_-]+$' }),
    certificate: Type.String({ maxLength: 8_000, pattern: '^[A-Za-z0-9_-]+$' }),
    signature: Type.String({ pattern: '^[A-Za-z0-9_-]{86}$' }),
  },
  strict,
)
export type SignedRecord = Static<typeof SignedRecord>
