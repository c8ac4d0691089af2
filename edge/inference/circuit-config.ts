// The lighting circuits in gateway.yaml: which series are the lamps of a cable, in their order, and what is known of their supply.
import { Type, type Static } from 'typebox'
import { splitSeriesName } from '../../broker/contract/sample.ts'
import type { Fault } from '../config-faults.ts'
import type { LightingCircuit } from './lighting-circuit.ts'

const strict = { additionalProperties: false } as const
const Series = (example: string) =>
  Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*:[A-Za-z0-9._-]+$', maxLength: 128, examples: [example] })

export const ConfiguredCircuit = Type.Object(
  {
    id: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$', examples: ['cabinet-1'] }),
    package: Type.String({ minLength: 1, examples: ['lamp-fault'] }),
    voltage: Type.Optional(Series('cabinet-1:supply-voltage')),
    /** In the order of the cable, the nearest to the cabinet first. */
    lamps: Type.Array(
      Type.Object(
        { power: Series('cabinet-1:lamp-1-power'), command: Type.Optional(Series('cabinet-1:lamp-1-relay')) },
        { ...strict, examples: ['{ power: cabinet-1:lamp-1-power, command: cabinet-1:lamp-1-relay }'] },
      ),
      { minItems: 1, maxItems: 256, examples: ['[{ power: cabinet-1:lamp-1-power }]'] },
    ),
    /** Seconds of the model that pass in one second: for demonstrations and tests. */
    pace: Type.Optional(Type.Number({ minimum: 1, maximum: 3600, examples: [1] })),
  },
  strict,
)
type ConfiguredCircuit = Static<typeof ConfiguredCircuit>

/** Series of devices that are not there, and lamps that are named twice. */
export function circuitFaults(
  circuits: readonly ConfiguredCircuit[] | undefined,
  devices: ReadonlySet<string>,
): readonly Fault[] {
  const lamps = new Set<string>()
  return (circuits ?? []).flatMap((circuit, index) => {
    const at = `/circuits/${index}`
    const named = [
      { path: `${at}/voltage`, series: circuit.voltage },
      ...circuit.lamps.flatMap(({ power, command }, lamp) => [
        { path: `${at}/lamps/${lamp}/power`, series: power },
        { path: `${at}/lamps/${lamp}/command`, series: command },
      ]),
    ]
    const unknown = named.flatMap(({ path, series }) => {
      const device = series === undefined ? undefined : splitSeriesName(series).device
      return device === undefined || devices.has(device)
        ? []
        : [{ path, message: `names the device "${device}", which is not configured` }]
    })
    const twice = circuit.lamps.flatMap(({ power }, lamp) => {
      const isKnown = lamps.has(power)
      lamps.add(power)
      return isKnown ? [{ path: `${at}/lamps/${lamp}/power`, message: `"${power}" is a lamp already` }] : []
    })
    return [...unknown, ...twice]
  })
}

export function completedCircuits(circuits: readonly ConfiguredCircuit[] | undefined): readonly LightingCircuit[] {
  return (circuits ?? []).map(({ id, package: name, voltage, lamps, pace }) => ({
    id,
    package: name,
    voltage,
    lamps: lamps.map(({ power, command }) => ({ power, command })),
    pace: pace ?? 1,
  }))
}
