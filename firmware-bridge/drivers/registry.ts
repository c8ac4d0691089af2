// Every driver by the type that a connection names in gateway.yaml. Adding a driver is two files and one line here.
import type { DriverFactory, DriverSchemas } from '../driver.ts'

/** A factory whose settings have been checked against its own schemas: that check is what makes the types right. */
type AnyDriverFactory = DriverFactory<DriverSchemas>

/** Loaded when a connection names it: a gateway does not keep drivers in memory that it does not use. */
const loaders: Readonly<Record<string, () => Promise<AnyDriverFactory>>> = {
  'modbus-tcp': async () => (await import('./modbus-tcp.ts')).modbusTcp,
  'modbus-rtu': async () => (await import('./modbus-rtu.ts')).modbusRtu,
  'modbus-rtu-tcp': async () => (await import('./modbus-rtu-tcp.ts')).modbusRtuTcp,
  line: async () => (await import('./line.ts')).line,
  snmp: async () => (await import('./snmp.ts')).snmp,
  replay: async () => (await import('./replay.ts')).replay,
  davis: async () => (await import('./davis.ts')).davis,
  'sdi-12': async () => (await import('./sdi12.ts')).sdi12,
  mcu: async () => (await import('./mcu.ts')).mcu,
  'mqtt-listener': async () => (await import('./mqtt-listener.ts')).mqttListener,
  'mqtt-client': async () => (await import('./mqtt-client.ts')).mqttClient,
}

export interface DriverRegistry {
  readonly types: readonly string[]
  /** Undefined for a type that is not known. */
  load(type: string): Promise<AnyDriverFactory> | undefined
}

export const driverRegistry: DriverRegistry = {
  types: Object.keys(loaders),
  load: (type) => (Object.hasOwn(loaders, type) ? loaders[type]?.() : undefined),
}
