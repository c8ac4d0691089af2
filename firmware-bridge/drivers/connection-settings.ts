// The settings of the two ways to reach a bus, TCP and serial.
import { Type, type Static } from 'typebox'

const strict = { additionalProperties: false } as const

export const TcpSettings = Type.Object(
  {
    host: Type.String({ minLength: 1, maxLength: 255, description: 'host name or address, e.g. "192.168.1.20"' }),
    port: Type.Integer({ minimum: 1, maximum: 65_535, description: 'e.g. 502' }),
  },
  strict,
)
export type TcpSettings = Static<typeof TcpSettings>

export const SerialSettings = Type.Object(
  {
    path: Type.String({ minLength: 1, maxLength: 255, description: 'e.g. "/dev/ttyUSB0"' }),
    baudRate: Type.Optional(Type.Integer({ minimum: 300, maximum: 4_000_000, description: 'e.g. 9600 (default)' })),
    parity: Type.Optional(Type.Enum(['none', 'even', 'odd'])),
    dataBits: Type.Optional(Type.Enum([7, 8])),
    stopBits: Type.Optional(Type.Enum([1, 2])),
  },
  strict,
)
export type SerialSettings = Static<typeof SerialSettings>
