// Keeps a late RTU reply from being taken for the answer to a later request.
import { AppError } from '../../broker/contract/app-error.ts'
import { byteCount, ModbusWire, type ModbusRequest, type ModbusWireDependencies } from './modbus-wire.ts'

export interface ModbusExchange {
  open(): void
  /** The data bytes of the reply, `byteCount(request)` of them. Throws AppError `driver.*`. One at a time. */
  request(request: ModbusRequest, signal: AbortSignal): Promise<Buffer>
  close(): Promise<void>
}

export function createModbusExchange(dependencies: ModbusWireDependencies): ModbusExchange {
  const wire = new ModbusWire(dependencies)
  const repliesAreNumbered = dependencies.framing.type === 'mbap'
  /** Per unit the request whose reply may still come. Bound: the 256 unit numbers. */
  const owed = new Map<number, ModbusRequest>()

  /**
   * A device answers in order. So a probe whose reply has another length than the owed one and the next one is sent
   * first: once it is answered, the owed reply has come (and was thrown away) or never will.
   */
  async function flushOwed(next: ModbusRequest, signal: AbortSignal): Promise<void> {
    const lost = owed.get(next.unitId)
    if (lost === undefined) return
    try {
      await wire.exchange(probeFor(lost, next), signal)
    } catch (error) {
      if (!isException(error)) throw error
    }
    owed.delete(next.unitId)
  }

  return {
    open: () => wire.open(),
    close: () => wire.close(),
    async request(request, signal) {
      await wire.ready(signal)
      if (repliesAreNumbered) return wire.exchange(request, signal)
      await flushOwed(request, signal)
      try {
        return await wire.exchange(request, signal)
      } catch (error) {
        if (!isException(error)) owed.set(request.unitId, request)
        throw error
      }
    },
  }
}

function isException(error: unknown): boolean {
  return error instanceof AppError && error.code === 'driver.exception'
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
