// What configuration may say of the gateway's own MQTT listener.
import { Type, type Static } from 'typebox'
import { passwordHashPattern } from '../mqtt/password-hash.ts'
import { mqttDeviceSchemas } from './mqtt-device-schemas.ts'

const strict = { additionalProperties: false } as const
const File = Type.String({ minLength: 1, maxLength: 4096 })

const User = Type.Object(
  {
    name: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$', description: 'e.g. "barn"' }),
    password: Type.String({ pattern: passwordHashPattern, description: 'as `musubi mqtt-password` prints it' }),
    /** Filters of the topics that it may use; `{name}/#` by default. None may begin with `musubi`, `$` or a wildcard. */
    topics: Type.Optional(
      Type.Array(
        Type.String({
          pattern: '^(?!musubi(/|$))[^+/#$\\u0000][^+/#\\u0000]*(/(\\+|[^+/#\\u0000]*))*(/#)?$',
          maxLength: 300,
        }),
        { minItems: 1, maxItems: 50 },
      ),
    ),
  },
  strict,
)

const MqttListenerConnection = Type.Object(
  {
    /** An address of this machine on the LAN. */
    bind: Type.String({ minLength: 1, maxLength: 255, description: 'e.g. "192.168.10.1"' }),
    port: Type.Integer({ minimum: 0, maximum: 65_535, description: 'e.g. 1883' }),
    users: Type.Optional(Type.Array(User, { maxItems: 1000 })),
    /** Lines of `name:hash`, each user with the topics `{name}/#`. */
    usersFile: Type.Optional(File),
    /** PEM files; with both of them the listener speaks TLS. */
    certificate: Type.Optional(File),
    key: Type.Optional(File),
    maxPacketBytes: Type.Optional(Type.Integer({ minimum: 256, maximum: 1_048_576 })),
    maxConnections: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    messagesPerS: Type.Optional(Type.Number({ minimum: 0.1, maximum: 10_000 })),
  },
  strict,
)
export type MqttListenerConnection = Static<typeof MqttListenerConnection>

export const mqttListenerSchemas = { connection: MqttListenerConnection, ...mqttDeviceSchemas } as const
