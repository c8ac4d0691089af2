// Every driver by the type that a connection names in gateway.yaml. Adding a driver is one file and one line here.
import type { DriverFactory } from '../driver.ts'
import { line } from './line.ts'
import { modbusRtuTcp } from './modbus-rtu-tcp.ts'
import { modbusRtu } from './modbus-rtu.ts'
import { modbusTcp } from './modbus-tcp.ts'
import { replay } from './replay.ts'
import { snmp } from './snmp.ts'

/** A factory whose settings have been checked against its own schemas: that check is what makes the types right. */
export type AnyDriverFactory = DriverFactory<unknown, unknown, unknown>

export const driverRegistry: ReadonlyMap<string, AnyDriverFactory> = new Map(
  [modbusTcp, modbusRtu, modbusRtuTcp, line, snmp, replay].map((factory) => [
    factory.type,
    factory as AnyDriverFactory,
  ]),
)
