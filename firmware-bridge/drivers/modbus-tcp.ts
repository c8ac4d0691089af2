// Modbus TCP: meters, controllers and gateways with an Ethernet port.
import type { DriverFactory } from '../driver.ts'
import { tcpEndpoint } from './endpoints.ts'
import { createModbusDriver } from './modbus-driver.ts'
import { mbapFraming } from './modbus-framing.ts'
import type { modbusTcpSchemas } from './modbus-schemas.ts'

export const modbusTcp: DriverFactory<typeof modbusTcpSchemas> = {
  type: 'modbus-tcp',
  schemas: async () => (await import('./modbus-schemas.ts')).modbusTcpSchemas,
  create: (connection, dependencies) =>
    createModbusDriver(
      { endpoint: tcpEndpoint(connection, dependencies.clock), framing: mbapFraming, silenceMs: 0 },
      dependencies,
    ),
}
