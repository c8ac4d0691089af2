// The part of net-snmp's agent that the simulators use, typed, and one agent on a UDP socket of its own.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { createRequire } from 'node:module'

type SnmpType = 'Integer' | 'OctetString' | 'Counter' | 'Gauge' | 'TimeTicks' | 'Counter64' | 'OID'
type SnmpValue = number | string | Buffer

export interface SnmpScalar {
  readonly name: string
  /** Without the final `.0`. */
  readonly oid: string
  readonly type: SnmpType
  readonly value: () => SnmpValue
}

export interface SnmpTable {
  readonly name: string
  /** Of the entry; a cell is `{oid}.{column}.{row}`. */
  readonly oid: string
  readonly columns: readonly {
    readonly number: number
    readonly type: SnmpType
    readonly value: (row: number) => SnmpValue
  }[]
  readonly rows: readonly number[]
}

export interface SnmpUser {
  readonly name: string
  readonly authKey: string
  readonly privKey: string
}

export interface SnmpAgentOptions {
  /** Loopback UDP port; 0 for any. */
  readonly port: number
  readonly community: string
  /** SNMPv3 with SHA and AES, for those who want it. */
  readonly user?: SnmpUser
  /** Hexadecimal, 10 … 64 digits; stays the same over restarts. */
  readonly engineId: string
  readonly scalars: readonly SnmpScalar[]
  readonly tables: readonly SnmpTable[]
}

export interface SnmpAgent {
  readonly port: number
  /** A silent agent loses every request. */
  setSilent(silent: boolean): void
  requests(): number
  close(): Promise<void>
}

interface MibRequest {
  readonly oid: string
  readonly instanceNode: { value: SnmpValue }
  done(): void
}

interface Mib {
  setScalarValue(name: string, value: SnmpValue): void
  addTableRow(name: string, row: readonly SnmpValue[]): void
}

interface NetSnmpAgent {
  getMib(): Mib
  getAuthorizer(): { addCommunity(community: string): void; addUser(user: object): void }
  registerProvider(provider: object): void
  close(): void
}

interface NetSnmp {
  createAgent(options: object, callback: () => void): NetSnmpAgent
  readonly ObjectType: Readonly<Record<SnmpType, number>>
  readonly MibProviderType: { readonly Scalar: number; readonly Table: number }
  readonly MaxAccess: Readonly<Record<'read-only' | 'not-accessible', number>>
  readonly SecurityLevel: { readonly authPriv: number }
  readonly AuthProtocols: { readonly sha: number }
  readonly PrivProtocols: { readonly aes: number }
}

const snmp = createRequire(import.meta.url)('net-snmp') as NetSnmp

/** Starts an agent for SNMP v2c (and v3 where a user is given) on loopback. Values are asked for at each request. */
export async function startSnmpAgent(options: SnmpAgentOptions): Promise<SnmpAgent> {
  const socket = createSocket('udp4')
  await bind(socket, options.port)
  const state = { silent: false, requests: 0 }
  const agent = snmp.createAgent(
    {
      port: socket.address().port,
      address: '127.0.0.1',
      engineID: options.engineId,
      dgramModule: { createSocket: () => gate(socket, state) },
    },
    // Requests that the agent refuses (an unknown community, say) get no answer: nothing more to do here.
    () => undefined,
  )
  agent.getAuthorizer().addCommunity(options.community)
  if (options.user !== undefined) agent.getAuthorizer().addUser(authPrivUser(options.user))
  registerObjects(agent, options)
  const { port } = socket.address()
  return {
    port,
    setSilent(silent) {
      state.silent = silent
    },
    requests: () => state.requests,
    async close() {
      state.silent = true
      await new Promise<void>((resolve) => socket.close(() => resolve()))
    },
  }
}

async function bind(socket: Socket, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(port, '127.0.0.1', () => {
      socket.off('error', reject)
      resolve()
    })
  })
}

/** The bound socket as net-snmp may see it: it binds nothing itself, and hears nothing while the agent is silent. */
function gate(socket: Socket, state: { silent: boolean; requests: number }): object {
  return {
    bind: () => undefined,
    on(event: string, handler: (...values: unknown[]) => void) {
      if (event !== 'message') return socket.on(event, handler)
      return socket.on('message', (bytes: Buffer, remote: RemoteInfo) => {
        state.requests += 1
        if (!state.silent) handler(bytes, remote)
      })
    },
    send(
      bytes: Buffer,
      offset: number,
      length: number,
      port: number,
      address: string,
      callback: (error: Error | null) => void,
    ) {
      if (!state.silent) socket.send(bytes, offset, length, port, address, callback)
    },
  }
}

function authPrivUser(user: SnmpUser): object {
  return {
    name: user.name,
    level: snmp.SecurityLevel.authPriv,
    authProtocol: snmp.AuthProtocols.sha,
    authKey: user.authKey,
    privProtocol: snmp.PrivProtocols.aes,
    privKey: user.privKey,
  }
}

/** A column that no one can read, to index tables by row number whatever their own columns are. */
const indexColumn = 9_999

function registerObjects(agent: NetSnmpAgent, { scalars, tables }: SnmpAgentOptions): void {
  const live = new Map<string, () => SnmpValue>()
  const handler = (request: MibRequest): void => {
    const value = live.get(request.oid)
    if (value !== undefined) request.instanceNode.value = value()
    request.done()
  }
  const readOnly = snmp.MaxAccess['read-only']
  for (const { name, oid, type, value } of scalars) {
    agent.registerProvider({
      name,
      type: snmp.MibProviderType.Scalar,
      oid,
      scalarType: snmp.ObjectType[type],
      maxAccess: readOnly,
      handler,
    })
    agent.getMib().setScalarValue(name, value())
    live.set(`${oid}.0`, value)
  }
  for (const { name, oid, columns, rows } of tables) {
    const tableColumns = columns.map(({ number, type }) => ({
      number,
      name: `${name}${number}`,
      type: snmp.ObjectType[type],
      maxAccess: readOnly,
    }))
    const index = {
      number: indexColumn,
      name: `${name}Index`,
      type: snmp.ObjectType.Integer,
      maxAccess: snmp.MaxAccess['not-accessible'],
    }
    agent.registerProvider({
      name,
      type: snmp.MibProviderType.Table,
      oid,
      maxAccess: snmp.MaxAccess['not-accessible'],
      tableColumns: [index, ...tableColumns],
      tableIndex: [{ columnNumber: indexColumn, columnName: index.name }],
      handler,
    })
    for (const row of rows) {
      agent.getMib().addTableRow(name, [row, ...columns.map((column) => column.value(row))])
      for (const column of columns) live.set(`${oid}.${column.number}.${row}`, () => column.value(row))
    }
  }
}

/** A Counter64 as net-snmp sends it: eight bytes, most significant first. */
export function counter64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(value & 0xffff_ffff_ffff_ffffn)
  return bytes
}
