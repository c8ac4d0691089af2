// A turned steel flange with six bolt holes, as an SVG: what the factory of the simulated field makes, now and then badly.
import { createNoise, type Noise } from '../nature/seeded-noise.ts'

export const flangeDefects = ['scratch', 'dent', 'missing-hole', 'stain'] as const
export type FlangeDefect = (typeof flangeDefects)[number]

/** One part under the camera. Lengths in px of a picture of `frame`; angles in degrees. */
export interface Flange {
  readonly seed: number
  /** Which part of the run it is. */
  readonly index: number
  readonly defect: FlangeDefect | undefined
  readonly x: number
  readonly y: number
  readonly angle: number
  /** Height by width of the face: the camera does not look exactly straight down. */
  readonly tilt: number
}

export const frame = { width: 640, height: 480 } as const

const outerRadius = 176
const boreRadius = 52
const boltCircle = 122
const holeRadius = 17
const boltHoles = 6

/** The part with this number of a run: the same for the same seed. `defect` undefined: by chance, one part in eight is bad. */
export function flangeOf(seed: number, index: number, defect?: FlangeDefect | 'none'): Flange {
  const noise = createNoise(seed, `flange-${index}`)
  const chosen = noise.uniform(0) < 1 / 8 ? pick(flangeDefects, noise.uniform(1)) : undefined
  return {
    seed,
    index,
    defect: defect === undefined ? chosen : defect === 'none' ? undefined : defect,
    x: frame.width / 2 + spread(noise, 2, 14),
    y: frame.height / 2 + spread(noise, 3, 9),
    angle: spread(noise, 4, 9),
    tilt: 0.985 - noise.uniform(5) * 0.03,
  }
}

/** The face of the part on the belt, evenly lit: light and lens come in photograph.ts. */
export function flangeSvg(flange: Flange): string {
  const noise = createNoise(flange.seed, `face-${flange.index}`)
  const holes = Array.from({ length: boltHoles }, (_, place) => place)
  const missing = flange.defect === 'missing-hole' ? Math.floor(noise.uniform(1) * boltHoles) : -1
  const place = `translate(${flange.x.toFixed(2)} ${flange.y.toFixed(2)}) scale(1 ${flange.tilt.toFixed(4)}) rotate(${flange.angle.toFixed(2)})`
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${frame.width}" height="${frame.height}">
    ${definitions}
    <rect width="100%" height="100%" fill="url(#belt)"/>
    <g transform="${place}">
      <circle r="${outerRadius + 5}" cx="7" cy="9" fill="#000" opacity=".5" filter="url(#soft)"/>
      <circle r="${outerRadius}" fill="url(#rim)"/>
      <circle r="${outerRadius - 6}" fill="url(#steel)"/>
      ${turningMarks(noise)}
      ${glare(noise)}
      ${flange.defect === undefined ? '' : defectDrawings[flange.defect](noise)}
      ${holes
        .filter((hole) => hole !== missing)
        .map((hole) => boltHole(hole))
        .join('')}
      <circle r="${boreRadius + 4}" fill="url(#chamfer)"/>
      <circle r="${boreRadius}" fill="url(#bore)"/>
      <path d="M-7 ${-outerRadius + 6} h14 v13 h-14 z" fill="#2b2e31"/>
    </g></svg>`
}

const definitions = `<defs>
  <pattern id="belt" width="9" height="9" patternUnits="userSpaceOnUse"><rect width="9" height="9" fill="#262a2c"/>
    <path d="M0 9 L9 0 M-2 2 L2 -2 M7 11 L11 7" stroke="#2f3437" stroke-width="1.6"/></pattern>
  <radialGradient id="steel"><stop offset="0" stop-color="#a7adb1"/><stop offset=".55" stop-color="#bcc2c6"/>
    <stop offset="1" stop-color="#9da4a9"/></radialGradient>
  <linearGradient id="rim" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#e3e7ea"/><stop offset="1" stop-color="#565c61"/></linearGradient>
  <linearGradient id="chamfer" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#5b6166"/><stop offset="1" stop-color="#dde2e5"/></linearGradient>
  <radialGradient id="bore"><stop offset="0" stop-color="#2a2e30"/><stop offset=".85" stop-color="#1b1e20"/><stop offset="1" stop-color="#0d0f10"/></radialGradient>
  <radialGradient id="hollow"><stop offset="0" stop-color="#3b4145"/><stop offset=".6" stop-color="#767d82"/><stop offset="1" stop-color="#aab1b5" stop-opacity="0"/></radialGradient>
  <radialGradient id="glare" gradientUnits="userSpaceOnUse" cx="0" cy="0" r="172"><stop offset=".35" stop-color="#fff" stop-opacity=".4"/>
    <stop offset=".75" stop-color="#fff"/><stop offset="1" stop-color="#fff" stop-opacity=".5"/></radialGradient>
  <filter id="soft" x="-20%" y="-20%" width="140%" height="140%"><feGaussianBlur stdDeviation="7"/></filter>
  <filter id="haze" x="-30%" y="-30%" width="160%" height="160%"><feGaussianBlur stdDeviation="3.5"/></filter>
</defs>`

/** The lathe leaves fine rings, no two of them alike. */
function turningMarks(noise: Noise): string {
  const rings: string[] = []
  for (let ring = 0; ring < 44; ring += 1) {
    const radius = boreRadius + 8 + ring * ((outerRadius - boreRadius - 16) / 44) + noise.uniform(100 + ring) * 1.5
    const light = noise.uniform(200 + ring)
    const colour = light < 0.5 ? '#6f767b' : '#f2f5f7'
    const opacity = (0.07 + 0.16 * noise.uniform(300 + ring)).toFixed(3)
    rings.push(
      `<circle r="${radius.toFixed(1)}" fill="none" stroke="${colour}" stroke-width="${(0.6 + noise.uniform(400 + ring)).toFixed(2)}" opacity="${opacity}"/>`,
    )
  }
  return rings.join('')
}

/** The turned face throws the lamp back as a bow tie of light that wanders from part to part. */
function glare(noise: Noise): string {
  const strength = (0.05 + noise.uniform(2) * 0.075).toFixed(3)
  const turn = (-38 + spread(noise, 3, 14)).toFixed(1)
  // Nested wedges: a blur would cost more than the whole rest of the part.
  const wedges = [44, 36, 29, 22, 16, 10, 5].map((half) => {
    const [y, x] = [half.toFixed(0), Math.sqrt(169 ** 2 - half ** 2).toFixed(1)]
    return `<path d="M0 0 L${x} -${y} A169 169 0 0 1 ${x} ${y} Z"/><path d="M0 0 L-${x} -${y} A169 169 0 0 0 -${x} ${y} Z"/>`
  })
  return `<g transform="rotate(${turn})" fill="url(#glare)" fill-opacity="${strength}">${wedges.join('')}</g>`
}

function boltHole(place: number): string {
  const [x, y] = onCircle(boltCircle, place * (360 / boltHoles) + 30)
  return `<g transform="translate(${x} ${y})"><circle r="${holeRadius + 3}" fill="url(#chamfer)"/><circle r="${holeRadius}" fill="url(#bore)"/></g>`
}

/** In coordinates of the part, somewhere on its face between the holes and the rim. */
const defectDrawings: Readonly<Record<FlangeDefect, (noise: Noise) => string>> = {
  scratch(noise) {
    const from = noise.uniform(11) * 360
    const points = Array.from({ length: 5 }, (_, step) => {
      const radius = 70 + noise.uniform(12) * 30 + step * (14 + 6 * noise.uniform(13))
      return onCircle(radius + spread(noise, 20 + step, 3), from + step * spread(noise, 14, 5)).join(' ')
    })
    const line = `<polyline points="${points.join(' ')}" fill="none" stroke-linecap="round"`
    const width = 1.6 + noise.uniform(15) * 1.4
    return `${line} stroke="#3a3f43" stroke-width="${width.toFixed(1)}"/>${line} stroke="#f7fafb" stroke-width="${(width / 2).toFixed(1)}" transform="translate(1.6 1.6)"/>`
  },
  dent(noise) {
    const [x, y] = onCircle(82 + noise.uniform(11) * 70, betweenHoles(noise))
    const size = 13 + noise.uniform(13) * 10
    return `<g transform="translate(${x} ${y}) scale(1 ${(0.7 + 0.3 * noise.uniform(14)).toFixed(2)})"><circle r="${size.toFixed(1)}" fill="url(#hollow)"/>
      <path d="M${(-size * 0.7).toFixed(1)} ${(size * 0.5).toFixed(1)} a${size.toFixed(1)} ${size.toFixed(1)} 0 0 0 ${(size * 1.4).toFixed(1)} 0" fill="none" stroke="#fdffff" stroke-width="2.4" opacity=".8"/></g>`
  },
  'missing-hole': () => '',
  stain(noise) {
    const [x, y] = onCircle(90 + noise.uniform(11) * 50, betweenHoles(noise))
    const blots = Array.from({ length: 6 }, (_, blot) => {
      const radius = 7 + noise.uniform(30 + blot) * 13
      return `<ellipse cx="${spread(noise, 40 + blot, 17).toFixed(1)}" cy="${spread(noise, 50 + blot, 14).toFixed(1)}" rx="${radius.toFixed(1)}" ry="${(radius * 0.8).toFixed(1)}"/>`
    })
    return `<g transform="translate(${x} ${y})" fill="#6b4a22" opacity="${(0.45 + noise.uniform(13) * 0.3).toFixed(2)}" filter="url(#haze)">${blots.join('')}</g>`
  },
}

/** Degrees: a hole would hide what is behind it. */
function betweenHoles(noise: Noise): number {
  return Math.floor(noise.uniform(12) * boltHoles) * (360 / boltHoles) + spread(noise, 16, 12)
}

function onCircle(radius: number, degrees: number): readonly [x: string, y: string] {
  const angle = (degrees * Math.PI) / 180
  return [(radius * Math.cos(angle)).toFixed(1), (radius * Math.sin(angle)).toFixed(1)]
}

/** Within ± `reach`, more often near 0. */
function spread(noise: Noise, index: number, reach: number): number {
  return reach * (noise.uniform(1000 + 2 * index) + noise.uniform(1001 + 2 * index) - 1)
}

function pick<T>(list: readonly [T, ...T[]], chance: number): T {
  return list[Math.floor(chance * list.length)] ?? list[0]
}
