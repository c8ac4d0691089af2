// Which series share a value axis: one unit left, another right, a third nowhere.
import type { DisplayUnit } from '../format/units.ts'
import { displayUnit, isSwitch } from '../format/units.ts'

/** Stored unit, channel and the greatest magnitude of a series, as in Quantity. */
export interface Measured {
  readonly unit: string | null
  readonly channel: string
  readonly magnitude: number
}

export type Side = 'left' | 'right'

interface Axis {
  readonly side: Side
  /** Of the series with the greatest magnitude of those on it. */
  readonly lead: Measured
}

export interface AxisPlan {
  /** One or two. */
  readonly axes: readonly Axis[]
  /** For each series its side; undefined: its unit finds no place. */
  readonly sides: readonly (Side | undefined)[]
}

/** Two series with the same word are read on one axis: centimetres of water and of snow, but not millimetres of rain. */
export function axisWord({ unit, channel }: Pick<Measured, 'unit' | 'channel'>): string {
  if (isSwitch({ unit, channel })) return 'switch'
  const small: DisplayUnit = displayUnit({ unit, channel, magnitude: 1 })
  return `${unit ?? ''} ${small.unit}`
}

export function planAxes(series: readonly Measured[]): AxisPlan {
  const words = [...new Set(series.map(axisWord))].slice(0, 2)
  const sideOf = (one: Measured): Side | undefined => {
    const place = words.indexOf(axisWord(one))
    return place < 0 ? undefined : place === 0 ? 'left' : 'right'
  }
  const axes = words.map((word, place): Axis => {
    const members = series.filter((one) => axisWord(one) === word)
    const lead = members.reduce((most, one) => (one.magnitude > most.magnitude ? one : most))
    return { side: place === 0 ? 'left' : 'right', lead }
  })
  return { axes, sides: series.map(sideOf) }
}
