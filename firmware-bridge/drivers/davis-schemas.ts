// What configuration may say of Davis Vantage consoles: connections, addresses and profiles.
import { Type, type Static } from 'typebox'
import { channelFields, profileOf, strict } from '../profile-fields.ts'
import { SerialSettings, TcpSettings } from './connection-settings.ts'
import { loopFields } from './davis-loop.ts'

const DavisConnection = Type.Union([SerialSettings, TcpSettings])
export type DavisConnection = Static<typeof DavisConnection>

/** A console is alone on its port. */
const DavisAddress = Type.Object({}, strict)
export type DavisAddress = Static<typeof DavisAddress>

const DavisChannel = Type.Object(
  {
    ...channelFields,
    source: Type.Object({ field: Type.Enum([...loopFields.keys()]) }, strict),
    /** Codes of the field as values; a code that is not listed is a sensor fault. */
    codes: Type.Optional(Type.Record(Type.String({ pattern: '^-?[0-9]{1,5}$' }), Type.Number())),
  },
  strict,
)
export type DavisChannel = Static<typeof DavisChannel>

export const DavisProfile = profileOf(
  'davis',
  {
    davis: Type.Object(
      {
        /** Rain of one tip of the bucket, mm: 0.2 (metric bucket), 0.1, or 0.254 (0.01 in). The packet does not say it. */
        rainClickMm: Type.Number({ exclusiveMinimum: 0, maximum: 10, description: 'e.g. 0.2' }),
      },
      strict,
    ),
  },
  DavisChannel,
)
export type DavisProfile = Static<typeof DavisProfile>

export const davisSchemas = { connection: DavisConnection, address: DavisAddress, profile: DavisProfile } as const
