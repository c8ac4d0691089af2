// What configuration may say of recordings that are played.
import { type Static, Type } from 'typebox'
import { ReplayProfile } from '../profile-schema.ts'

const strict = { additionalProperties: false } as const

const ReplayConnection = Type.Object(
  {
    file: Type.String({ minLength: 1, description: 'path of a CSV file' }),
    /** Name or number of the column with the time. */
    timeColumn: Type.Optional(Type.Union([Type.String({ minLength: 1 }), Type.Integer({ minimum: 0 })])),
    /** Seconds between two rows, for a file without times. */
    stepS: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    /** Recorded seconds that pass in one second; 1 by default. */
    speed: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000 })),
    loop: Type.Optional(Type.Boolean()),
    delimiter: Type.Optional(Type.String({ minLength: 1, maxLength: 1 })),
    /** `live` (default): the first row happened when the driver opened. `recorded`: the file's own times. */
    timestamps: Type.Optional(Type.Enum(['live', 'recorded'])),
    /** Time of the first row of a file without times, e.g. "2026-04-01T00:00:00Z"; only for `recorded`. */
    start: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$' })),
  },
  strict,
)
export type ReplayConnection = Static<typeof ReplayConnection>
const ReplayAddress = Type.Object({}, strict)
export type ReplayAddress = Static<typeof ReplayAddress>

export const replaySchemas = { connection: ReplayConnection, address: ReplayAddress, profile: ReplayProfile } as const
