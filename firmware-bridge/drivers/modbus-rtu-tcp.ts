// Modbus RTU frames through a serial device server on TCP: it passes bytes on and keeps the bus's silences itself.
import type { DriverFactory } from '../driver.ts'
import { tcpEndpoint } from './endpoints.ts'
import { createModbusDriver } from './modbus-driver.ts'
import { rtuFraming } from './modbus-framing.ts'
import type { modbusTcpSchemas } from './modbus-schemas.ts'

export const modbusRtuTcp: DriverFactory<typeof modbusTcpSchemas> = {
  type: 'modbus-rtu-tcp',
  schemas: async () => (await import('./modbus-schemas.ts')).modbusTcpSchemas,
  create: (connection, dependencies) =>
    createModbusDriver(
      { endpoint: tcpEndpoint(connection, dependencies.clock), framing: rtuFraming, silenceMs: 0 },
      dependencies,
    ),
}
