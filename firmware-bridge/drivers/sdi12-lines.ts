// The answers of SDI-12 sensors (SDI-12 Support Group, version 1.3 and 1.4): start of a measurement, values, identification.
import { AppError } from '../../broker/contract/app-error.ts'
import { vaisalaCrc } from './vaisala-line.ts'

/** What a sensor says to a start: values are ready after `seconds`, `count` of them. */
export interface MeasurementStart {
  readonly seconds: number
  readonly count: number
}

/** `aM!` is answered by atttn, `aC!` by atttnn: seconds, then the number of values. Throws AppError `driver.frame`. */
export function parseStart(line: string, address: string): MeasurementStart {
  const [, from, seconds, count] = /^([0-9A-Za-z])(\d{3})(\d{1,2})$/.exec(line) ?? []
  if (from === undefined || seconds === undefined || count === undefined) throw malformed(line)
  if (from !== address) throw new AppError('driver.frame', `sensor ${from} answers for ${address}`)
  return { seconds: Number(seconds), count: Number(count) }
}

/** A sign, then at most seven digits with at most one decimal point. */
const valuePattern = /[+-](?:\d{1,7}(?:\.\d{0,7})?|\.\d{1,7})/y

/**
 * The values of an answer to `aD0!` or `aR0!`: `a+1.5-0.2`, with three CRC characters where it was asked for. The CRC is
 * that of Vaisala's lines, over all before it. Throws AppError `driver.frame | driver.crc`.
 */
export function parseValues(line: string, address: string, hasCrc: boolean): readonly number[] {
  const body = hasCrc ? line.slice(0, -3) : line
  if (body[0] !== address) throw malformed(line)
  if (hasCrc && vaisalaCrc(body) !== line.slice(-3)) throw new AppError('driver.crc', `wrong CRC in ${quote(line)}`)
  const values: number[] = []
  valuePattern.lastIndex = 1
  while (valuePattern.lastIndex < body.length) {
    const [text] = valuePattern.exec(body) ?? []
    if (text === undefined) throw malformed(line)
    values.push(Number(text))
  }
  return values
}

/** The answer to `aI!`: address, version, vendor (8), model (6), version of the sensor (3) and up to 13 more characters. */
export function isIdentification(line: string, address: string): boolean {
  return line[0] === address && /^.\d{2}[\x20-\x7e]{17,30}$/.test(line)
}

function malformed(line: string): AppError {
  return new AppError('driver.frame', `not an SDI-12 answer: ${quote(line)}`)
}

function quote(line: string): string {
  return JSON.stringify(line.slice(0, 90))
}
