// From the registers that a device gave to its channels' measurements.
import type { AppError } from '../../broker/contract/app-error.ts'
import { measure, unusable } from '../channel-measurement.ts'
import type { CounterChannels, CounterMeaning } from '../counter-channel.ts'
import { measureLoopCurrent } from '../current-loop.ts'
import type { Measurement } from '../driver.ts'
import type { ModbusChannel, ModbusProfile, ModbusSource } from '../profile-schema.ts'
import { widthOf, type RegisterBlock } from './modbus-plan.ts'

/** A block's data bytes, or why the device refused it. */
export interface BlockReply {
  readonly block: RegisterBlock
  readonly data: Buffer | AppError
}

/** What a read remembers of the one before it: the device's counters, and when they are read now. */
export interface CounterMemory {
  readonly counters: CounterChannels
  readonly device: string
  readonly monotonicMs: number
}

const maxDecimals = 6
const maxExponent = 9

/**
 * One measurement a channel, but for the first read of a counter's rate, which gives none. A refused block makes its
 * channels bad with reason `exception`.
 */
export function measureChannels(
  profile: ModbusProfile,
  replies: readonly BlockReply[],
  memory: CounterMemory,
): readonly Measurement[] {
  return profile.channels.flatMap((channel) => {
    const raw = rawValue(profile, channel.source, replies)
    if (raw === undefined) return [unusable(channel, 'exception')]
    if (channel.invalid?.includes(raw) === true) return [unusable(channel, 'sensor-fault')]
    const { counter, currentLoop } = channel
    if (counter !== undefined) return measureCounter({ ...channel, counter }, raw, memory)
    if (currentLoop !== undefined) return [measureLoopCurrent({ ...channel, currentLoop }, raw)]
    return [measureRaw(profile, channel, raw, replies)]
  })
}

function measureCounter(
  channel: ModbusChannel & { readonly counter: CounterMeaning },
  count: number,
  { counters, device, monotonicMs }: CounterMemory,
): readonly Measurement[] {
  const bits = channel.source.type === 'uint16' ? 16 : 32
  return counters.measure(`${device}:${channel.id}`, channel, { count, bits, monotonicMs })
}

function measureRaw(
  profile: ModbusProfile,
  channel: ModbusChannel,
  raw: number,
  replies: readonly BlockReply[],
): Measurement {
  let value = raw
  if (channel.decimalsFrom !== undefined) {
    const decimals = rawValue(profile, channel.decimalsFrom, replies)
    if (decimals === undefined) return unusable(channel, 'exception')
    if (!Number.isInteger(decimals) || decimals < 0 || decimals > maxDecimals) return unusable(channel, 'sensor-fault')
    value /= 10 ** decimals
  }
  if (channel.exponentFrom !== undefined) {
    const exponent = rawValue(profile, channel.exponentFrom, replies)
    if (exponent === undefined) return unusable(channel, 'exception')
    if (!Number.isInteger(exponent) || Math.abs(exponent) > maxExponent) return unusable(channel, 'sensor-fault')
    value *= 10 ** exponent
  }
  if (channel.unitFrom === undefined) return measure(channel, value)
  const code = rawValue(profile, channel.unitFrom.source, replies)
  if (code === undefined) return unusable(channel, 'exception')
  const unit = channel.unitFrom.codes[String(code)]
  if (unit === undefined) return unusable(channel, 'sensor-fault')
  return measure(channel, value * (unit.scale ?? 1), { unit: unit.unit })
}

/** The number in a source's registers; undefined when its block was refused. */
function rawValue(profile: ModbusProfile, source: ModbusSource, replies: readonly BlockReply[]): number | undefined {
  const reply = replies.find(
    ({ block }) =>
      block.table === source.table &&
      source.address >= block.address &&
      source.address + widthOf(source) <= block.address + block.count,
  )
  if (reply === undefined || !Buffer.isBuffer(reply.data)) return undefined
  return decode(reply.data, source.address - reply.block.address, source.type, profile.modbus?.wordOrder ?? 'big')
}

function decode(data: Buffer, index: number, type: ModbusSource['type'], wordOrder: 'big' | 'little'): number {
  if (type === 'bit') return ((data[index >> 3] ?? 0) >> (index & 7)) & 1
  if (type === 'int16') return data.readInt16BE(index * 2)
  if (type === 'uint16') return data.readUInt16BE(index * 2)
  const words = twoWords(data, index, wordOrder)
  if (type === 'int32') return words.readInt32BE()
  if (type === 'uint32') return words.readUInt32BE()
  return words.readFloatBE()
}

function twoWords(data: Buffer, index: number, wordOrder: 'big' | 'little'): Buffer {
  const words = data.subarray(index * 2, index * 2 + 4)
  return wordOrder === 'big' ? words : Buffer.concat([words.subarray(2, 4), words.subarray(0, 2)])
}
