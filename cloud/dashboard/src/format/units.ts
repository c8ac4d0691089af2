// Turns SenML primary units, in which everything is stored, into the units that people use for each quantity.

/** shown = stored × factor + offset, with this many decimals. `unit` is the symbol behind the number. */
export interface DisplayUnit {
  readonly unit: string
  readonly factor: number
  readonly offset: number
  readonly digits: number
  /** No space between number and symbol. */
  readonly tight: boolean
}

/** What a series says of itself, and how large its values are (in its stored unit), where a scale depends on it. */
export interface Quantity {
  readonly unit: string | null
  readonly channel: string
  readonly magnitude: number
}

interface Rule {
  /** SenML primary unit. */
  readonly stored: string
  /** Only channels that match. */
  readonly channel?: RegExp
  /** Only when the magnitude is at least this. */
  readonly atLeast?: number
  readonly unit: string
  readonly factor?: number
  readonly offset?: number
  readonly digits: number
  readonly tight?: boolean
}

/** The first rule that fits wins, so that the particular stands before the general. */
const rules: readonly Rule[] = [
  { stored: 'm', channel: /rain|precipitation/, unit: 'mm', factor: 1000, digits: 1 },
  { stored: 'm', channel: /level|depth|^target-(low|high)$/, unit: 'cm', factor: 100, digits: 1 },
  { stored: 'm', atLeast: 1000, unit: 'km', factor: 1e-3, digits: 2 },
  { stored: 'm', unit: 'm', digits: 2 },
  { stored: 'm/s', channel: /rain|precipitation/, unit: 'mm/h', factor: 3.6e6, digits: 1 },
  { stored: 'm/s', unit: 'm/s', digits: 1 },
  { stored: 'm3/s', unit: 'm³/s', digits: 3 },
  { stored: 'm3', unit: 'm³', digits: 2 },
  { stored: 'Cel', unit: '°C', digits: 1 },
  { stored: 'K', unit: '°C', offset: -273.15, digits: 1 },
  { stored: '%RH', unit: '%', digits: 0, tight: true },
  { stored: '%EL', unit: '%', digits: 0, tight: true },
  { stored: 'S/m', channel: /soil/, unit: 'dS/m', factor: 10, digits: 2 },
  { stored: 'S/m', unit: 'mS/cm', factor: 10, digits: 2 },
  { stored: 'Pa', atLeast: 10_000, unit: 'hPa', factor: 0.01, digits: 1 },
  { stored: 'Pa', unit: 'Pa', digits: 0 },
  { stored: 'rad', unit: '°', factor: 180 / Math.PI, digits: 0, tight: true },
  { stored: '/', channel: /factor$/, unit: '', digits: 2 },
  { stored: '/', channel: /score|anomaly/, unit: '', digits: 2 },
  { stored: '/', unit: '%', factor: 100, digits: 1, tight: true },
  { stored: 'W', atLeast: 10_000, unit: 'kW', factor: 1e-3, digits: 1 },
  { stored: 'W', unit: 'W', digits: 1 },
  { stored: 'W/m2', unit: 'W/m²', digits: 0 },
  { stored: 'J', unit: 'kWh', factor: 1 / 3.6e6, digits: 2 },
  { stored: 'VAs', unit: 'kVAh', factor: 1 / 3.6e6, digits: 2 },
  { stored: 'vars', unit: 'kvarh', factor: 1 / 3.6e6, digits: 2 },
  { stored: 'V', unit: 'V', digits: 1 },
  { stored: 'A', unit: 'A', digits: 2 },
  { stored: 'VA', unit: 'VA', digits: 1 },
  { stored: 'var', unit: 'var', digits: 1 },
  { stored: 'Hz', unit: 'Hz', digits: 2 },
  { stored: 'bit/s', atLeast: 1e6, unit: 'Mbit/s', factor: 1e-6, digits: 2 },
  { stored: 'bit/s', unit: 'kbit/s', factor: 1e-3, digits: 1 },
  { stored: 'B', atLeast: 1e9, unit: 'GB', factor: 1e-9, digits: 2 },
  { stored: 'B', atLeast: 1e6, unit: 'MB', factor: 1e-6, digits: 1 },
  { stored: 'B', unit: 'kB', factor: 1e-3, digits: 1 },
  { stored: 'bit', unit: 'MB', factor: 1 / 8e6, digits: 1 },
  { stored: 'dBW', unit: 'dBm', offset: 30, digits: 0 },
  { stored: 'kg/m3', unit: 'g/m³', factor: 1000, digits: 2 },
  // Times of use over a day: burnt, due, full, down.
  { stored: 's', channel: /-time(\.|$)/, unit: 'h', factor: 1 / 3600, digits: 1 },
  { stored: 's', atLeast: 86_400, unit: 'd', factor: 1 / 86_400, digits: 1 },
  { stored: 's', atLeast: 3600, unit: 'h', factor: 1 / 3600, digits: 1 },
  { stored: 's', atLeast: 60, unit: 'min', factor: 1 / 60, digits: 1 },
  { stored: 's', atLeast: 1, unit: 's', digits: 1 },
  { stored: 's', unit: 'ms', factor: 1000, digits: 0 },
  { stored: 'pH', unit: 'pH', digits: 1 },
  { stored: 'count', unit: '', digits: 0 },
  { stored: 'lx', unit: 'lx', digits: 0 },
  { stored: '1/s', unit: '/s', digits: 2 },
]

/** The unit in which people read this quantity. A unit that is not in the table stays as it is stored. */
export function displayUnit(quantity: Quantity): DisplayUnit {
  const { unit, channel, magnitude } = quantity
  const rule = rules.find(
    (candidate) =>
      candidate.stored === unit &&
      (candidate.channel?.test(channel) ?? true) &&
      (candidate.atLeast === undefined || Math.abs(magnitude) >= candidate.atLeast),
  )
  if (rule === undefined) return { unit: unit ?? '', factor: 1, offset: 0, digits: 2, tight: false }
  const { factor = 1, offset = 0, tight = false } = rule
  return { unit: rule.unit, factor, offset, digits: rule.digits, tight }
}

/** The number in the display unit, unrounded. */
export function toDisplay(stored: number, display: DisplayUnit): number {
  return stored * display.factor + display.offset
}

/** Number and symbol, `4.8 cm`; digits are grouped by commas and never end in a negative zero. */
export function quantityText(stored: number, display: DisplayUnit): string {
  const number = numberText(toDisplay(stored, display), display.digits)
  return display.unit === '' ? number : `${number}${display.tight ? '' : ' '}${display.unit}`
}

/** A number with a fixed count of decimals, grouped by commas. */
export function numberText(value: number, digits: number): string {
  const [whole = '', fraction] = value.toFixed(digits).split('.')
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')
  const text = fraction === undefined ? grouped : `${grouped}.${fraction}`
  return /^-[0.,]*$/.test(text) ? text.slice(1) : text
}

/** Is this series a switch, whose 0 and 1 are words rather than numbers? */
export function isSwitch(quantity: { readonly unit: string | null; readonly channel: string }): boolean {
  if (quantity.unit !== '/' && quantity.unit !== null) return false
  return /(^|-)(relay|on|up|link|state|status|open|alarm|fault|detected|pass)$/.test(quantity.channel)
}

/** One of sixteen points of the compass, 0 = north, clockwise, for an angle in radians. */
export function compassPoint(rad: number): number {
  const turn = rad / (2 * Math.PI)
  return Math.round((turn - Math.floor(turn)) * 16) % 16
}
