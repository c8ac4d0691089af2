// The faults that the simulated field can be told to have, as they travel between processes.
import { Type, type Static } from 'typebox'

const strict = { additionalProperties: false } as const

/** Lamps count from 1 within their cabinet. */
const LampFault = Type.Object(
  {
    kind: Type.Enum(['lamp-out', 'day-burning', 'flicker']),
    cabinet: Type.String(),
    lamp: Type.Integer({ minimum: 1, maximum: 8 }),
  },
  strict,
)
const PumpLeak = Type.Object({ kind: Type.Literal('pump-leak'), paddy: Type.String() }, strict)
const AccessPointDown = Type.Object({ kind: Type.Literal('access-point-down'), accessPoint: Type.String() }, strict)
/** A probe on the paddies' bus: replies with a broken check sum, cut in half, refused, or none. */
const ProbeFault = Type.Object(
  {
    kind: Type.Enum(['probe-wrong-crc', 'probe-truncated', 'probe-exception', 'probe-silent']),
    unitId: Type.Integer({ minimum: 1, maximum: 247 }),
  },
  strict,
)
const WeatherSilent = Type.Object({ kind: Type.Literal('weather-silent') }, strict)

/** The lamps from this one to the end of the cable are cut off. */
const CableBreak = Type.Object(
  { kind: Type.Literal('cable-break'), cabinet: Type.String(), lamp: Type.Integer({ minimum: 1, maximum: 8 }) },
  strict,
)

export const FieldFault = Type.Union([LampFault, CableBreak, PumpLeak, AccessPointDown, ProbeFault, WeatherSilent])
export type FieldFault = Static<typeof FieldFault>
