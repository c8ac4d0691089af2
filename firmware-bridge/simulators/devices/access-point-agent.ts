// The SNMP objects of a UniFi access point (profile if-mib-unifi-ap), filled from a simulated one.
import type { AccessPointReadings } from '../nature/access-point.ts'
import {
  counter64,
  startSnmpAgent,
  type SnmpAgent,
  type SnmpScalar,
  type SnmpTable,
  type SnmpUser,
} from './net-snmp-agent.ts'

export interface AccessPointAgentOptions {
  readonly port: number
  readonly community: string
  readonly user?: SnmpUser
  /** sysName; also makes the engine id. */
  readonly name: string
  readonly location: string
  readonly read: () => AccessPointReadings
}

const mib2 = '1.3.6.1.2.1'
const unifiVapEntry = '1.3.6.1.4.1.41112.1.6.1.2.1'
const loopback = 1
const eth0 = 2
const vap2g = 1
const vap5g = 2

export async function startAccessPointAgent(options: AccessPointAgentOptions): Promise<SnmpAgent> {
  return await startSnmpAgent({
    port: options.port,
    community: options.community,
    ...(options.user === undefined ? {} : { user: options.user }),
    // RFC 3411: the enterprise number with the first bit set (41112), then 4 for text.
    engineId: `8000a09804${Buffer.from(options.name).toString('hex')}`.slice(0, 64),
    scalars: systemGroup(options),
    tables: [interfaces(options.read), interfaceExtensions(options.read), virtualAccessPoints(options.read)],
  })
}

function systemGroup({ name, location, read }: AccessPointAgentOptions): readonly SnmpScalar[] {
  return [
    { name: 'sysDescr', oid: `${mib2}.1.1`, type: 'OctetString', value: () => 'Simulated UniFi access point (Musubi)' },
    { name: 'sysUpTime', oid: `${mib2}.1.3`, type: 'TimeTicks', value: () => read().upTimeTicks % 0x1_0000_0000 },
    { name: 'sysName', oid: `${mib2}.1.5`, type: 'OctetString', value: () => name },
    { name: 'sysLocation', oid: `${mib2}.1.6`, type: 'OctetString', value: () => location },
  ]
}

/** ifTable: RFC 2863. */
function interfaces(read: () => AccessPointReadings): SnmpTable {
  return {
    name: 'ifEntry',
    oid: `${mib2}.2.2.1`,
    rows: [loopback, eth0],
    columns: [
      { number: 1, type: 'Integer', value: (row) => row },
      { number: 2, type: 'OctetString', value: (row) => (row === eth0 ? 'eth0' : 'lo') },
      { number: 8, type: 'Integer', value: () => 1 },
      { number: 14, type: 'Counter', value: (row) => (row === eth0 ? Number(read().inOctets / 40_000_000_000n) : 0) },
      { number: 20, type: 'Counter', value: () => 0 },
    ],
  }
}

/** ifXTable: RFC 2863. */
function interfaceExtensions(read: () => AccessPointReadings): SnmpTable {
  const zero = counter64(0n)
  return {
    name: 'ifXEntry',
    oid: `${mib2}.31.1.1.1`,
    rows: [loopback, eth0],
    columns: [
      { number: 1, type: 'OctetString', value: (row) => (row === eth0 ? 'eth0' : 'lo') },
      { number: 6, type: 'Counter64', value: (row) => (row === eth0 ? counter64(read().inOctets) : zero) },
      { number: 10, type: 'Counter64', value: (row) => (row === eth0 ? counter64(read().outOctets) : zero) },
      { number: 15, type: 'Gauge', value: (row) => (row === eth0 ? 1000 : 0) },
    ],
  }
}

/** unifiVapTable of UBNT-UniFi-MIB: one virtual access point a radio. */
function virtualAccessPoints(read: () => AccessPointReadings): SnmpTable {
  return {
    name: 'unifiVapEntry',
    oid: unifiVapEntry,
    rows: [vap2g, vap5g],
    columns: [
      { number: 1, type: 'Integer', value: (row) => row },
      { number: 4, type: 'Integer', value: (row) => (row === vap2g ? 6 : 36) },
      { number: 6, type: 'OctetString', value: () => 'musubi-demo' },
      { number: 7, type: 'OctetString', value: (row) => (row === vap2g ? 'wifi0ap0' : 'wifi1ap0') },
      { number: 8, type: 'Gauge', value: (row) => (row === vap2g ? read().clients2g : read().clients5g) },
      { number: 9, type: 'OctetString', value: (row) => (row === vap2g ? 'ng' : 'na') },
      { number: 22, type: 'Integer', value: () => 1 },
    ],
  }
}
