// One SNMP agent over UDP: net-snmp's session with promises, coded errors, and a socket that hostile datagrams cannot break.
import { createSocket, type Socket } from 'node:dgram'
import snmp, { type Session, type Varbind } from 'net-snmp'
import { AppError } from '../../broker/contract/app-error.ts'
import { isRawAddress, withoutAddresses, withoutIndexes } from './hardware-address.ts'
import { abortReason } from './read-deadline.ts'
import type { SnmpAddress, SnmpConnection } from './snmp-schemas.ts'

export type SnmpValue = number | bigint | string

const defaultPort = 161
const rowsPerRequest = 20
/** A table of an access point has tens of rows; a walk that never ends must not fill the memory. */
const maxRows = 2000

export class SnmpSession {
  readonly #session: Session
  #malformedDatagrams = 0

  /** `timeoutMs` per datagram; the caller's signal bounds a whole read. `onDiscard` hears of datagrams that are no answer. */
  constructor(
    connection: SnmpConnection,
    address: SnmpAddress,
    timeoutMs: number,
    onDiscard: (datagrams: number) => void,
  ) {
    const onMalformed = () => {
      this.#malformedDatagrams += 1
      onDiscard(1)
    }
    const options = {
      port: address.port ?? defaultPort,
      timeout: timeoutMs,
      retries: 0,
      transport: address.host.includes(':') ? 'udp6' : 'udp4',
      backwardsGetNexts: false,
      dgramModule: { createSocket: (type: 'udp4' | 'udp6') => guardedSocket(type, onMalformed) },
    } as const
    this.#session =
      connection.version === '2c'
        ? snmp.createSession(address.host, connection.community, { ...options, version: snmp.Version2c })
        : snmp.createV3Session(address.host, userOf(connection), options)
    this.#session.on('error', onMalformed)
  }

  /** The values of the scalars that the agent has. Throws AppError `driver.*`. */
  async get(oids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, SnmpValue>> {
    const values = new Map<string, SnmpValue>()
    if (oids.length === 0) return values
    await this.#answered(signal, (done) =>
      this.#session.get(oids, (error, varbinds = []) => {
        for (const varbind of varbinds) collect(values, varbind, varbind.oid)
        done(error)
      }),
    )
    return values
  }

  /** A table column: value by index (what follows the column's OID). Throws AppError `driver.*`. */
  async walk(column: string, signal: AbortSignal): Promise<ReadonlyMap<string, SnmpValue>> {
    const rows = new Map<string, SnmpValue>()
    let varbindCount = 0
    await this.#answered(signal, (done) =>
      this.#session.subtree(
        column,
        rowsPerRequest,
        (varbinds) => {
          for (const varbind of varbinds) collect(rows, varbind, varbind.oid.slice(column.length + 1))
          varbindCount += varbinds.length
          return varbindCount > maxRows
        },
        done,
      ),
    )
    if (varbindCount > maxRows) throw new AppError('driver.frame', `column ${column} has more than ${maxRows} rows`)
    return rows
  }

  close(): void {
    // A send that is still being resolved reports to a closed session: its error has nowhere to go and means nothing.
    try {
      this.#session.close()
    } catch {
      // already closed
    }
  }

  #answered(signal: AbortSignal, send: (done: (error: Error | null) => void) => void): Promise<void> {
    const malformedBefore = this.#malformedDatagrams
    const judge = (error: AppError) =>
      error.code === 'driver.timeout' && this.#malformedDatagrams > malformedBefore
        ? new AppError('driver.frame', 'the agent answered with bytes that are not SNMP', { cause: error })
        : error
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(abortReason(signal))
      const onAbort = () => reject(judge(abortReason(signal)))
      signal.addEventListener('abort', onAbort, { once: true })
      send((error) => {
        signal.removeEventListener('abort', onAbort)
        if (error === null) resolve()
        else reject(judge(codedError(error)))
      })
    })
  }
}

/** net-snmp lets some malformed messages throw inside its listener, which would end the process: they are caught here. */
function guardedSocket(type: 'udp4' | 'udp6', onMalformed: () => void): Socket {
  const socket = createSocket(type)
  type Listener = (...values: unknown[]) => void
  const on = socket.on.bind(socket) as (event: string, listener: Listener) => Socket
  const guardedOn = (event: string, listener: Listener): Socket => {
    if (event !== 'message') return on(event, listener)
    return on('message', (...values) => {
      try {
        listener(...values)
      } catch {
        onMalformed()
      }
    })
  }
  socket.on = guardedOn as Socket['on']
  return socket
}

function userOf(connection: Extract<SnmpConnection, { version: '3' }>) {
  const { user: name, auth, priv } = connection
  if (auth === undefined) {
    if (priv !== undefined) throw new AppError('config.invalid', 'SNMPv3 privacy needs authentication too: give auth')
    return { name, level: snmp.SecurityLevel.noAuthNoPriv }
  }
  const authenticated = { name, authProtocol: snmp.AuthProtocols[auth.protocol], authKey: auth.password }
  if (priv === undefined) return { ...authenticated, level: snmp.SecurityLevel.authNoPriv }
  return {
    ...authenticated,
    level: snmp.SecurityLevel.authPriv,
    privProtocol: snmp.PrivProtocols[priv.protocol],
    privKey: priv.password,
  }
}

function collect(into: Map<string, SnmpValue>, varbind: Varbind, key: string): void {
  const value = snmp.isVarbindError(varbind) ? undefined : valueOf(varbind)
  if (value !== undefined) into.set(key, value)
}

/** Counter64 comes as its BER content, big-endian and at times with a leading zero byte. */
function valueOf({ type, value }: Varbind): SnmpValue | undefined {
  if (type === snmp.ObjectType.Counter64) {
    return Buffer.isBuffer(value) && value.length > 0
      ? BigInt.asUintN(64, BigInt(`0x${value.toString('hex')}`))
      : undefined
  }
  if (Buffer.isBuffer(value)) return isRawAddress(value) ? undefined : withoutAddresses(value.toString('utf8'))
  if (typeof value === 'string') return withoutAddresses(value)
  return typeof value === 'number' ? value : undefined
}

const refusals = new Set([
  'EAuthFailure',
  'ECouldNotDecrypt',
  'EUnexpectedReport',
  'ECommunityNoMatch',
  'ENotInTimeWindow',
])

function codedError(error: Error): AppError {
  const { name, code } = error as Error & { code?: number | string }
  // net-snmp names the object with the index of its row, and its own error would be logged with it.
  const message = withoutIndexes(error.message)
  const because = { cause: new Error(message) }
  if (name === 'RequestTimedOutError') return new AppError('driver.timeout', message, because)
  if (name === 'RequestFailedError') return new AppError('driver.exception', message, because)
  if (name === 'ResponseInvalidError') {
    const codeName = snmp.ResponseInvalidCode[String(code)] as string | undefined
    return new AppError(refusals.has(codeName ?? '') ? 'driver.exception' : 'driver.frame', message, because)
  }
  return new AppError('driver.connection', message, because)
}
