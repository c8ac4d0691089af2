// From the text of a display to a value that can be believed: number, decimals, and what the value before it allows.
import type { DisplaySettings } from './display-settings.ts'
import type { LineText } from './line-text.ts'

/**
 * Why a value is not good. unreadable: too little is sure. digits: not as many as the display has. backwards: a counter went back.
 * rate: it changed faster than it can.
 */
type DisplayFault = 'unreadable' | 'digits' | 'backwards' | 'rate'

export interface DisplayValue {
  /** In the unit of the settings; undefined where nothing was read. */
  readonly value: number | undefined
  /** uncertain: read, but it should not be so. bad: not read. */
  readonly quality: 'good' | 'uncertain' | 'bad'
  readonly fault: DisplayFault | undefined
}

/** The last good value, and how long ago it was read. */
export interface LastValue {
  readonly value: number
  readonly agoS: number
}

/** `confidence`: a line with less is not believed. */
export function displayValue(
  line: LineText,
  settings: DisplaySettings,
  last: LastValue | undefined,
  confidence: number,
): DisplayValue {
  const digits = line.text.replaceAll(/\D/g, '')
  if (digits === '' || line.confidence < confidence) return { value: undefined, quality: 'bad', fault: 'unreadable' }
  if (settings.digits !== undefined && digits.length !== settings.digits) {
    return { value: undefined, quality: 'bad', fault: 'digits' }
  }
  const value = numberOf(line.text, digits, settings)
  if (value === undefined) return { value: undefined, quality: 'bad', fault: 'unreadable' }
  const fault = last === undefined ? undefined : implausible(value, last, digits.length, settings)
  return { value, quality: fault === undefined ? 'good' : 'uncertain', fault }
}

/** With configured decimals the point that was read is of no account: it is the smallest thing on a display. */
function numberOf(text: string, digits: string, { decimals, scale }: DisplaySettings): number | undefined {
  const minus = text.startsWith('-') ? -1 : 1
  if (decimals !== undefined) return (minus * Number(digits) * scale) / 10 ** decimals
  const read = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(read) ? read * scale : undefined
}

function implausible(
  value: number,
  last: LastValue,
  digits: number,
  { isCounter, maxRatePerS, decimals = 0, scale }: DisplaySettings,
): DisplayFault | undefined {
  const limit = maxRatePerS === undefined ? Number.POSITIVE_INFINITY : maxRatePerS * last.agoS
  const change = value - last.value
  if (!isCounter) return Math.abs(change) > limit ? 'rate' : undefined
  if (change >= 0) return change > limit ? 'rate' : undefined
  // A counter that rolled over: without a known rate, only from its last tenth to its first.
  const span = 10 ** (digits - decimals) * scale
  return change + span <= Math.min(limit, span / 5) ? undefined : 'backwards'
}
