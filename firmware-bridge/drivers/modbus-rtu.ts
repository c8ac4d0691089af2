// Modbus RTU on the gateway's own serial port.
import type { DriverFactory } from '../driver.ts'
import { ModbusProfile } from '../profile-schema.ts'
import { frameSilenceMs, serialEndpoint, SerialSettings } from './endpoints.ts'
import { createModbusDriver, ModbusAddress } from './modbus-driver.ts'
import { rtuFraming } from './modbus-framing.ts'

export const modbusRtu: DriverFactory<SerialSettings, ModbusAddress, ModbusProfile> = {
  type: 'modbus-rtu',
  connectionSchema: SerialSettings,
  addressSchema: ModbusAddress,
  profileSchema: ModbusProfile,
  create: (connection, dependencies) =>
    createModbusDriver(
      {
        endpoint: serialEndpoint(connection),
        framing: rtuFraming,
        silenceMs: frameSilenceMs(connection.baudRate ?? 9600),
      },
      dependencies,
    ),
}
