// The SenML unit registry: which units may travel, and how a secondary unit becomes its primary one (RFC 8428 Table 6, RFC 8798).

/** Primary units, the deprecated and not recommended ones included: they are accepted, never produced. */
export const primaryUnits: ReadonlySet<string> = new Set(
  (
    'm kg g s A K cd mol Hz rad sr N Pa J W C V F Ohm S Wb T H Cel lm lx Bq Gy Sv kat m2 m3 l m/s m/s2 m3/s l/s W/m2 cd/m2 ' +
    'bit bit/s lat lon pH dB dBW Bspl count / % %RH %EL EL 1/s 1/min beat/min beats S/m B VA VAs var vars J/m kg/m3 deg'
  ).split(' '),
)

interface Conversion {
  readonly primary: string
  readonly multiply: number
  readonly divide: number
  readonly offset: number
}

function conversion(primary: string, multiply: number, divide = 1, offset = 0): Conversion {
  return { primary, multiply, divide, offset }
}

/** RFC 8798 Table 2: primary = value × multiply ÷ divide + offset. */
const secondaryUnits: ReadonlyMap<string, Conversion> = new Map([
  ['ms', conversion('s', 1, 1000)],
  ['min', conversion('s', 60)],
  ['h', conversion('s', 3600)],
  ['MHz', conversion('Hz', 1e6)],
  ['kW', conversion('W', 1000)],
  ['kVA', conversion('VA', 1000)],
  ['kvar', conversion('var', 1000)],
  ['Ah', conversion('C', 3600)],
  ['Wh', conversion('J', 3600)],
  ['kWh', conversion('J', 3_600_000)],
  ['varh', conversion('vars', 3600)],
  ['kvarh', conversion('vars', 3_600_000)],
  ['kVAh', conversion('VAs', 3_600_000)],
  ['Wh/km', conversion('J/m', 3.6)],
  ['KiB', conversion('B', 1024)],
  ['GB', conversion('B', 1e9)],
  ['B/s', conversion('bit/s', 8)],
  ['MB/s', conversion('bit/s', 8_000_000)],
  ['Mbit/s', conversion('bit/s', 1e6)],
  ['mV', conversion('V', 1, 1000)],
  ['mA', conversion('A', 1, 1000)],
  ['dBm', conversion('dBW', 1, 1, -30)],
  ['ug/m3', conversion('kg/m3', 1, 1e9)],
  ['mm/h', conversion('m/s', 1, 3_600_000)],
  ['m/h', conversion('m/s', 1, 3600)],
  ['ppm', conversion('/', 1, 1e6)],
  ['/100', conversion('/', 1, 100)],
  ['/1000', conversion('/', 1, 1000)],
  ['hPa', conversion('Pa', 100)],
  ['mm', conversion('m', 1, 1000)],
  ['cm', conversion('m', 1, 100)],
  ['km', conversion('m', 1000)],
  ['km/h', conversion('m/s', 1, 3.6)],
])

/**
 * A value in a SenML unit, primary or secondary, as a value in the primary unit. `%` is the deprecated name of the
 * ratio `/` (RFC 8428 Table 6), not a percentage: its value stays. Undefined for a unit that is not registered.
 */
export function toPrimaryUnit(
  value: number,
  unit: string,
): { readonly value: number; readonly unit: string } | undefined {
  if (unit === '%') return { value, unit: '/' }
  if (primaryUnits.has(unit)) return { value, unit }
  const secondary = secondaryUnits.get(unit)
  if (secondary === undefined) return undefined
  return { value: (value * secondary.multiply) / secondary.divide + secondary.offset, unit: secondary.primary }
}

/** A sum over time (unit·seconds) in a SenML unit as one in the primary unit; offsets do not apply to sums. */
export function sumToPrimaryUnit(
  sum: number,
  unit: string,
): { readonly value: number; readonly unit: string } | undefined {
  const secondary = secondaryUnits.get(unit)
  if (secondary === undefined) return toPrimaryUnit(sum, unit)
  return { value: (sum * secondary.multiply) / secondary.divide, unit: secondary.primary }
}
