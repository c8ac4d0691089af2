// From the registers that a device gave to its channels' measurements.
import type { AppError } from '../../broker/contract/app-error.ts'
import { measure, unusable } from '../channel-measurement.ts'
import type { Measurement } from '../driver.ts'
import type { ModbusChannel, ModbusProfile, ModbusSource } from '../profile-schema.ts'
import { widthOf, type RegisterBlock } from './modbus-plan.ts'

/** A block's data bytes, or why the device refused it. */
export interface BlockReply {
  readonly block: RegisterBlock
  readonly data: Buffer | AppError
}

const maxDecimals = 6

/** One measurement a channel: a refused block makes its channels bad with reason `exception`. */
export function measureChannels(profile: ModbusProfile, replies: readonly BlockReply[]): readonly Measurement[] {
  return profile.channels.map((channel) => {
    const raw = rawValue(profile, channel.source, replies)
    if (raw === undefined) return unusable(channel, 'exception')
    if (channel.invalid?.includes(raw) === true) return unusable(channel, 'sensor-fault')
    return measureRaw(profile, channel, raw, replies)
  })
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
