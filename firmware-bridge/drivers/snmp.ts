// SNMP v2c and v3 agents, such as access points: scalars, table columns and counters' rates as a profile names them.
import { toAppError } from '../../broker/contract/app-error.ts'
import type { Driver, DriverDependencies, DriverDevice, DriverFactory, Measurement } from '../driver.ts'
import type { SnmpProfile } from '../profile-schema.ts'
import { startDeadline } from './read-deadline.ts'
import type { CounterBaseline } from './snmp-rates.ts'
import type { SnmpAddress, SnmpConnection, snmpSchemas } from './snmp-schemas.ts'
import { SnmpSession, type SnmpValue } from './snmp-session.ts'
import { measureSnmp, planSnmp, sysUpTime } from './snmp-values.ts'

type SnmpDevice = DriverDevice<SnmpAddress, SnmpProfile>

export const snmp: DriverFactory<typeof snmpSchemas> = {
  type: 'snmp',
  schemas: async () => (await import('./snmp-schemas.ts')).snmpSchemas,
  create: (connection, dependencies) => new SnmpDriver(connection, dependencies),
}

/** UDP has no bus: devices are read side by side, each with a session of its own that ends with its first fault. */
class SnmpDriver implements Driver<SnmpAddress, SnmpProfile> {
  readonly #connection: SnmpConnection
  readonly #dependencies: DriverDependencies
  readonly #sessions = new Map<string, SnmpSession>()
  readonly #baselines = new Map<string, CounterBaseline>()
  #closed = new AbortController()

  constructor(connection: SnmpConnection, dependencies: DriverDependencies) {
    this.#connection = connection
    this.#dependencies = dependencies
  }

  async open(): Promise<void> {
    this.#closed = new AbortController()
  }

  async read(device: SnmpDevice, signal: AbortSignal): Promise<readonly Measurement[]> {
    const { clock } = this.#dependencies
    const deadline = startDeadline(clock, device.timeoutMs, AbortSignal.any([signal, this.#closed.signal]))
    try {
      const session = this.#sessionOf(device)
      const plan = planSnmp(device.profile)
      const [scalars, ...columns] = await Promise.all([
        session.get(plan.scalars, deadline.signal),
        ...plan.columns.map((column) => session.walk(column, deadline.signal)),
      ])
      const tables = new Map<string, ReadonlyMap<string, SnmpValue>>()
      plan.columns.forEach((column, index) => tables.set(column, columns[index] ?? new Map()))
      const { measurements, counters } = measureSnmp(device.profile, {
        scalars,
        tables,
        monotonicMs: clock.monotonic(),
        before: this.#baselines.get(device.id),
      })
      const uptimeTicks = scalars.get(sysUpTime)
      if (typeof uptimeTicks === 'number') {
        this.#baselines.set(device.id, { uptimeTicks, monotonicMs: clock.monotonic(), counters })
      }
      return measurements
    } catch (error) {
      this.#drop(device)
      throw toAppError(error, 'driver.connection')
    } finally {
      deadline.end()
    }
  }

  async close(): Promise<void> {
    this.#closed.abort()
    for (const session of this.#sessions.values()) session.close()
    this.#sessions.clear()
    this.#baselines.clear()
  }

  #sessionOf(device: SnmpDevice): SnmpSession {
    const known = this.#sessions.get(device.id)
    if (known !== undefined) return known
    const discard = this.#dependencies.onDiscard ?? (() => undefined)
    const session = new SnmpSession(this.#connection, device.address, device.timeoutMs, (datagrams) =>
      discard('noise', datagrams),
    )
    this.#sessions.set(device.id, session)
    return session
  }

  #drop(device: SnmpDevice): void {
    this.#sessions.get(device.id)?.close()
    this.#sessions.delete(device.id)
  }
}
