// The LOOP 1 packet of Davis Vantage consoles: 99 bytes, little-endian (Serial Communication Reference Manual; offsets as weewx reads them).
import { AppError } from '../../broker/contract/app-error.ts'

export const loopBytes = 99

/**
 * What the number in a field means. `click`: tips of the rain bucket, whose size is not in the packet; `click/h`: tips an
 * hour; `hhmm`: 1345 is 13:45, given as seconds of the day. Other units are device units.
 */
interface LoopField {
  readonly at: number
  readonly type: 'i8' | 'u8' | 'u16' | 'i16'
  readonly unit?: string
  readonly scale?: number
  readonly offset?: number
  /** Raw values that mean "no sensor, no reading". */
  readonly missing?: readonly number[]
}

const noByte = [255] as const
const noWord = [32_767] as const

function numbered(name: string, count: number, field: LoopField): readonly (readonly [string, LoopField])[] {
  return Array.from({ length: count }, (_, index) => [`${name}-${index + 1}`, { ...field, at: field.at + index }])
}

/** Degrees Fahrenheit + 90 in a byte. */
const coarseDegrees = { type: 'u8', unit: 'degF', offset: -90, missing: noByte } as const
const percent = { type: 'u8', unit: '%RH', missing: noByte } as const

/** Every measurement of the packet by the name that a profile's channel gives it. */
export const loopFields: ReadonlyMap<string, LoopField> = new Map<string, LoopField>([
  // -60, -20, 0, 20, 60: falling rapidly … rising rapidly. 80 is the "P" of consoles older than revision B; other values: no 3 h of data yet.
  ['bar-trend', { at: 3, type: 'i8' }],
  ['next-record', { at: 5, type: 'u16' }],
  ['barometer', { at: 7, type: 'u16', unit: 'inHg', scale: 0.001, missing: [0] }],
  ['inside-temperature', { at: 9, type: 'i16', unit: 'degF', scale: 0.1, missing: noWord }],
  ['inside-humidity', { at: 11, ...percent }],
  ['outside-temperature', { at: 12, type: 'i16', unit: 'degF', scale: 0.1, missing: noWord }],
  ['wind-speed', { at: 14, type: 'u8', unit: 'mph', missing: noByte }],
  ['wind-speed-10-minutes', { at: 15, type: 'u8', unit: 'mph', missing: noByte }],
  // 1 to 360; 0 is no data, and stays so while no wind was measured since power-up.
  ['wind-direction', { at: 16, type: 'u16', unit: 'deg', missing: [0, 32_767] }],
  ...numbered('extra-temperature', 7, { at: 18, ...coarseDegrees }),
  ...numbered('soil-temperature', 4, { at: 25, ...coarseDegrees }),
  ...numbered('leaf-temperature', 4, { at: 29, ...coarseDegrees }),
  ['outside-humidity', { at: 33, ...percent }],
  ...numbered('extra-humidity', 7, { at: 34, ...percent }),
  ['rain-rate', { at: 41, type: 'u16', unit: 'click/h' }],
  ['uv-index', { at: 43, type: 'u8', scale: 0.1, missing: noByte }],
  ['solar-radiation', { at: 44, type: 'u16', unit: 'W/m2', missing: noWord }],
  ['storm-rain', { at: 46, type: 'u16', unit: 'click' }],
  ['day-rain', { at: 50, type: 'u16', unit: 'click' }],
  ['month-rain', { at: 52, type: 'u16', unit: 'click' }],
  ['year-rain', { at: 54, type: 'u16', unit: 'click' }],
  ['day-evapotranspiration', { at: 56, type: 'u16', unit: 'in', scale: 0.001 }],
  ['month-evapotranspiration', { at: 58, type: 'u16', unit: 'in', scale: 0.01 }],
  ['year-evapotranspiration', { at: 60, type: 'u16', unit: 'in', scale: 0.01 }],
  // Centibar is kilopascal.
  ...numbered('soil-moisture', 4, { at: 62, type: 'u8', unit: 'kPa', missing: noByte }),
  ...numbered('leaf-wetness', 4, { at: 66, type: 'u8', missing: noByte }),
  ['inside-alarms', { at: 70, type: 'u8' }],
  ['rain-alarms', { at: 71, type: 'u8' }],
  ['outside-alarms-1', { at: 72, type: 'u8' }],
  ['outside-alarms-2', { at: 73, type: 'u8' }],
  // One bit a transmitter, 0 is number 1; a bit that is set is a battery that is low.
  ['transmitter-batteries', { at: 86, type: 'u8' }],
  ['console-battery', { at: 87, type: 'u16', unit: 'V', scale: 300 / 512 / 100 }],
  ['forecast-icon', { at: 89, type: 'u8' }],
  ['forecast-rule', { at: 90, type: 'u8' }],
  ['sunrise', { at: 91, type: 'u16', unit: 'hhmm', missing: noWord }],
  ['sunset', { at: 93, type: 'u16', unit: 'hhmm', missing: noWord }],
])

/** CRC-16/CCITT: polynomial 0x1021, initial 0. Over a packet with its CRC, high byte first, it is 0. */
export function crcCcitt(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021
    crc &= 0xffff
  }
  return crc
}

/** A field's number in its own unit before `scale` and `offset`; undefined where the console has no reading. */
export type LoopPacket = (field: LoopField) => number | undefined

/** Throws AppError `driver.frame` for what is no LOOP 1 packet, `driver.crc` for a wrong check sum. */
export function parseLoop(bytes: Buffer): LoopPacket {
  if (bytes.length !== loopBytes || bytes.toString('latin1', 0, 3) !== 'LOO') {
    throw new AppError('driver.frame', `not a LOOP packet: ${bytes.length} bytes, ${bytes.toString('hex', 0, 4)}…`)
  }
  if (crcCcitt(bytes) !== 0) throw new AppError('driver.crc', 'a LOOP packet with a wrong check sum')
  if (bytes[4] !== 0) throw new AppError('driver.frame', `a LOOP packet of type ${bytes[4]} instead of 0`)
  return ({ at, type, missing }) => {
    const raw = rawValue(bytes, at, type)
    return missing?.includes(raw) === true ? undefined : raw
  }
}

function rawValue(bytes: Buffer, at: number, type: LoopField['type']): number {
  if (type === 'u8') return bytes.readUInt8(at)
  if (type === 'i8') return bytes.readInt8(at)
  return type === 'u16' ? bytes.readUInt16LE(at) : bytes.readInt16LE(at)
}
