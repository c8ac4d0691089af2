// Modbus RTU frames through a serial device server on TCP: it passes bytes on and keeps the bus's silences itself.
import type { DriverFactory } from '../driver.ts'
import { ModbusProfile } from '../profile-schema.ts'
import { TcpSettings, tcpEndpoint } from './endpoints.ts'
import { createModbusDriver, ModbusAddress } from './modbus-driver.ts'
import { rtuFraming } from './modbus-framing.ts'

export const modbusRtuTcp: DriverFactory<TcpSettings, ModbusAddress, ModbusProfile> = {
  type: 'modbus-rtu-tcp',
  connectionSchema: TcpSettings,
  addressSchema: ModbusAddress,
  profileSchema: ModbusProfile,
  create: (connection, dependencies) =>
    createModbusDriver(
      { endpoint: tcpEndpoint(connection, dependencies.clock), framing: rtuFraming, silenceMs: 0 },
      dependencies,
    ),
}
