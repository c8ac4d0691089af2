// Modbus RTU on the gateway's own serial port.
import type { DriverFactory } from '../driver.ts'
import { frameSilenceMs, serialEndpoint } from './endpoints.ts'
import { createModbusDriver } from './modbus-driver.ts'
import { rtuFraming } from './modbus-framing.ts'
import type { modbusRtuSchemas } from './modbus-schemas.ts'

export const modbusRtu: DriverFactory<typeof modbusRtuSchemas> = {
  type: 'modbus-rtu',
  schemas: async () => (await import('./modbus-schemas.ts')).modbusRtuSchemas,
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
