// Images as a drone writes them, made here: with its EXIF and XMP, padded to any length without touching the picture.
import { createHash } from 'node:crypto'
import sharp from 'sharp'
import {
  type DroneFacts,
  droneXmp,
  focal35Mm,
  withDroneFacts,
} from '../../firmware-bridge/simulators/drone/drone-facts.ts'

export interface DroneShot extends DroneFacts {
  /** Of the file; the picture itself is small. */
  readonly bytes: number
  /** Makes the content differ. */
  readonly seed: number
}

export const plainShot: DroneShot = {
  lat: 35.3304,
  lon: 139.9027,
  taken: '2026:07:22 09:12:05',
  relativeAltitudeM: 50.3,
  yawDeg: 30,
  pitchDeg: -90,
  serial: '1581F5FHB22A',
  bytes: 0,
  seed: 1,
}

export const picture = { width: 640, height: 480, focal35Mm } as const

export async function droneJpeg(shot: DroneShot): Promise<Buffer> {
  const { width, height } = picture
  const made = sharp({ create: { width, height, channels: 3, background: colourOf(shot.seed) } }).jpeg({ quality: 60 })
  return padded(await withDroneFacts(made, shot).toBuffer(), shot)
}

/** A 16-bit single-band TIFF, whose directory stands behind the picture. */
export async function droneTiff(shot: DroneShot): Promise<Buffer> {
  const { width, height } = picture
  const values = new Uint16Array(width * height).fill(12_000 + (shot.seed % 1000))
  return await sharp(values, { raw: { width, height, channels: 1 } })
    .toColourspace('grey16')
    .tiff({ compression: 'none' })
    .withExif({ IFD0: { Make: 'DJI', Model: 'M3M' }, IFD2: { DateTimeOriginal: shot.taken } })
    .withXmp(droneXmp(shot))
    .toBuffer()
}

function colourOf(seed: number): { readonly r: number; readonly g: number; readonly b: number } {
  return { r: seed % 256, g: (seed >> 8) % 256, b: 120 }
}

/** Comment segments of noise before the picture's end marker: decoders pass over them, links cannot compress them. */
function padded(jpeg: Buffer, { bytes, seed }: DroneShot): Buffer {
  const parts = [jpeg.subarray(0, -2)]
  let missing = bytes - jpeg.length
  for (let index = 0; missing > 4; index += 1) {
    const length = Math.min(missing - 4, 65_533)
    const head = Buffer.from([0xff, 0xfe, (length + 2) >> 8, (length + 2) & 0xff])
    parts.push(head, noise(`${seed}/${index}`, length))
    missing -= length + 4
  }
  return Buffer.concat([...parts, jpeg.subarray(-2)])
}

/** Never 0xff, which would be a marker. */
function noise(seed: string, length: number): Buffer {
  const bytes = createHash('shake256', { outputLength: length }).update(seed).digest()
  for (const [index, byte] of bytes.entries()) if (byte === 0xff) bytes[index] = 0
  return bytes
}
