// What configuration may say of a connection to somebody else's broker.
import { Type, type Static } from 'typebox'
import { mqttDeviceSchemas } from './mqtt-device-schemas.ts'

const File = Type.String({ minLength: 1, maxLength: 4096 })

const MqttClientConnection = Type.Object(
  {
    url: Type.String({ pattern: '^mqtts?://[^/\\s]+$', description: 'e.g. "mqtt://192.168.1.20:1883"' }),
    user: Type.Optional(Type.String({ maxLength: 256 })),
    password: Type.Optional(Type.String({ maxLength: 1024 })),
    /** A file with the password alone, instead of the password itself. */
    passwordFile: Type.Optional(File),
    /**
     * The MQTT client id of a lasting session: the broker keeps what came while the gateway was away, as far as its own
     * limits go. Every client of a broker needs another one.
     */
    session: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$', description: 'e.g. "musubi-paddy-1"' })),
    ca: Type.Optional(File),
    certificate: Type.Optional(File),
    key: Type.Optional(File),
  },
  { additionalProperties: false },
)
export type MqttClientConnection = Static<typeof MqttClientConnection>

export const mqttClientSchemas = { connection: MqttClientConnection, ...mqttDeviceSchemas } as const
