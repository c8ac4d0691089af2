// From a value to the coil or registers that hold it: the way of modbus-values.ts backwards, for channels that can be set.
import { AppError } from '../../broker/contract/app-error.ts'
import { deviceUnits } from '../device-units.ts'
import type { ChannelSetting } from '../driver.ts'
import type { ModbusChannel, ModbusProfile, ModbusSource } from '../profile-schema.ts'

/** What is written, without the unit id. */
export type PlannedWrite =
  | { readonly table: 'coil'; readonly address: number; readonly on: boolean }
  | { readonly table: 'holding'; readonly address: number; readonly words: readonly number[] }

const ranges = {
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  int32: [-2_147_483_648, 2_147_483_647],
  uint32: [0, 4_294_967_295],
} as const satisfies Partial<Record<ModbusSource['type'], readonly [number, number]>>

/** Why a channel cannot be set; undefined: it can. */
export function writeHindrance(profile: ModbusProfile, channelId: string): string | undefined {
  const channel = profile.channels.find(({ id }) => id === channelId)
  if (channel === undefined) return `"${channelId}" is not a channel of ${profile.id}`
  const { source, counter, currentLoop, decimalsFrom, exponentFrom, unitFrom } = channel
  if (source.table !== 'coil' && source.table !== 'holding') {
    return `"${channelId}" is read from the table ${source.table}, which cannot be written`
  }
  const derived = [counter, currentLoop, decimalsFrom, exponentFrom, unitFrom].some((part) => part !== undefined)
  return derived ? `"${channelId}" is more than a scaled register` : undefined
}

/** `value` is in the SenML primary unit of the channel. Throws AppError `driver.exception` for a channel that cannot be set, `limit.exceeded` for a value that it cannot hold. */
export function planWrite(profile: ModbusProfile, { channel: channelId, value }: ChannelSetting): PlannedWrite {
  const hindrance = writeHindrance(profile, channelId)
  const channel = profile.channels.find(({ id }) => id === channelId)
  if (hindrance !== undefined || channel === undefined) throw new AppError('driver.exception', hindrance ?? channelId)
  const { address, type } = channel.source
  const raw = rawOf(channel, value)
  if (type === 'bit') {
    if (raw !== 0 && raw !== 1) throw tooWide(channelId, value)
    return { table: 'coil', address, on: raw === 1 }
  }
  if (type === 'float32') {
    if (!Number.isFinite(Math.fround(raw))) throw tooWide(channelId, value)
    const bytes = Buffer.alloc(4)
    bytes.writeFloatBE(raw)
    return { table: 'holding', address, words: twoWords(bytes, profile) }
  }
  const whole = Math.round(raw)
  const [least, most] = ranges[type]
  if (!(whole >= least && whole <= most)) throw tooWide(channelId, value)
  if (type === 'int16' || type === 'uint16') return { table: 'holding', address, words: [whole & 0xffff] }
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(whole >>> 0)
  return { table: 'holding', address, words: twoWords(bytes, profile) }
}

/** Units are scaled and shifted, so two points of one tell the way back. */
function rawOf({ unit, scale = 1, offset = 0 }: ModbusChannel, value: number): number {
  const zero = unit === undefined ? 0 : (deviceUnits.toPrimary(0, unit)?.value ?? 0)
  const one = unit === undefined ? 1 : (deviceUnits.toPrimary(1, unit)?.value ?? 1)
  const raw = ((value - zero) / (one - zero) - offset) / scale
  // 0.7 ÷ 0.01 is 70.00000000000001, as on the way in.
  return Number(raw.toPrecision(12))
}

function twoWords(bytes: Buffer, { modbus }: ModbusProfile): readonly number[] {
  const words = [bytes.readUInt16BE(0), bytes.readUInt16BE(2)]
  return modbus?.wordOrder === 'little' ? words.reverse() : words
}

function tooWide(channel: string, value: number): AppError {
  return new AppError('limit.exceeded', `${value} does not fit into ${channel}`)
}
