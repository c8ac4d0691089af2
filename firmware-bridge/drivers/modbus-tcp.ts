// Modbus TCP: meters, controllers and gateways with an Ethernet port.
import type { DriverFactory } from '../driver.ts'
import { ModbusProfile } from '../profile-schema.ts'
import { TcpSettings, tcpEndpoint } from './endpoints.ts'
import { createModbusDriver, ModbusAddress } from './modbus-driver.ts'
import { mbapFraming } from './modbus-framing.ts'

export const modbusTcp: DriverFactory<TcpSettings, ModbusAddress, ModbusProfile> = {
  type: 'modbus-tcp',
  connectionSchema: TcpSettings,
  addressSchema: ModbusAddress,
  profileSchema: ModbusProfile,
  create: (connection, dependencies) =>
    createModbusDriver(
      { endpoint: tcpEndpoint(connection, dependencies.clock), framing: mbapFraming, silenceMs: 0 },
      dependencies,
    ),
}
