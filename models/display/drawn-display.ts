// Draws displays of meters as a camera sees them, with blur, glare, tilt and noise, for evaluation and golden samples.
import { sharpOfRgb } from '../vision/sharp-settings.ts'
import sharp from 'sharp'
import { dotGlyph, segmentGlyph, strokeGlyph } from './drawn-glyphs.ts'
import { type Random, seededRandom } from '../seeded-random.ts'

export const displayKinds = ['lcd', 'led', 'drum', 'dots'] as const
export type DisplayKind = (typeof displayKinds)[number]

export interface DrawnDisplay {
  readonly jpeg: Uint8Array
  readonly kind: DisplayKind
  /** What it shows, without a decimal point. */
  readonly digits: string
  /** Digits behind the point. */
  readonly decimals: number
  /** Where the digits are, as configured: shares of the picture. */
  readonly region: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
  /** 0..1, how bad the picture is. */
  readonly hardness: number
}

/** `hardness` scales blur, glare, tilt, noise and smallness. */
export async function drawDisplay(seed: number, kind: DisplayKind, hardness: number): Promise<DrawnDisplay> {
  const random = seededRandom(seed)
  const between = (low: number, high: number): number => low + (high - low) * random.uniform()
  const count = 4 + Math.floor(random.uniform() * 4)
  const digits = Array.from({ length: count }, () => String(Math.floor(random.uniform() * 10))).join('')
  const decimals = kind === 'drum' ? 0 : Math.floor(random.uniform() * 3)
  const face = faceOf(kind, { digits, decimals, between })
  const margin = { x: between(0.25, 0.8) * face.height, y: between(0.25, 0.8) * face.height }
  const size = { width: face.width + 2 * margin.x, height: face.height + 2 * margin.y }
  const tilt = between(-6, 6) * hardness
  const skew = between(-6, 6) * hardness
  const glare = random.uniform() < 0.35 + 0.4 * hardness ? glareSvg(size, between, hardness) : ''
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">
    <rect width="100%" height="100%" fill="${face.bezel}"/>
    <g transform="rotate(${tilt} ${size.width / 2} ${size.height / 2}) translate(${margin.x} ${margin.y}) skewX(${skew})">${face.svg}</g>${glare}</svg>`
  const digitPx = between(64, 30 - 12 * hardness)
  const scale = digitPx / face.height
  const width = Math.round(size.width * scale)
  const height = Math.round(size.height * scale)
  const drawn = await sharp(Buffer.from(svg), { density: 144 })
    .resize(width, height, { fit: 'fill' })
    .removeAlpha()
    .raw()
    .toBuffer()
  const noisy = withNoise(drawn, random, {
    sigma: between(1, 3 + 10 * hardness),
    gain: between(0.55, 1.1),
    lift: between(0, 40),
  })
  const blurred = sharpOfRgb({ data: noisy, width, height }).blur(
    Math.max(0.3, between(0.3, 0.4 + 0.055 * digitPx * hardness)),
  )
  const jpeg = await blurred.jpeg({ quality: Math.round(between(90, 85 - 35 * hardness)) }).toBuffer()
  const slack = (): number => between(0.02, 0.16) * face.height
  const [left, top, right, bottom] = [slack(), slack(), slack(), slack()]
  const region = {
    x: Math.max(0, (margin.x - left) / size.width),
    y: Math.max(0, (margin.y - top) / size.height),
    width: Math.min(1, (face.width + left + right) / size.width),
    height: Math.min(1, (face.height + top + bottom) / size.height),
  }
  return { jpeg, kind, digits, decimals, region, hardness }
}

interface Face {
  readonly svg: string
  readonly width: number
  readonly height: number
  readonly bezel: string
}
type Between = (low: number, high: number) => number

function faceOf(
  kind: DisplayKind,
  drawn: { readonly digits: string; readonly decimals: number; readonly between: Between },
): Face {
  if (kind === 'drum') return drumFace(drawn)
  return kind === 'dots' ? dotFace(drawn) : segmentFace(kind, drawn)
}

function segmentFace(kind: 'lcd' | 'led', { digits, decimals, between }: Parameters<typeof faceOf>[1]): Face {
  const pitch = between(25, 29)
  const isLcd = kind === 'lcd'
  const back = isLcd
    ? `rgb(${between(135, 195)},${between(150, 200)},${between(130, 175)})`
    : `rgb(${between(8, 40)},8,8)`
  const lit = isLcd
    ? `rgb(${between(15, 60)},${between(20, 60)},${between(20, 50)})`
    : ['#ff3a20', '#39ff6a', '#ffb020'][Math.floor(between(0, 3))]
  const ghost = isLcd ? between(0, 0.13) : between(0, 0.05)
  const glyphs = digits
    .split('')
    .map((digit, index) => `<g transform="translate(${6 + index * pitch} 6)">${segmentGlyph(digit, ghost)}</g>`)
  const point =
    decimals === 0 ? '' : `<circle cx="${6 + (digits.length - decimals) * pitch - (pitch - 20) / 2}" cy="41" r="2.2"/>`
  const width = digits.length * pitch + 8
  const slant = between(0, 8)
  return {
    svg: `<rect width="${width}" height="48" fill="${back}"/><g fill="${lit}" transform="translate(${slant / 2} 0) skewX(-${slant})">${glyphs.join('')}${point}</g>`,
    width,
    height: 48,
    bezel: `rgb(${between(30, 150)},${between(30, 150)},${between(30, 150)})`,
  }
}

/** Wheels behind windows; the last one may stand between two digits by up to a fifth. */
function drumFace({ digits, between }: Parameters<typeof faceOf>[1]): Face {
  const pitch = between(27, 33)
  const weight = between(2.6, 4)
  const red = between(0, 1) < 0.4 ? 1 : 0
  const wheels = digits.split('').map((digit, index) => {
    const isLast = index === digits.length - 1
    const shift = isLast ? between(-5, 5) : between(-1.2, 1.2)
    const back = red === 1 && isLast ? '#a31515' : `rgb(${between(10, 45)},${between(10, 45)},${between(10, 45)})`
    const next = String((Number(digit) + 1) % 10)
    return `<g transform="translate(${2 + index * pitch} 2)"><svg width="${pitch - 4}" height="44"><rect width="100%" height="100%" fill="${back}"/>
      <g color="#eee" transform="translate(${(pitch - 26) / 2} ${6 + shift})">${strokeGlyph(digit, weight)}<g transform="translate(0 44)">${strokeGlyph(next, weight)}</g></g></svg></g>`
  })
  const width = digits.length * pitch
  return {
    svg: `<rect width="${width}" height="48" fill="#666"/>${wheels.join('')}`,
    width,
    height: 48,
    bezel: `rgb(${between(120, 220)},${between(120, 220)},${between(120, 220)})`,
  }
}

function dotFace({ digits, decimals, between }: Parameters<typeof faceOf>[1]): Face {
  const pitch = between(24, 27)
  const isDark = between(0, 1) < 0.5
  const [back, lit] = isDark
    ? ['#101418', ['#ffd23a', '#6ab7ff', '#fff'][Math.floor(between(0, 3))]]
    : ['#b9cf9a', '#1c2a1c']
  const glyphs = digits
    .split('')
    .map((digit, index) => `<g transform="translate(${6 + index * pitch} 6)">${dotGlyph(digit)}</g>`)
  const point =
    decimals === 0
      ? ''
      : `<rect x="${6 + (digits.length - decimals) * pitch - 3.6}" y="30.3" width="3.4" height="3.4"/>`
  const width = digits.length * pitch + 8
  return {
    svg: `<rect width="${width}" height="40" fill="${back}"/><g fill="${lit}">${glyphs.join('')}${point}</g>`,
    width,
    height: 40,
    bezel: '#444',
  }
}

function glareSvg(
  size: { readonly width: number; readonly height: number },
  between: Between,
  hardness: number,
): string {
  const opacity = between(0.15, 0.25 + 0.5 * hardness)
  return `<defs><radialGradient id="g"><stop offset="0" stop-color="#fff" stop-opacity="${opacity}"/><stop offset="1" stop-color="#fff" stop-opacity="0"/></radialGradient></defs>
    <ellipse cx="${between(0, size.width)}" cy="${between(0, size.height)}" rx="${between(0.2, 0.6) * size.width}" ry="${between(0.3, 1) * size.height}" fill="url(#g)"/>`
}

function withNoise(
  pixels: Buffer,
  random: Random,
  { sigma, gain, lift }: { readonly sigma: number; readonly gain: number; readonly lift: number },
): Uint8Array {
  return Uint8Array.from(pixels, (value) => {
    const normal = random.uniform() + random.uniform() + random.uniform() - 1.5
    return Math.min(255, Math.max(0, value * gain + lift + 2 * sigma * normal))
  })
}
