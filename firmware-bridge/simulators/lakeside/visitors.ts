// Who stands at the simulated lakeside: how many, where, and what they wear. Drawn figures, nobody real.
import { expectedClients } from '../nature/access-point.ts'
import { createNoise } from '../nature/seeded-noise.ts'

/** Feet and height in px of a picture of `frame`. */
export interface Visitor {
  readonly x: number
  readonly y: number
  readonly height: number
  /** Of the legs, 0.6 … 1.4. */
  readonly stride: number
  readonly top: string
  readonly legs: string
  readonly skin: string
}

export const frame = { width: 640, height: 480 } as const

/** As many as can stand beside each other. */
export const mostVisitors = 10
/** Of those who are on the access point, so many stand before the camera; more come and go within minutes. */
const shareInView = 0.4
const turnoverMs = 300_000
/** Where the far and the near ones stand, as a share of the height. */
const [farthest, nearest] = [0.62, 0.96]

/** In the picture of the camera at this time, the farthest first. `place`: the access point of the spot. */
export function visitorsAt(
  seed: number,
  place: { readonly id: string; readonly peakClients: number },
  timeMs: number,
): readonly Visitor[] {
  const noise = createNoise(seed, `visitors/${place.id}`)
  const expected = expectedClients({ seed, place: 'tourism', ...place }, timeMs) * shareInView
  const count = Math.round(expected * (1 + 0.6 * noise.smooth(timeMs, turnoverMs)))
  return standing(seed, Math.max(0, Math.min(mostVisitors, count)), Math.floor(timeMs / turnoverMs))
}

/** The same for the same numbers. */
export function standing(seed: number, count: number, turn: number): readonly Visitor[] {
  const places = createNoise(seed, `places-${turn}`)
  const width = frame.width / mostVisitors
  return Array.from({ length: mostVisitors }, (_, place) => place)
    .toSorted((a, b) => places.uniform(a) - places.uniform(b))
    .slice(0, count)
    .map((place) => {
      const noise = createNoise(seed, `visitor-${turn}-${place}`)
      const depth = farthest + (nearest - farthest) * noise.uniform(1)
      return {
        x: (place + 0.35 + 0.3 * noise.uniform(2)) * width,
        y: depth * frame.height,
        height: frame.height * (0.1 + 0.36 * depth),
        stride: 0.6 + 0.8 * noise.uniform(3),
        top: colour(noise.uniform(4), 0.25 + 0.4 * noise.uniform(5), 0.25 + 0.4 * noise.uniform(6)),
        legs: colour(0.55 + 0.15 * noise.uniform(7), 0.25, 0.15 + 0.2 * noise.uniform(8)),
        skin: colour(0.07, 0.45, 0.5 + 0.22 * noise.uniform(9)),
      }
    })
    .toSorted((a, b) => a.y - b.y)
}

function colour(hue: number, saturation: number, lightness: number): string {
  return `hsl(${Math.round(hue * 360)} ${Math.round(saturation * 100)}% ${Math.round(lightness * 100)}%)`
}
