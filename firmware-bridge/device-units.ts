// Units that devices speak but SenML does not know, as SenML primary units; SenML's own come from the contract's registry.
import { toPrimaryUnit } from '../broker/contract/units.ts'

export interface PrimaryValue {
  readonly value: number
  readonly unit: string
}

interface DeviceUnit {
  readonly primary: string
  /** primary = (value + before) × factor + after */
  readonly before?: number
  readonly factor: number
  readonly after?: number
}

const inchM = 0.0254
const kgfPa = 98_066.5

/** Exact definitions where one exists (NIST SP 811, Annex B); mmHg and inHg are conventional, at 0 degC. */
const table: ReadonlyMap<string, DeviceUnit> = new Map<string, DeviceUnit>([
  ['percent', { primary: '/', factor: 0.01 }],
  ['mg/kg', { primary: '/', factor: 1e-6 }],
  ['mg/L', { primary: 'kg/m3', factor: 1e-3 }],
  ['degC', { primary: 'Cel', factor: 1 }],
  ['degF', { primary: 'Cel', before: -32, factor: 5 / 9 }],
  ['deg', { primary: 'rad', factor: Math.PI / 180 }],
  ['uS/cm', { primary: 'S/m', factor: 1e-4 }],
  ['mS/cm', { primary: 'S/m', factor: 0.1 }],
  ['dS/m', { primary: 'S/m', factor: 0.1 }],
  ['kn', { primary: 'm/s', factor: 1852 / 3600 }],
  ['mph', { primary: 'm/s', factor: 0.44704 }],
  ['kPa', { primary: 'Pa', factor: 1000 }],
  ['MPa', { primary: 'Pa', factor: 1e6 }],
  ['bar', { primary: 'Pa', factor: 1e5 }],
  ['mbar', { primary: 'Pa', factor: 100 }],
  ['kgf/cm2', { primary: 'Pa', factor: kgfPa }],
  ['psi', { primary: 'Pa', factor: 6894.757293168 }],
  ['mmHg', { primary: 'Pa', factor: 133.322387415 }],
  ['inHg', { primary: 'Pa', factor: 3386.388640341 }],
  ['in', { primary: 'm', factor: inchM }],
  ['in/h', { primary: 'm/s', factor: inchM / 3600 }],
  ['klx', { primary: 'lx', factor: 1000 }],
])

/** The value in its SenML primary unit; undefined for a unit that neither table knows. */
function toPrimary(value: number, unit: string): PrimaryValue | undefined {
  const known = table.get(unit)
  if (known === undefined) return toPrimaryUnit(value, unit)
  return { value: (value + (known.before ?? 0)) * known.factor + (known.after ?? 0), unit: known.primary }
}

export const deviceUnits = {
  toPrimary,
  isKnown: (unit: string): boolean => toPrimary(0, unit) !== undefined,
} as const
