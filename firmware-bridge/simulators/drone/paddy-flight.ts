// A drone over the simulated paddies: pictures of rice that has closed over mud and water by so much, thinner where a field is poor.
import sharp, { type Sharp } from 'sharp'
import type { FieldArea } from '../field-area.ts'
import { createNoise, type Noise } from '../nature/seeded-noise.ts'
import { focal35Mm, withDroneFacts } from './drone-facts.ts'

/** A field as a drone sees it: `poor`: where and how strongly the stand is thinner, from the south-west corner, as shares of the sides. */
interface FlownField {
  readonly id: string
  readonly area: FieldArea
  readonly poor: { readonly along: number; readonly across: number; readonly loss: number }
}

interface PaddyFlight {
  readonly seed: number
  readonly fields: readonly FlownField[]
  /** Of the first picture. */
  readonly timeMs: number
  /** Mean share of the ground that leaves cover where the stand is good. */
  readonly cover: number
}

interface DronePicture {
  readonly name: string
  readonly jpeg: Buffer
}

const size = { width: 480, height: 360 } as const
const heightM = 60
const secondsBetween = 4
const diagonal35Mm = 43.27
/** A picture shows 86 m by 65 m of the ground: with its long side along it, a whole field. */
const metresPerPixel = (heightM * diagonal35Mm) / (focal35Mm * Math.hypot(size.width, size.height))
/** Plants stand in clumps of about this size, metres; patches of a stand are larger. */
const clumpM = 0.4
const patchM = 9
const zoneMs = 9 * 3_600_000

const leaf = [62, 128, 44] as const
/** Shallow water over mud under a clear sky. */
const water = [100, 106, 126] as const
const bund = [152, 134, 118] as const

/** The drone looks east, so that the long side of its picture lies from north to south. */
const yawDeg = 90

/** One picture of each field, from above its middle. */
export async function flyOver({ seed, fields, timeMs, cover }: PaddyFlight): Promise<readonly DronePicture[]> {
  const pictures: DronePicture[] = []
  for (const [index, field] of fields.entries()) {
    const taken = new Date(timeMs + index * secondsBetween * 1000 + zoneMs).toISOString()
    const jpeg = await withDroneFacts(drawn(field, seed, cover), {
      ...field.area.middle,
      taken: `${taken.slice(0, 10).replaceAll('-', ':')} ${taken.slice(11, 19)}`,
      relativeAltitudeM: heightM,
      yawDeg,
      pitchDeg: -90,
      serial: 'MUSUBI-DEMO-1',
    }).toBuffer()
    const number = String(index + 1).padStart(4, '0')
    pictures.push({ name: `DJI_${taken.slice(0, 10).replaceAll('-', '')}_${number}.JPG`, jpeg })
  }
  return pictures
}

/** East up, south to the right, the drone above the middle. */
function drawn(field: FlownField, seed: number, cover: number): Sharp {
  const noise = createNoise(seed, `stand-${field.id}`)
  const pixels = Buffer.alloc(size.width * size.height * 3)
  for (let y = 0; y < size.height; y += 1) {
    for (let x = 0; x < size.width; x += 1) {
      const east = (size.height / 2 - y - 0.5) * metresPerPixel
      const north = (size.width / 2 - x - 0.5) * metresPerPixel
      pixels.set(colourAt(field, { east, north, cover, noise }), (y * size.width + x) * 3)
    }
  }
  return sharp(pixels, { raw: { ...size, channels: 3 } }).jpeg({ quality: 88 })
}

interface Spot {
  readonly east: number
  readonly north: number
  readonly cover: number
  readonly noise: Noise
}

function colourAt({ area, poor }: FlownField, { east, north, cover, noise }: Spot): readonly number[] {
  const across = east / area.widthM + 0.5
  const along = north / area.lengthM + 0.5
  const shade = 0.86 + 0.28 * noise.uniform(cellOf(east, north, clumpM / 2))
  const painted = (colour: readonly number[]): number[] => colour.map((value) => Math.min(255, value * shade))
  if (across < 0 || across > 1 || along < 0 || along > 1) return painted(bund)
  const patch = noise.uniform(cellOf(east, north, patchM)) - 0.5
  const distance = Math.hypot(across - poor.across, along - poor.along)
  const share = cover * (1 + 0.16 * patch) - poor.loss * cover * Math.exp(-((distance / 0.28) ** 2))
  return painted(noise.uniform(cellOf(east, north, clumpM) + 1) < share ? leaf : water)
}

/** A number for each square of the ground of this side. */
function cellOf(east: number, north: number, sideM: number): number {
  return (Math.floor(east / sideM) + 5_000) * 16_384 + Math.floor(north / sideM) + 5_000
}
