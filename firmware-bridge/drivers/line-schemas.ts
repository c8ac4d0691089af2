// What configuration may say of devices that speak in lines.
import { Type, type Static } from 'typebox'
import { LineProfile } from '../profile-schema.ts'
import { SerialSettings, TcpSettings } from './connection-settings.ts'

const LineConnection = Type.Union([SerialSettings, TcpSettings])
export type LineConnection = Static<typeof LineConnection>

const LineAddress = Type.Object(
  {
    char: Type.Optional(Type.String({ pattern: '^[0-9A-Za-z]$', description: 'Vaisala address, e.g. "0"' })),
    talker: Type.Optional(Type.String({ pattern: '^[A-Z]{2}$', description: 'NMEA talker, e.g. "WI"' })),
    mode: Type.Optional(Type.Enum(['polled', 'automatic'])),
  },
  { additionalProperties: false },
)

export const lineSchemas = { connection: LineConnection, address: LineAddress, profile: LineProfile } as const
