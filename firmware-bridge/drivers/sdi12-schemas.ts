// What configuration may say of SDI-12 sensors behind a serial bridge: connections, addresses and profiles.
import { Type, type Static } from 'typebox'
import { channelFields, profileOf, strict } from '../profile-fields.ts'
import { SerialSettings, TcpSettings } from './connection-settings.ts'

/** How the bridge takes commands; it makes the break, the marking and the 1200 baud 7E1 of the bus itself. */
const bridgeFields = {
  /** What ends a command beside its `!`. */
  lineEnd: Type.Optional(Type.Enum(['none', 'cr', 'lf', 'crlf'])),
  /** The bridge sends each command back before the answer. */
  echo: Type.Optional(Type.Boolean()),
}

const Sdi12Connection = Type.Union([
  Type.Object({ ...SerialSettings.properties, ...bridgeFields }, strict),
  Type.Object({ ...TcpSettings.properties, ...bridgeFields }, strict),
])
export type Sdi12Connection = Static<typeof Sdi12Connection>

const Sdi12Address = Type.Object(
  { char: Type.String({ pattern: '^[0-9A-Za-z]$', description: 'address of the sensor, e.g. "0"' }) },
  strict,
)
export type Sdi12Address = Static<typeof Sdi12Address>

const Sdi12Channel = Type.Object(
  {
    ...channelFields,
    source: Type.Object(
      {
        /** The measurement that gives the value: M, M1 … M9, concurrent C, C1 … C9, continuous R0 … R9. */
        command: Type.Optional(Type.String({ pattern: '^(?:[MC][1-9]?|R[0-9])$', description: 'e.g. "M"' })),
        /** Which of its values, from 1. */
        value: Type.Integer({ minimum: 1, maximum: 99, description: 'e.g. 1' }),
      },
      strict,
    ),
    /** Values that the sensor sends when it has no reading, e.g. -9999. */
    invalid: Type.Optional(Type.Array(Type.Number())),
  },
  strict,
)
export type Sdi12Channel = Static<typeof Sdi12Channel>

export const Sdi12Profile = profileOf(
  'sdi-12',
  {
    sdi12: Type.Optional(
      Type.Object(
        {
          /** Ask with check sums (aMC!, aCC!, aRC0!): sensors of version 1.3 and later. */
          crc: Type.Optional(Type.Boolean()),
        },
        strict,
      ),
    ),
  },
  Sdi12Channel,
)
export type Sdi12Profile = Static<typeof Sdi12Profile>

export const sdi12Schemas = { connection: Sdi12Connection, address: Sdi12Address, profile: Sdi12Profile } as const
