// A dry run of drivers: what answers today is read once as the new configuration would read it, where the running agent leaves it free.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import { checkDevices, type DeviceCheckOptions } from '../doctor/device-checks.ts'
import type { GatewayConfig } from '../config.ts'

type Connection = GatewayConfig['connections'][number]

/**
 * The devices of `answering` that do not answer on a connection that is new or changed. A connection on a port or an address that the
 * running agent holds is not touched: the probation judges it. A device that does not answer today is not asked.
 */
export async function driverFaults(
  next: GatewayConfig,
  running: GatewayConfig,
  answering: readonly string[],
  options: DeviceCheckOptions,
): Promise<readonly AppError[]> {
  const held = new Set(running.connections.map(endpointOf))
  const free = next.connections.filter((connection) => !held.has(endpointOf(connection)))
  const ids = new Set(free.map(({ id }) => id))
  const devices = next.devices.filter(({ id, connection }) => ids.has(connection) && answering.includes(id))
  const connections = free.filter(({ id }) => devices.some(({ connection }) => connection === id))
  try {
    const faults: AppError[] = []
    for await (const { state, subject, seen } of checkDevices({ ...next, connections, devices }, options)) {
      if (state === 'fail') faults.push(fault(`${subject} answers today, but not with this config: ${seen.en}`))
    }
    return faults
  } catch (thrown) {
    const { code, message } = toAppError(thrown, 'driver.connection')
    return [fault(`a driver cannot be opened with this config: ${code}: ${message}`)]
  }
}

function fault(message: string): AppError {
  return new AppError('deployment.device', message)
}

/** The port, the address or, where neither is known, all settings. */
function endpointOf({ type, settings }: Connection): string {
  const { path, host, port } = settings as { readonly path?: unknown; readonly host?: unknown; readonly port?: unknown }
  if (typeof path === 'string') return path
  if (typeof host === 'string') return `${host}:${String(port)}`
  return `${type} ${JSON.stringify(settings)}`
}
