// The shape of profiles of devices that speak over MQTT: plain payloads, LoRaWAN uplinks, Sparkplug metrics.
import { Type, type Static } from 'typebox'
import { channelFields, profileOf, strict } from '../profile-fields.ts'

/** What a value that is no number stands for, and which values mean "no reading". */
const valueFields = {
  /** Texts, booleans or codes as values in the channel's `unit`, e.g. {ON: 1, OFF: 0}; one that is not listed is a sensor fault. */
  codes: Type.Optional(Type.Record(Type.String({ maxLength: 64 }), Type.Number())),
  /** Raw values that the device sends when it has no reading: bad, `sensor-fault`. */
  invalid: Type.Optional(Type.Array(Type.Number())),
  /** The value is a text and stays one. */
  text: Type.Optional(Type.Boolean()),
}

/** What becomes of what no channel lists: `drop` (default, counted) or `pass`, under a name derived from its own. */
const unlisted = Type.Optional(Type.Enum(['drop', 'pass']))

/** Where in a JSON document: keys and list indexes with dots between them, e.g. "ENERGY.Power" or "list.0.v"; "" is the whole. */
const Path = Type.String({ maxLength: 200, pattern: '^([^.]+(\\.[^.]+)*)?$', description: 'e.g. "ENERGY.Power"' })

const MqttChannel = Type.Object(
  {
    ...channelFields,
    ...valueFields,
    source: Type.Union([
      Type.Object(
        {
          path: Path,
          /** Only in messages whose topic ends in this, where a device has several topics, e.g. "tele/SENSOR". */
          topic: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
        },
        strict,
      ),
      /** The record's name, or its last part behind ":" or "/". */
      Type.Object({ name: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9:./_-]{0,127}$' }) }, strict),
    ]),
  },
  strict,
)
export type MqttChannel = Static<typeof MqttChannel>

/** `json`: a JSON document or a bare number. `senml`: RFC 8428 in JSON or CBOR. */
export const MqttProfile = profileOf(
  'mqtt',
  {
    mqtt: Type.Object(
      {
        payload: Type.Enum(['json', 'senml']),
        unlisted,
        /** JSON: where the document has the time of the event. Without it that is the time of arrival. */
        time: Type.Optional(Type.Object({ path: Path, format: Type.Enum(['iso', 'unix-s', 'unix-ms']) }, strict)),
      },
      strict,
    ),
  },
  MqttChannel,
  0,
)
export type MqttProfile = Static<typeof MqttProfile>

const layoutTypes = [
  'uint8',
  'int8',
  'uint16',
  'int16',
  'uint24',
  'int24',
  'uint32',
  'int32',
  'float32',
  'float64',
] as const
export type LayoutType = (typeof layoutTypes)[number]

/** A number in the bytes of an uplink. A negative `offset` counts from the end. */
const ByteField = {
  offset: Type.Integer({ minimum: -242, maximum: 241 }),
  type: Type.Enum([...layoutTypes]),
  endian: Type.Optional(Type.Enum(['big', 'little'])),
  /** Bits of an integer, from the least significant: bit `from` and `length` bits in all; `signed` in two's complement. */
  bits: Type.Optional(
    Type.Object(
      {
        from: Type.Integer({ minimum: 0, maximum: 31 }),
        length: Type.Integer({ minimum: 1, maximum: 32 }),
        signed: Type.Optional(Type.Boolean()),
      },
      strict,
    ),
  ),
}
const ByteSource = Type.Object(
  {
    ...ByteField,
    /** Only in uplinks of this port. */
    fPort: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })),
    /** Only in uplinks in which this field has this value, where a device has several kinds. */
    when: Type.Optional(Type.Object({ ...ByteField, equals: Type.Number() }, strict)),
  },
  strict,
)
export type ByteSource = Static<typeof ByteSource>

const lppTypes = [
  'digital-input',
  'digital-output',
  'analog-input',
  'analog-output',
  'illuminance',
  'presence',
  'temperature',
  'humidity',
  'acceleration',
  'pressure',
  'voltage',
  'position',
] as const
export type LppType = (typeof lppTypes)[number]

const lppAxes = ['x', 'y', 'z', 'lat', 'lon', 'altitude'] as const
export type LppAxis = (typeof lppAxes)[number]

const LppSource = Type.Object(
  {
    /** The data channel of Cayenne LPP. */
    lpp: Type.Integer({ minimum: 0, maximum: 255 }),
    type: Type.Enum([...lppTypes]),
    axis: Type.Optional(Type.Enum([...lppAxes])),
  },
  strict,
)

const radioFacts = [
  'rssi',
  'snr',
  'battery',
  'margin',
  'gateways',
  'spreading-factor',
  'f-cnt',
  'lost-uplinks',
] as const
export type RadioFact = (typeof radioFacts)[number]

/**
 * What the network server knows of the uplink: `rssi` in dBm and `snr` in dB of the gateway that heard it best, `battery`
 * in percent and `margin` in dB of the device's own status, `lost-uplinks` by gaps in the frame counter since the start.
 */
const RadioSource = Type.Object({ radio: Type.Enum([...radioFacts]) }, strict)

const LorawanChannel = Type.Object(
  {
    ...channelFields,
    ...valueFields,
    source: Type.Union([
      ByteSource,
      LppSource,
      RadioSource,
      Type.Object({ path: Path, fPort: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })) }, strict),
    ]),
  },
  strict,
)
export type LorawanChannel = Static<typeof LorawanChannel>

export const LorawanProfile = profileOf(
  'lorawan',
  {
    lorawan: Type.Object(
      {
        /** `bytes`: by the layout of the channels. `object`: what the network server's own codec made of them. */
        decoder: Type.Enum(['cayenne-lpp', 'object', 'bytes']),
        unlisted,
        /** Only uplinks of these ports carry measurements; all by default. */
        fPorts: Type.Optional(Type.Array(Type.Integer({ minimum: 0, maximum: 255 }))),
      },
      strict,
    ),
  },
  LorawanChannel,
)
export type LorawanProfile = Static<typeof LorawanProfile>

const SparkplugChannel = Type.Object(
  {
    ...channelFields,
    ...valueFields,
    source: Type.Object({ metric: Type.String({ minLength: 1, maxLength: 256 }) }, strict),
  },
  strict,
)

export const SparkplugProfile = profileOf(
  'sparkplug',
  { sparkplug: Type.Optional(Type.Object({ unlisted }, strict)) },
  SparkplugChannel,
  0,
)
export type SparkplugProfile = Static<typeof SparkplugProfile>
