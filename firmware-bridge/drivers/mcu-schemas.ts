// What configuration may say of microcontroller boards.
import { Type, type Static } from 'typebox'
import { McuProfile } from '../mcu/profile-schema.ts'
import { SerialSettings, TcpSettings } from './connection-settings.ts'

const strict = { additionalProperties: false } as const
const framing = Type.Optional(
  Type.Enum(['cobs', 'jsonl'], { description: 'how boards send: "cobs" (default), "jsonl"' }),
)

/** A serial port is set to 115,200 baud where nothing is said. */
const McuConnection = Type.Union([
  Type.Object({ ...SerialSettings.properties, framing }, strict),
  Type.Object({ ...TcpSettings.properties, framing }, strict),
])
export type McuConnection = Static<typeof McuConnection>

const McuAddress = Type.Object(
  {
    board: Type.Optional(Type.Integer({ minimum: 0, maximum: 255, description: "the number in the board's frames" })),
    name: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9:./_-]{0,62}[:./_-]$',
        description: 'what the names of its readings begin with, with the mark at its end, e.g. "soil-1:"',
      }),
    ),
  },
  strict,
)

export const mcuSchemas = { connection: McuConnection, address: McuAddress, profile: McuProfile } as const
