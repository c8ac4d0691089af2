// What configuration may say of devices that speak over MQTT, whichever side made the connection.
import { Type } from 'typebox'
import { addressFault, type MqttAddress, type MqttDeviceProfile } from '../mqtt/mqtt-address.ts'
import { LorawanProfile, MqttProfile, SparkplugProfile } from '../mqtt/profile-schemas.ts'

const strict = { additionalProperties: false } as const
const Qos = Type.Optional(Type.Enum([0, 1]))
const level = '[^+/#\\u0000]{1,200}'

const TopicAddress = Type.Object(
  {
    topic: Type.String({
      pattern: '^(\\+|[^+/#\\u0000]*)(/(\\+|[^+/#\\u0000]*))*(/#)?$',
      maxLength: 500,
      description: 'a topic or filter, e.g. "barn/climate"',
    }),
    qos: Qos,
  },
  strict,
)
const ChirpstackAddress = Type.Object(
  {
    server: Type.Literal('chirpstack'),
    devEui: Type.String({ pattern: '^[0-9a-fA-F]{16}$', description: '16 hexadecimal digits' }),
    application: Type.Optional(Type.String({ pattern: `^${level}$` })),
    qos: Qos,
  },
  strict,
)
const TheThingsStackAddress = Type.Object(
  {
    server: Type.Literal('the-things-stack'),
    application: Type.String({ pattern: `^${level}$`, description: '{application}@{tenant}' }),
    device: Type.String({ pattern: `^${level}$` }),
  },
  strict,
)
const SparkplugAddress = Type.Object(
  {
    group: Type.String({ pattern: `^${level}$` }),
    node: Type.String({ pattern: `^${level}$` }),
    device: Type.Optional(Type.String({ pattern: `^${level}$` })),
    rebirth: Type.Optional(Type.Boolean()),
  },
  strict,
)

export const mqttDeviceSchemas = {
  address: Type.Union([TopicAddress, ChirpstackAddress, TheThingsStackAddress, SparkplugAddress]),
  profile: Type.Union([MqttProfile, LorawanProfile, SparkplugProfile]),
  fits: (address: unknown, profile: unknown) => addressFault(address as MqttAddress, profile as MqttDeviceProfile),
} as const
