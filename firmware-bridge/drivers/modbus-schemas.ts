// What configuration may say of Modbus connections, addresses and profiles.
import { Type, type Static } from 'typebox'
import { ModbusProfile } from '../profile-schema.ts'
import { writeHindrance } from './modbus-write.ts'
import { SerialSettings, TcpSettings } from './connection-settings.ts'

const ModbusAddress = Type.Object(
  { unitId: Type.Integer({ minimum: 0, maximum: 255, description: '1 to 247 on a serial bus, e.g. 1' }) },
  { additionalProperties: false },
)
export type ModbusAddress = Static<typeof ModbusAddress>

const unwritable = (profile: unknown, channel: string) => writeHindrance(profile as ModbusProfile, channel)
const common = { address: ModbusAddress, profile: ModbusProfile, unwritable } as const

export const modbusTcpSchemas = { connection: TcpSettings, ...common } as const
export const modbusRtuSchemas = { connection: SerialSettings, ...common } as const
