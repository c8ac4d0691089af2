// Finds the devices of a Modbus bus by asking every unit number for one register: even a refusal proves that somebody is there.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { SerialSettings, TcpSettings } from '../drivers/connection-settings.ts'
import { frameSilenceMs, serialEndpoint, tcpEndpoint } from '../drivers/endpoints.ts'
import { createModbusExchange, type ModbusExchange } from '../drivers/modbus-exchange.ts'
import { mbapFraming, rtuFraming } from '../drivers/modbus-framing.ts'
import { startDeadline } from '../drivers/read-deadline.ts'

export type ModbusScanTarget =
  | { readonly type: 'modbus-rtu'; readonly settings: SerialSettings }
  | { readonly type: 'modbus-tcp' | 'modbus-rtu-tcp'; readonly settings: TcpSettings }

export interface ModbusScanOptions {
  readonly target: ModbusScanTarget
  /** First and last unit number to ask, both included. */
  readonly units: { readonly from: number; readonly to: number }
  /** How long one unit may take to answer. */
  readonly timeoutMs: number
  readonly clock: Clock
  readonly log: Log
  readonly onProgress: (unitId: number) => void
  readonly signal: AbortSignal
}

export interface FoundUnit {
  readonly unitId: number
  /**
   * registers: answered with a register. refuses: answered with an exception. garbled: something answered, but with a
   * wrong check sum or half a frame: a wrong speed or parity, noise, or two devices with this number.
   */
  readonly answer: 'registers' | 'refuses' | 'garbled'
}

/**
 * Asks the units one after the other for holding register 0. Throws `driver.connection` when the bus itself cannot be
 * reached; a unit that stays silent is not in the result.
 */
export async function scanModbus(options: ModbusScanOptions): Promise<readonly FoundUnit[]> {
  const { target, units, clock, log, signal } = options
  const exchange = createModbusExchange({
    ...busOf(target, clock),
    clock,
    log,
    onDiscard: () => undefined,
    resetsAfterSilence: false,
  })
  exchange.open()
  const found: FoundUnit[] = []
  try {
    for (let unitId = units.from; unitId <= units.to && !signal.aborted; unitId += 1) {
      options.onProgress(unitId)
      const answer = await ask(exchange, unitId, options)
      if (answer !== undefined) found.push({ unitId, answer })
      await pause(clock, target)
    }
    return found
  } finally {
    await exchange.close()
  }
}

function busOf(target: ModbusScanTarget, clock: Clock) {
  if (target.type === 'modbus-rtu') return { endpoint: serialEndpoint(target.settings), framing: rtuFraming }
  const framing = target.type === 'modbus-tcp' ? mbapFraming : rtuFraming
  return { endpoint: tcpEndpoint(target.settings, clock), framing }
}

async function ask(
  exchange: ModbusExchange,
  unitId: number,
  { clock, timeoutMs, signal }: ModbusScanOptions,
): Promise<FoundUnit['answer'] | undefined> {
  const deadline = startDeadline(clock, timeoutMs, signal)
  try {
    await exchange.request({ unitId, table: 'holding', address: 0, count: 1 }, deadline.signal)
    return 'registers'
  } catch (thrown) {
    const error = toAppError(thrown, 'driver.exception')
    if (error.code === 'driver.exception') return 'refuses'
    if (error.code === 'driver.crc' || error.code === 'driver.frame') return 'garbled'
    if (error.code === 'driver.timeout' || signal.aborted) return undefined
    throw new AppError('driver.connection', error.message, { cause: error })
  } finally {
    deadline.end()
  }
}

function pause(clock: Clock, target: ModbusScanTarget): Promise<void> {
  const silenceMs = target.type === 'modbus-rtu' ? frameSilenceMs(target.settings.baudRate ?? 9600) : 0
  return new Promise((resolve) => void clock.setTimer(resolve, silenceMs))
}
