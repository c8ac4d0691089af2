// What a person says about a display: where its digits are, what they mean, and what its value can do.
import { AppError } from '../../broker/contract/app-error.ts'
import type { DisplayRegion } from './display-image.ts'

export interface DisplaySettings {
  readonly region: DisplayRegion
  /** How many digits it has; undefined: any number. */
  readonly digits: number | undefined
  /** Digits behind the point, whether the point is seen or not; undefined: as it is read. */
  readonly decimals: number | undefined
  /** SenML primary unit after `scale`. */
  readonly unit: string | undefined
  readonly scale: number
  /** A counter: it never goes back, but rolls over after its digits. */
  readonly isCounter: boolean
  /** Largest change in a second, in `unit`. */
  readonly maxRatePerS: number | undefined
}

const whole: DisplayRegion = { x: 0, y: 0, width: 1, height: 1 }

/** `value`: `settings` of the watch, a plain value. Throws AppError `config.invalid`. */
export function displaySettings(value: unknown): DisplaySettings {
  const given = recordOf(value)
  const known = ['region', 'digits', 'decimals', 'unit', 'scale', 'counter', 'maxRatePerS']
  const strange = Object.keys(given).find((key) => !known.includes(key))
  if (strange !== undefined) throw invalid(`${strange} is not known; known are ${known.join(', ')}`)
  const { unit, counter } = given
  if (unit !== undefined && typeof unit !== 'string') throw invalid('unit must be a text, e.g. m3')
  if (counter !== undefined && typeof counter !== 'boolean') throw invalid('counter must be true or false')
  return {
    region: regionOf(given['region']),
    digits: wholeNumber(given['digits'], 'digits', 1, 15),
    decimals: wholeNumber(given['decimals'], 'decimals', 0, 9),
    unit,
    scale: number(given['scale'], 'scale') ?? 1,
    isCounter: counter ?? false,
    maxRatePerS: number(given['maxRatePerS'], 'maxRatePerS'),
  }
}

function regionOf(value: unknown): DisplayRegion {
  if (value === undefined) return whole
  const given = recordOf(value)
  const side = (key: string): number => {
    const found = number(given[key], `region.${key}`)
    if (found === undefined || found < 0 || found > 1) throw invalid(`region.${key} must be a share from 0 to 1`)
    return found
  }
  const region = { x: side('x'), y: side('y'), width: side('width'), height: side('height') }
  if (
    region.width === 0 ||
    region.height === 0 ||
    region.x + region.width > 1.001 ||
    region.y + region.height > 1.001
  ) {
    throw invalid('region must lie within the picture')
  }
  return region
}

function wholeNumber(value: unknown, name: string, least: number, most: number): number | undefined {
  const found = number(value, name)
  if (found === undefined || (Number.isInteger(found) && found >= least && found <= most)) return found
  throw invalid(`${name} must be a whole number from ${least} to ${most}`)
}

function number(value: unknown, name: string): number | undefined {
  if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value
  throw invalid(`${name} must be a number`)
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (value === undefined) return {}
  if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>
  throw invalid('they must be keys with values')
}

function invalid(message: string): AppError {
  return new AppError('config.invalid', `settings of a display: ${message}`)
}
