// What the three Modbus drivers share: one read is a plan of requests on a bus that serves one device at a time.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import { CounterChannels } from '../counter-channel.ts'
import type { Driver, DriverDependencies, DriverDevice, Measurement } from '../driver.ts'
import type { ModbusProfile } from '../profile-schema.ts'
import { createBusTurn } from './bus-turn.ts'
import type { Endpoint } from './byte-link.ts'
import { createModbusExchange } from './modbus-exchange.ts'
import type { ModbusFraming } from './modbus-framing.ts'
import type { ModbusAddress } from './modbus-schemas.ts'
import { planBlocks, type RegisterBlock } from './modbus-plan.ts'
import { measureChannels, type BlockReply } from './modbus-values.ts'
import { planWrite } from './modbus-write.ts'
import { startDeadline } from './read-deadline.ts'

export interface ModbusBus {
  readonly endpoint: Endpoint
  readonly framing: ModbusFraming
  /** Silence kept between frames on a serial bus. */
  readonly silenceMs: number
}

export function createModbusDriver(
  { endpoint, framing, silenceMs }: ModbusBus,
  { clock, log, onDiscard = () => undefined }: DriverDependencies,
): Driver<ModbusAddress, ModbusProfile> {
  const turn = createBusTurn()
  const exchange = createModbusExchange({ endpoint, framing, clock, log, onDiscard })
  const counters = new CounterChannels()
  const plans = new WeakMap<ModbusProfile, readonly RegisterBlock[]>()

  function planOf(profile: ModbusProfile): readonly RegisterBlock[] {
    const known = plans.get(profile)
    if (known !== undefined) return known
    const plan = planBlocks(profile)
    plans.set(profile, plan)
    return plan
  }

  async function readBlocks(
    device: DriverDevice<ModbusAddress, ModbusProfile>,
    signal: AbortSignal,
  ): Promise<BlockReply[]> {
    const replies: BlockReply[] = []
    for (const block of planOf(device.profile)) {
      try {
        replies.push({ block, data: await exchange.request({ unitId: device.address.unitId, ...block }, signal) })
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'driver.exception') throw error
        replies.push({ block, data: error })
      }
      await keepSilence(clock, silenceMs)
    }
    return replies
  }

  return {
    async open() {
      exchange.open()
    },
    read: (device, signal) =>
      turn.take(signal, async (): Promise<readonly Measurement[]> => {
        const deadline = startDeadline(clock, device.timeoutMs, signal)
        try {
          const replies = await readBlocks(device, deadline.signal)
          const refused = replies.map(({ data }) => data).filter((data) => data instanceof AppError)
          if (refused[0] !== undefined && refused.length === replies.length) throw refused[0]
          return measureChannels(device.profile, replies, {
            counters,
            device: device.id,
            monotonicMs: clock.monotonic(),
          })
        } finally {
          deadline.end()
        }
      }),
    write: ({ address, profile, timeoutMs }, setting, signal) =>
      turn.take(signal, async () => {
        const deadline = startDeadline(clock, timeoutMs, signal)
        try {
          await exchange.write({ unitId: address.unitId, ...planWrite(profile, setting) }, deadline.signal)
          await keepSilence(clock, silenceMs)
        } finally {
          deadline.end()
        }
      }),
    async close() {
      counters.clear()
      await exchange.close()
    },
  }
}

function keepSilence(clock: Clock, silenceMs: number): Promise<void> {
  if (silenceMs === 0) return nextTurn()
  return new Promise((resolve) => void clock.setTimer(resolve, silenceMs))
}
