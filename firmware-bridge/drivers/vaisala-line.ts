// Parses the ASCII lines of Vaisala's WXT530 series: `0R0,Dn=029D,…`, with or without the CRC of lower-case queries.
import { AppError } from '../../broker/contract/app-error.ts'

/** One field: the number, its unit letter; `value` is undefined for what the transmitter flags as invalid with `#`. */
interface VaisalaField {
  readonly key: string
  readonly value: number | undefined
  readonly letter: string
}

export interface VaisalaLine {
  readonly address: string
  /** `R0` composite, `R1` wind, `R2` pressure-temperature-humidity, `R3` precipitation, `R5` supervisor; `TX` an error text. */
  readonly message: string
  readonly fields: readonly VaisalaField[]
}

const headPattern = /^([0-9A-Za-z])([Rr][0-9]|TX)(?:,|$)/
const fieldPattern = /^([A-Z][a-z])=([+-]?\d+(?:\.\d+)?)([A-Za-z#])$/
/** The last field of a composite: text, not a measurement. */
const textField = /^Id=/

/**
 * CRC of a lower-case message as three characters: 16 bits, initial 0, polynomial 0xA001 reflected, six bits a character
 * (WXT530 user guide, appendix on the CRC-16 computation; the same as SDI-12's).
 */
export function vaisalaCrc(text: string): string {
  let crc = 0
  for (const byte of Buffer.from(text, 'latin1')) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1
  }
  return String.fromCharCode(0x40 | (crc >>> 12), 0x40 | ((crc >>> 6) & 0x3f), 0x40 | (crc & 0x3f))
}

/**
 * The fields of a line. Throws AppError `driver.frame` for a line that is not one or has a malformed field, `driver.crc`
 * for a wrong CRC, `driver.exception` for an error text of the transmitter (`0TX,Unknown cmd error`).
 */
export function parseVaisalaLine(line: string): VaisalaLine {
  const [head, address, message] = headPattern.exec(line) ?? []
  if (head === undefined || address === undefined || message === undefined) {
    throw new AppError('driver.frame', `not a Vaisala message: ${quote(line)}`)
  }
  if (message === 'TX')
    throw new AppError('driver.exception', `the transmitter answers ${quote(line.slice(head.length))}`)
  const body = message.startsWith('r') ? withoutCrc(line) : line
  const fields = body
    .slice(head.length)
    .split(',')
    .filter((part) => part !== '' && !textField.test(part))
    .map(parseField)
  return { address, message: message.toUpperCase(), fields }
}

function withoutCrc(line: string): string {
  const body = line.slice(0, -3)
  if (vaisalaCrc(body) !== line.slice(-3)) throw new AppError('driver.crc', `wrong CRC in ${quote(line)}`)
  return body
}

function parseField(part: string): VaisalaField {
  const [, key, digits, letter] = fieldPattern.exec(part) ?? []
  if (key === undefined || digits === undefined || letter === undefined) {
    throw new AppError('driver.frame', `malformed field ${quote(part)}`)
  }
  return { key, value: letter === '#' ? undefined : Number(digits), letter }
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}
