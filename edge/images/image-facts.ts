// What an image says of itself: EXIF by exifr, and the properties that drones add in XMP.
import type { ImageFacts } from '../../broker/contract/image-schemas.ts'
import { xmpProperty } from './xmp.ts'
import { instantOf } from './zone-time.ts'

export interface ReadImage {
  readonly facts: ImageFacts
  /** Why the image's own words could not be read (all); they are then left out. */
  readonly fault: string | undefined
}

/** What is known without the image. */
export interface ImageOrigin {
  /** When the file was last written, Unix ms. */
  readonly fileTimeMs: number
  /** The zone of cameras that write no offset, an IANA name. */
  readonly zone: string
}

type Tags = Readonly<Record<string, unknown>>
interface Blocks {
  /** What exifr could not read; the rest it gives all the same. */
  readonly faults: readonly unknown[]
  readonly ifd0: Tags
  readonly exif: Tags
  readonly gps: Tags
  readonly xmp: string
}

const pick = {
  ifd0: [
    'Make',
    'Model',
    'ImageWidth',
    'ImageHeight',
    'ModifyDate',
    'ExifIFD',
    'GPS',
    'ApplicationNotes',
    'CameraSerialNumber',
  ],
  exif: [
    'DateTimeOriginal',
    'OffsetTimeOriginal',
    'OffsetTime',
    'SubSecTimeOriginal',
    'ExifImageWidth',
    'ExifImageHeight',
    'FocalLength',
    'FocalLengthIn35mmFormat',
    'FocalPlaneXResolution',
    'FocalPlaneResolutionUnit',
    'SerialNumber',
    'ExposureTime',
    'FNumber',
    'ISO',
  ],
  gps: [
    'GPSLatitudeRef',
    'GPSLatitude',
    'GPSLongitudeRef',
    'GPSLongitude',
    'GPSAltitudeRef',
    'GPSAltitude',
    'GPSTimeStamp',
    'GPSDateStamp',
  ],
} as const

const options = {
  tiff: true,
  ifd0: { pick: [...pick.ifd0] },
  exif: { pick: [...pick.exif] },
  gps: { pick: [...pick.gps] },
  xmp: { parse: false, multiSegment: false },
  icc: false,
  iptc: false,
  jfif: false,
  ihdr: false,
  interop: false,
  ifd1: false,
  makerNote: false,
  userComment: false,
  mergeOutput: false,
  translateKeys: true,
  translateValues: false,
  reviveValues: false,
  sanitize: true,
}

/**
 * Reads `bytes`: the beginning of a JPEG (its metadata stand before the picture), or a TIFF as a whole. Never throws:
 * what cannot be read is left out, and a time there always is.
 */
export async function readImageFacts(bytes: Buffer, origin: ImageOrigin): Promise<ReadImage> {
  let blocks: Blocks
  let fault: string | undefined
  try {
    blocks = await readBlocks(bytes)
    const [first] = blocks.faults
    if (first !== undefined) fault = first instanceof Error ? first.message : 'malformed'
  } catch (thrown) {
    fault = thrown instanceof Error ? thrown.message : String(thrown)
    blocks = { ifd0: {}, exif: {}, gps: {}, xmp: '', faults: [] }
  }
  return { facts: factsOf(blocks, origin), fault }
}

async function readBlocks(bytes: Buffer): Promise<Blocks> {
  const { default: exifr } = await import('exifr')
  const read = ((await exifr.parse(bytes, options)) ?? {}) as Tags
  const block = (name: string): Tags => {
    const found = read[name]
    return typeof found === 'object' && found !== null ? (found as Tags) : {}
  }
  const { xmp } = read
  const packet = xmp instanceof Uint8Array ? Buffer.from(xmp).toString('utf8') : xmp
  return {
    ifd0: block('ifd0'),
    exif: block('exif'),
    gps: block('gps'),
    xmp: typeof packet === 'string' ? packet : '',
    faults: Array.isArray(read['errors']) ? read['errors'] : [],
  }
}

function factsOf(blocks: Blocks, origin: ImageOrigin): ImageFacts {
  const { ifd0, exif, xmp } = blocks
  const width = pixels(exif['ExifImageWidth']) ?? pixels(ifd0['ImageWidth'])
  const height = pixels(exif['ExifImageHeight']) ?? pixels(ifd0['ImageHeight'])
  return defined({
    ...timeOf(blocks, origin),
    width,
    height,
    position: positionOf(blocks),
    altitudeM: bounded(gpsAltitude(blocks), -1000, 20_000),
    relativeAltitudeM: bounded(numberIn(xmp, 'drone-dji:RelativeAltitude'), -1000, 20_000),
    gimbal: gimbalOf(xmp),
    focalLengthPx: bounded(focalLengthPx(blocks, width, height), 1, 1_000_000),
    camera: cameraOf(blocks),
    band: bandOf(xmp),
    capture: firstOf(xmp, ['drone-dji:CaptureUUID', 'Camera:CaptureUUID', 'MicaSense:CaptureId']),
    exposure: nonEmpty({
      timeS: bounded(numeric(exif['ExposureTime']), 0, 1e6),
      fNumber: bounded(numeric(exif['FNumber']), 0, 1e6),
      iso: bounded(numeric(exif['ISO']), 0, 1e9),
    }),
  }) as ImageFacts
}

/** The receiver's date is UTC; DateTimeOriginal is local, its offset often missing (EXIF 2.31 has one). */
function timeOf({ exif, gps }: Blocks, { zone, fileTimeMs }: ImageOrigin): Pick<ImageFacts, 'timeMs' | 'timeFrom'> {
  const localMs = exifDate(exif['DateTimeOriginal'])
  const fraction = Number(`0.${text(exif['SubSecTimeOriginal'])?.replace(/\D.*$/, '') ?? ''}`) * 1000 || 0
  const offset = /^([+-])(\d\d):(\d\d)$/.exec(text(exif['OffsetTimeOriginal']) ?? text(exif['OffsetTime']) ?? '')
  if (localMs !== undefined && offset !== null) {
    const [, sign, hours, minutes] = offset
    const aheadMs = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
    return { timeMs: localMs - aheadMs + fraction, timeFrom: 'exif' }
  }
  const gpsMs = gpsTime(gps)
  if (gpsMs !== undefined) return { timeMs: gpsMs, timeFrom: 'gps' }
  if (localMs !== undefined) return { timeMs: instantOf(zone, localMs) + fraction, timeFrom: 'exif' }
  return { timeMs: fileTimeMs, timeFrom: 'file' }
}

/** `YYYY:MM:DD HH:MM:SS` as if it were UTC. */
function exifDate(value: unknown): number | undefined {
  const found = /^(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)/.exec(text(value) ?? '')
  if (found === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1).map(Number)
  return year < 1980 || month < 1 || day < 1 ? undefined : Date.UTC(year, month - 1, day, hour, minute, second)
}

function gpsTime(gps: Tags): number | undefined {
  const time = gps['GPSTimeStamp']
  const dayMs = exifDate(`${text(gps['GPSDateStamp']) ?? ''} 00:00:00`)
  if (dayMs === undefined || !Array.isArray(time)) return undefined
  const [hour, minute, second] = time.map(numeric)
  if (hour === undefined || minute === undefined || second === undefined) return undefined
  return dayMs + Math.round(((hour * 60 + minute) * 60 + second) * 1000)
}

/** DJI's XMP has more digits than its EXIF; 0, 0 is what receivers without a fix write. */
function positionOf({ gps, xmp }: Blocks): ImageFacts['position'] {
  const lat = numberIn(xmp, 'drone-dji:GpsLatitude') ?? numberIn(xmp, 'drone-dji:Latitude') ?? numeric(gps['latitude'])
  const lon =
    numberIn(xmp, 'drone-dji:GpsLongitude') ??
    // An early firmware of DJI misspelled it.
    numberIn(xmp, 'drone-dji:GpsLongtitude') ??
    numberIn(xmp, 'drone-dji:Longitude') ??
    numeric(gps['longitude'])
  if (lat === undefined || lon === undefined || (lat === 0 && lon === 0)) return undefined
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? { lat, lon } : undefined
}

function gpsAltitude({ gps, xmp }: Blocks): number | undefined {
  const absolute = numberIn(xmp, 'drone-dji:AbsoluteAltitude')
  if (absolute !== undefined) return absolute
  const altitude = numeric(gps['GPSAltitude'])
  const ref = gps['GPSAltitudeRef']
  const below = ref === 1 || (ref instanceof Uint8Array && ref[0] === 1)
  return altitude === undefined ? undefined : below ? -altitude : altitude
}

function gimbalOf(xmp: string): ImageFacts['gimbal'] {
  const yawDeg = bounded(numberIn(xmp, 'drone-dji:GimbalYawDegree'), -360, 360)
  const pitchDeg = bounded(numberIn(xmp, 'drone-dji:GimbalPitchDegree'), -180, 180)
  const rollDeg = bounded(numberIn(xmp, 'drone-dji:GimbalRollDegree'), -360, 360) ?? 0
  return yawDeg === undefined || pitchDeg === undefined ? undefined : { yawDeg, pitchDeg, rollDeg }
}

const fullFrameDiagonalMm = 43.2666
/** EXIF FocalPlaneResolutionUnit: 2 inch (the default), 3 centimetre, 4 millimetre. */
const unitMm: Readonly<Record<number, number>> = { 2: 25.4, 3: 10, 4: 1 }

/**
 * F in pixels, from the best that there is: the maker's calibration; the 35 mm equivalent, which compares diagonals:
 * F = f35 / 43.27 mm × √(w² + h²); or focal length times pixels per length in the focal plane.
 */
function focalLengthPx(
  { exif, xmp }: Blocks,
  width: number | undefined,
  height: number | undefined,
): number | undefined {
  const calibrated = numberIn(xmp, 'drone-dji:CalibratedFocalLength')
  if (calibrated !== undefined && calibrated > 0) return calibrated
  const equivalentMm = numeric(exif['FocalLengthIn35mmFormat'])
  if (equivalentMm !== undefined && equivalentMm > 0 && width !== undefined && height !== undefined) {
    return (equivalentMm / fullFrameDiagonalMm) * Math.hypot(width, height)
  }
  const [focalMm, perUnit] = [numeric(exif['FocalLength']), numeric(exif['FocalPlaneXResolution'])]
  const mm = unitMm[numeric(exif['FocalPlaneResolutionUnit']) ?? 2]
  return focalMm === undefined || perUnit === undefined || mm === undefined ? undefined : (focalMm * perUnit) / mm
}

function cameraOf({ ifd0, exif, xmp }: Blocks): ImageFacts['camera'] {
  const serials = ['drone-dji:CameraSerialNumber', 'drone-dji:DroneSerialNumber', 'MicaSense:CameraSerialNumber']
  return nonEmpty({
    make: short(text(ifd0['Make'])),
    model: short(text(ifd0['Model'])),
    serial: short(text(exif['SerialNumber'])) ?? short(text(ifd0['CameraSerialNumber'])) ?? firstOf(xmp, serials),
  })
}

/** Pix4D's `Camera:` namespace, which DJI, MicaSense, Parrot and Sentera write; wavelengths in nm. */
function bandOf(xmp: string): ImageFacts['band'] {
  const name = firstOf(xmp, ['Camera:BandName', 'drone-dji:BandName'])
  if (name === undefined) return undefined
  const wavelengthNm = bounded(numberIn(xmp, 'Camera:CentralWavelength'), 1, 100_000)
  return wavelengthNm === undefined ? { name } : { name, wavelengthNm }
}

function firstOf(xmp: string, names: readonly string[]): string | undefined {
  for (const name of names) {
    const found = short(xmpProperty(xmp, name))
    if (found !== undefined) return found
  }
  return undefined
}

/** `+50.30`, `860nm` and `-90.0` are numbers. */
function numberIn(xmp: string, name: string): number | undefined {
  const found = /^[+-]?\d{1,12}(\.\d{1,20})?/.exec(xmpProperty(xmp, name) ?? '')
  return found === null ? undefined : Number(found[0])
}

function numeric(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function bounded(value: number | undefined, least: number, most: number): number | undefined {
  return value === undefined || value < least || value > most ? undefined : value
}

function pixels(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) ? bounded(value, 1, 1_000_000) : undefined
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}

/** Cut to what the wire takes, without control characters. */
function short(value: string | undefined): string | undefined {
  const clean = value
    ?.replaceAll(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, 64)
  return clean === undefined || clean === '' ? undefined : clean.toWellFormed()
}

function defined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as Partial<T>
}

function nonEmpty<T extends object>(value: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } | undefined {
  const kept = defined(value)
  return Object.keys(kept).length === 0 ? undefined : (kept as never)
}
