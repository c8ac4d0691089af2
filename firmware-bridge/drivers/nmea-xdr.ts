// Parses NMEA 0183 XDR sentences (transducer measurements) with their check sum.
import { AppError } from '../../broker/contract/app-error.ts'

/** One quadruplet: `value` is undefined where the field is empty, which means no measurement. */
export interface XdrReading {
  readonly type: string
  readonly value: number | undefined
  readonly unit: string
  readonly transducer: string
}

export interface NmeaSentence {
  /** `WI` for weather instruments. */
  readonly talker: string
  /** `XDR`, `MWV`, `TXT`, … */
  readonly formatter: string
  readonly fields: readonly string[]
}

const sentencePattern = /^\$([A-Z]{2})([A-Z]{3}),([\x20-\x7e]*)\*([0-9A-Fa-f]{2})$/
const numberPattern = /^[+-]?\d+(?:\.\d*)?$/

/** XOR of the characters between `$` and `*`. */
export function nmeaCheckSum(body: string): number {
  return Buffer.from(body, 'latin1').reduce((sum, byte) => sum ^ byte, 0)
}

/** Throws AppError `driver.frame` for a line that is no sentence with a check sum, `driver.crc` for a wrong one. */
export function parseNmeaSentence(line: string): NmeaSentence {
  const [, talker, formatter, fields, sum] = sentencePattern.exec(line) ?? []
  if (talker === undefined || formatter === undefined || fields === undefined || sum === undefined) {
    throw new AppError('driver.frame', `not a NMEA sentence with a check sum: ${JSON.stringify(line.slice(0, 80))}`)
  }
  if (nmeaCheckSum(line.slice(1, -3)) !== Number.parseInt(sum, 16)) {
    throw new AppError('driver.crc', `wrong check sum in ${JSON.stringify(line.slice(0, 80))}`)
  }
  return { talker, formatter, fields: fields.split(',') }
}

/** The quadruplets type, value, unit, transducer of an XDR sentence. Throws AppError `driver.frame`. */
export function xdrReadings({ formatter, fields }: NmeaSentence): readonly XdrReading[] {
  if (formatter !== 'XDR' || fields.length % 4 !== 0) {
    throw new AppError(
      'driver.frame',
      `a ${formatter} sentence of ${fields.length} fields is not a list of quadruplets`,
    )
  }
  const readings: XdrReading[] = []
  for (let at = 0; at < fields.length; at += 4) {
    const [type = '', digits = '', unit = '', transducer = ''] = fields.slice(at, at + 4)
    if (digits !== '' && !numberPattern.test(digits)) {
      throw new AppError('driver.frame', `malformed value ${JSON.stringify(digits)} of transducer ${type}${transducer}`)
    }
    readings.push({ type, value: digits === '' ? undefined : Number(digits), unit, transducer })
  }
  return readings
}
