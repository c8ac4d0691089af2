// The shape of a device profile: a declarative register, line or object map, so that a new device is data and not code.
import { Type, type Static } from 'typebox'
import { DavisProfile } from './drivers/davis-schemas.ts'
import { Sdi12Profile } from './drivers/sdi12-schemas.ts'
import { McuProfile } from './mcu/profile-schema.ts'
import { LorawanProfile, MqttProfile, SparkplugProfile } from './mqtt/profile-schemas.ts'
import { channelFields, profileOf, strict } from './profile-fields.ts'

/** The four Modbus tables: read by functions 01, 02, 03 and 04. */
const modbusTables = ['coil', 'discrete', 'holding', 'input'] as const
const ModbusTable = Type.Enum([...modbusTables])
export type ModbusTable = (typeof modbusTables)[number]

const modbusTypes = ['bit', 'int16', 'uint16', 'int32', 'uint32', 'float32'] as const
const ModbusType = Type.Enum([...modbusTypes])
type ModbusType = (typeof modbusTypes)[number]

/** `address` is the protocol address, from 0 (Eastron's 30001 is input 0). Coils and discrete inputs are `bit`. */
const ModbusSource = Type.Object(
  { table: ModbusTable, address: Type.Integer({ minimum: 0, maximum: 65_535 }), type: ModbusType },
  strict,
)
export type ModbusSource = Static<typeof ModbusSource>

const ModbusChannel = Type.Object(
  {
    ...channelFields,
    source: ModbusSource,
    /** Raw values that the device sends when it has no reading, e.g. 32767: bad, `sensor-fault`. */
    invalid: Type.Optional(Type.Array(Type.Number())),
    /** A register holding a number of decimals n: the raw value is divided by 10^n. Outside 0..6 it is a sensor fault. */
    decimalsFrom: Type.Optional(ModbusSource),
    /** A register holding an exponent n: the raw value is multiplied by 10^n. Outside -9..9 it is a sensor fault. */
    exponentFrom: Type.Optional(ModbusSource),
    /** A counter of its type's width (counter-channel.ts): the source is uint16 or uint32. */
    counter: Type.Optional(
      Type.Object(
        {
          as: Type.Enum(['rate', 'total']),
          maxPerSecond: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
        },
        strict,
      ),
    ),
    /** A 4-20 mA loop at an analogue input (current-loop.ts). */
    currentLoop: Type.Optional(
      Type.Object(
        { rawAt4mA: Type.Number(), rawAt20mA: Type.Number(), at4mA: Type.Number(), at20mA: Type.Number() },
        strict,
      ),
    ),
    /** A register holding a unit code: per code the unit, and a factor where the quantity is expressed another way. */
    unitFrom: Type.Optional(
      Type.Object(
        {
          source: ModbusSource,
          codes: Type.Record(
            Type.String({ pattern: '^[0-9]{1,5}$' }),
            Type.Object({ unit: Type.String(), scale: Type.Optional(Type.Number()) }, strict),
          ),
        },
        strict,
      ),
    ),
  },
  strict,
)
export type ModbusChannel = Static<typeof ModbusChannel>

export const ModbusProfile = profileOf(
  'modbus',
  {
    modbus: Type.Optional(
      Type.Object(
        {
          /** Registers (or bits ÷ 16) a device gives in one request; the protocol's own limit is 125. */
          maxRegisters: Type.Optional(Type.Integer({ minimum: 2, maximum: 125 })),
          /** Unused registers that a request may read over to join two channels. 0: only adjacent ones are joined. */
          maxGap: Type.Optional(Type.Integer({ minimum: 0, maximum: 123 })),
          /** Word order of 32-bit types: `big` = ABCD (default), `little` = CDAB. */
          wordOrder: Type.Optional(Type.Enum(['big', 'little'])),
        },
        strict,
      ),
    ),
  },
  ModbusChannel,
)
export type ModbusProfile = Static<typeof ModbusProfile>

/** Per unit letter of the device: the unit that it stands for. */
const LetterUnits = Type.Record(Type.String({ pattern: '^[A-Za-z]$' }), Type.String())

const VaisalaSource = Type.Object(
  {
    key: Type.String({ pattern: '^[A-Z][a-z]$' }),
    units: Type.Optional(LetterUnits),
    /** For a field whose letter is a state: the value of each letter, in the channel's `unit`. */
    letters: Type.Optional(Type.Record(Type.String({ pattern: '^[A-Za-z]$' }), Type.Number())),
  },
  strict,
)
const XdrSource = Type.Object(
  { type: Type.String({ pattern: '^[A-Z]$' }), transducer: Type.String({ maxLength: 16 }), units: LetterUnits },
  strict,
)
const LineChannel = Type.Object({ ...channelFields, source: Type.Union([VaisalaSource, XdrSource]) }, strict)
export type LineChannel = Static<typeof LineChannel>

export const LineProfile = profileOf(
  'line',
  {
    line: Type.Object(
      {
        protocol: Type.Enum(['vaisala-ascii', 'nmea-xdr']),
        /** `polled`: the driver asks at each read. `automatic`: the device speaks by itself. An address may override it. */
        mode: Type.Enum(['polled', 'automatic']),
        /** Automatic: silence longer than this is a time-out; a shorter one is a read without measurements. */
        silenceS: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 86_400 })),
      },
      strict,
    ),
  },
  LineChannel,
)
export type LineProfile = Static<typeof LineProfile>

const Oid = Type.String({ pattern: '^[0-9]+(\\.[0-9]+){1,127}$', description: 'e.g. "1.3.6.1.2.1.1.3.0"' })
const SnmpKind = Type.Enum([
  'gauge',
  'text',
  /** A counter's rate: (new − old) ÷ seconds between the two by sysUpTime. */
  'counter32',
  'counter64',
])
const SnmpScalar = Type.Object({ oid: Oid, kind: Type.Optional(SnmpKind) }, strict)
/**
 * All instances of a table column, optionally only the rows whose other column has a value, reduced to one number. The rows of a table
 * may be people's devices: never a text.
 */
const SnmpColumn = Type.Object(
  {
    column: Oid,
    kind: Type.Optional(Type.Enum(['gauge', 'counter32', 'counter64'])),
    where: Type.Optional(
      Type.Object({ column: Oid, equals: Type.Array(Type.Union([Type.String(), Type.Number()])) }, strict),
    ),
    reduce: Type.Enum(['sum', 'max', 'mean', 'count']),
  },
  strict,
)
const SnmpChannel = Type.Object(
  {
    ...channelFields,
    source: Type.Union([SnmpScalar, SnmpColumn]),
    /** Integer codes as values, e.g. ifOperStatus {1: 1, 2: 0}; a code that is not listed is a sensor fault. */
    codes: Type.Optional(Type.Record(Type.String({ pattern: '^-?[0-9]{1,10}$' }), Type.Number())),
  },
  strict,
)
export type SnmpChannel = Static<typeof SnmpChannel>

export const SnmpProfile = profileOf('snmp', {}, SnmpChannel)
export type SnmpProfile = Static<typeof SnmpProfile>

const ReplayChannel = Type.Object(
  {
    ...channelFields,
    /** A column's name in the head line, or its number from 0. */
    source: Type.Object({ column: Type.Union([Type.String({ minLength: 1 }), Type.Integer({ minimum: 0 })]) }, strict),
  },
  strict,
)
type ReplayChannel = Static<typeof ReplayChannel>

export const ReplayProfile = profileOf('replay', {}, ReplayChannel)
export type ReplayProfile = Static<typeof ReplayProfile>

/** Which schema a profile's `driver` names. */
export const profileSchemas = {
  modbus: ModbusProfile,
  line: LineProfile,
  snmp: SnmpProfile,
  replay: ReplayProfile,
  davis: DavisProfile,
  'sdi-12': Sdi12Profile,
  mcu: McuProfile,
  mqtt: MqttProfile,
  lorawan: LorawanProfile,
  sparkplug: SparkplugProfile,
} as const

export type Profile =
  | ModbusProfile
  | LineProfile
  | SnmpProfile
  | ReplayProfile
  | DavisProfile
  | Sdi12Profile
  | McuProfile
  | MqttProfile
  | LorawanProfile
  | SparkplugProfile
