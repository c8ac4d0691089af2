// What may be published of a series or a list, and how exactly: off until somebody with the right switches it on.
import { Type, type Static } from 'typebox'
import { LocalizedText } from '../../broker/contract/documents.ts'

const strict = { additionalProperties: false } as const

export const SeriesPublication = Type.Object(
  {
    public: Type.Boolean(),
    delayMin: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 525_600,
        description: 'A reading appears so long after it was made; default 15',
      }),
    ),
    roundTo: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1e9,
        description: 'Values become multiples of this; without it as measured',
      }),
    ),
    placeDecimals: Type.Optional(
      Type.Union([Type.Integer({ minimum: 0, maximum: 6 }), Type.Null()], {
        description: 'Decimals of the degrees of the place; null: no place. Default 3, some 100 m',
      }),
    ),
    since: Type.Optional(
      Type.Number({ description: 'Unix ms; earlier readings stay private. Default: when it was switched on' }),
    ),
    title: Type.Optional({ ...LocalizedText, description: 'What takes the place of the names of site and device' }),
  },
  strict,
)
export type SeriesPublication = Static<typeof SeriesPublication>

export const ListPublication = Type.Object({ public: Type.Boolean() }, strict)
export type ListPublication = Static<typeof ListPublication>

/** A series that is published, with every setting. */
export interface PublicSeriesSettings {
  readonly delayMs: number
  readonly roundTo: number | undefined
  /** Undefined: no place. */
  readonly placeDecimals: number | undefined
  readonly sinceMs: number
  readonly title: LocalizedText | undefined
}

const defaultDelayMin = 15
const defaultPlaceDecimals = 3

/** `switchedOnMs`: when `public` became true. */
export function publicSettings(
  { delayMin = defaultDelayMin, roundTo, placeDecimals = defaultPlaceDecimals, since, title }: SeriesPublication,
  switchedOnMs: number,
): PublicSeriesSettings {
  return {
    delayMs: delayMin * 60_000,
    roundTo,
    placeDecimals: placeDecimals ?? undefined,
    sinceMs: since ?? switchedOnMs,
    title,
  }
}

/** The nearest multiple of `step`, without the noise of binary fractions. */
export function rounded(value: number, step: number | undefined): number {
  return step === undefined ? value : Number((Math.round(value / step) * step).toPrecision(12))
}

export function roundedPosition(
  position: { readonly lat: number; readonly lon: number },
  decimals: number,
): { readonly lat: number; readonly lon: number } {
  return { lat: Number(position.lat.toFixed(decimals)), lon: Number(position.lon.toFixed(decimals)) }
}
