// Keeps a late RTU reply from being taken for the answer to a later request.
import { AppError, type ErrorCode } from '../../broker/contract/app-error.ts'
import {
  byteCount,
  ModbusWire,
  type ModbusRequest,
  type ModbusWireDependencies,
  type ModbusWrite,
} from './modbus-wire.ts'

export interface ModbusExchange {
  open(): void
  /** The data bytes of the reply, `byteCount(request)` of them. Throws AppError `driver.*`. One at a time. */
  request(request: ModbusRequest, signal: AbortSignal): Promise<Buffer>
  /** Resolves when the device has confirmed. Throws AppError `driver.*`; after `driver.timeout` it may have been done all the same. */
  write(write: ModbusWrite, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** A device may ignore a request for registers that it does not have: of so many probes in a row the last one repeats the lost request. */
const probesInTurn = 3

export function createModbusExchange(dependencies: ModbusWireDependencies): ModbusExchange {
  const wire = new ModbusWire(dependencies)
  const repliesAreNumbered = dependencies.framing.type === 'mbap'
  /** Per unit the request whose reply may still come. Bound: the 256 unit numbers. */
  const owed = new Map<number, { readonly request: ModbusRequest; silentProbes: number }>()

  /**
   * A device answers in order. So a probe whose reply has another length than the owed one and the next one is sent
   * first: once it is answered, the owed reply has come (and was thrown away) or never will. The answer to a repetition
   * may be the owed one: that read still fails, and what comes after it is thrown away before the next.
   */
  async function flushOwed(next: ModbusRequest, signal: AbortSignal): Promise<void> {
    const debt = owed.get(next.unitId)
    if (debt === undefined) return
    const isRepetition = debt.silentProbes % probesInTurn === probesInTurn - 1
    try {
      await wire.exchange(isRepetition ? debt.request : probeFor(debt.request, next), signal)
    } catch (error) {
      if (hasCode(error, 'driver.timeout')) debt.silentProbes += 1
      if (!hasCode(error, 'driver.exception')) throw error
    }
    owed.delete(next.unitId)
    if (isRepetition) throw new AppError('driver.timeout', 'the device answers again, perhaps an earlier request')
  }

  return {
    open: () => wire.open(),
    close: () => wire.close(),
    async write(write, signal) {
      await wire.ready(signal)
      await wire.write(write, signal)
    },
    async request(request, signal) {
      await wire.ready(signal)
      if (repliesAreNumbered) return wire.exchange(request, signal)
      await flushOwed(request, signal)
      try {
        return await wire.exchange(request, signal)
      } catch (error) {
        if (!hasCode(error, 'driver.exception')) owed.set(request.unitId, { request, silentProbes: 0 })
        throw error
      }
    },
  }
}

function hasCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof AppError && error.code === code
}

/** The owed request with another count, so that its reply is told apart by its byte count from both. */
export function probeFor(lost: ModbusRequest, next: ModbusRequest): ModbusRequest {
  const step = lost.table === 'coil' || lost.table === 'discrete' ? 8 : 1
  const taken = new Set([byteCount(lost), byteCount(next)])
  for (const difference of [-step, -2 * step, step, 2 * step, 3 * step]) {
    const probe = { ...lost, count: lost.count + difference }
    if (probe.count >= 1 && !taken.has(byteCount(probe))) return probe
  }
  return lost
}
