// The head of a product as the file `head.json` of its package: numbers as base64 of little-endian float32, the rest as JSON.
import { refusal } from '../refusal.ts'
import { factCount, type TaughtHead, viewPlans } from './head.ts'
import { zones } from './patch-map.ts'
import type { Places } from './view.ts'

const format = 1

/** A picture of the package and the score that the head gave it on the gateway where it was fitted. */
export interface HeadCheck {
  readonly image: string
  readonly score: number
}

/** How an example was judged by a head that was fitted without it. */
export interface HeldScore {
  readonly name: string
  readonly isBad: boolean
  readonly heldScore: number
}

interface HeadFile {
  readonly head: TaughtHead
  readonly checks: readonly HeadCheck[]
  readonly held: readonly HeldScore[]
}

export function encodeHead({ head, checks, held }: HeadFile): Uint8Array {
  const { views, looks, ...rest } = head
  const packed = {
    format,
    views: views.map(({ plan, mean, factor, zones: list, places }) => ({
      plan,
      mean: text(mean),
      factor: text(factor),
      zones: list,
      places: places && { ...places, middle: text(places.middle), spread: text(places.spread) },
    })),
    looks: looks.map((list) => list.map(text)),
    ...rest,
    checks,
    held,
  }
  return new TextEncoder().encode(`${JSON.stringify(packed)}\n`)
}

/** Throws AppError `model.invalid` `bad-schema` for what this version did not write. */
export function decodeHead(bytes: Uint8Array): HeadFile {
  try {
    return readHead(JSON.parse(new TextDecoder().decode(bytes)) as Packed)
  } catch (cause) {
    throw refusal('bad-schema', `the taught head is damaged, or of another version: ${String(cause)}`, cause)
  }
}

type Packed = Omit<TaughtHead, 'views' | 'looks'> & {
  readonly format: number
  readonly views: readonly (Omit<TaughtHead['views'][number], 'mean' | 'factor' | 'places'> & {
    readonly mean: string
    readonly factor: string
    readonly places?: Omit<Places, 'middle' | 'spread'> & { readonly middle: string; readonly spread: string }
  })[]
  readonly looks: readonly (readonly string[])[]
  readonly checks: readonly HeadCheck[]
  readonly held: readonly HeldScore[]
}

/** The manifest's hashes vouch for the bytes; what is checked here is that this version means the same by them. */
function readHead({ format: found, views, looks, checks, held, facts, logistic, threshold, heat }: Packed): HeadFile {
  const plans = views.map(({ plan }) => plan)
  if (found !== format || JSON.stringify(plans) !== JSON.stringify(viewPlans)) throw new Error('its views are others')
  const decoded = views.map(({ plan, mean, factor, zones: list, places }) => {
    const size = plan.to - plan.from
    if (list.length !== zones) throw new Error('its zones are others')
    return {
      plan,
      zones: list,
      mean: floats(mean, size),
      factor: floats(factor, size * size),
      places: placesOf(places),
    }
  })
  const looksOf = looks.map((list, index) => {
    const { from, to } = viewPlans[index] ?? { from: 0, to: 0 }
    return list.map((look) => floats(look, 2 * (to - from)))
  })
  if (facts.length !== factCount || logistic.weights.length !== factCount) throw new Error('its facts are others')
  for (const value of [threshold.logit, threshold.scale, heat.middle, heat.scale, logistic.bias]) {
    if (!Number.isFinite(value)) throw new Error('a number is missing')
  }
  const head: TaughtHead = { views: decoded, looks: looksOf, facts, logistic, threshold, heat }
  return { head, checks, held }
}

function placesOf(packed: Packed['views'][number]['places']): Places | undefined {
  if (packed === undefined) return undefined
  const { width, height, middle, spread } = packed
  return { width, height, middle: floats(middle, width * height), spread: floats(spread, width * height) }
}

function text(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64')
}

function floats(encoded: string, count: number): Float32Array {
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.length !== count * 4) throw new Error(`${bytes.length} bytes where ${count * 4} belong`)
  return Float32Array.from({ length: count }, (_, index) => bytes.readFloatLE(index * 4))
}
