// Images as a drone writes them, made here: EXIF and XMP by sharp, padded to any length without touching the picture.
import { createHash } from 'node:crypto'
import sharp from 'sharp'

export interface DroneShot {
  readonly lat: number
  readonly lon: number
  /** Local time without offset, as DJI writes it: `2026:07:22 09:12:05`. */
  readonly taken: string
  readonly relativeAltitudeM: number
  readonly yawDeg: number
  readonly pitchDeg: number
  readonly serial: string
  /** Of the file; the picture itself is small. */
  readonly bytes: number
  /** Makes the content differ. */
  readonly seed: number
  readonly band?: { readonly name: string; readonly wavelengthNm: number; readonly capture: string }
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

/** Focal length 24 mm in 35 mm terms, at 4:3. */
export const picture = { width: 640, height: 480, focal35Mm: 24 } as const

export async function droneJpeg(shot: DroneShot): Promise<Buffer> {
  const { width, height } = picture
  const made = await sharp({ create: { width, height, channels: 3, background: colourOf(shot.seed) } })
    .jpeg({ quality: 60 })
    .withExif({
      IFD0: { Make: 'DJI', Model: 'M3M' },
      IFD2: {
        DateTimeOriginal: shot.taken,
        FocalLengthIn35mmFilm: String(picture.focal35Mm),
        ExposureTime: '1/800',
        BodySerialNumber: shot.serial,
      },
      IFD3: {
        GPSLatitudeRef: shot.lat < 0 ? 'S' : 'N',
        GPSLatitude: rational(shot.lat),
        GPSLongitudeRef: shot.lon < 0 ? 'W' : 'E',
        GPSLongitude: rational(shot.lon),
        GPSAltitude: '61/1',
      },
    })
    .withXmp(xmpPacket(shot))
    .toBuffer()
  return padded(made, shot)
}

/** A 16-bit single-band TIFF, whose directory stands behind the picture. */
export async function droneTiff(shot: DroneShot): Promise<Buffer> {
  const { width, height } = picture
  const values = new Uint16Array(width * height).fill(12_000 + (shot.seed % 1000))
  return await sharp(values, { raw: { width, height, channels: 1 } })
    .toColourspace('grey16')
    .tiff({ compression: 'none' })
    .withExif({ IFD0: { Make: 'DJI', Model: 'M3M' }, IFD2: { DateTimeOriginal: shot.taken } })
    .withXmp(xmpPacket(shot))
    .toBuffer()
}

function xmpPacket({ lat, lon, relativeAltitudeM, yawDeg, pitchDeg, serial, band }: DroneShot): string {
  const camera =
    band === undefined
      ? ''
      : `<Camera:BandName><rdf:Seq><rdf:li>${band.name}</rdf:li></rdf:Seq></Camera:BandName>
         <Camera:CentralWavelength>${band.wavelengthNm}nm</Camera:CentralWavelength>`
  return `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="DJI Meta Data" xmlns:drone-dji="http://www.dji.com/drone-dji/1.0/"
  xmlns:Camera="http://pix4d.com/camera/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
  drone-dji:AbsoluteAltitude="+61.12" drone-dji:RelativeAltitude="+${relativeAltitudeM.toFixed(2)}"
  drone-dji:GpsLatitude="${lat.toFixed(9)}" drone-dji:GpsLongitude="${lon.toFixed(9)}"
  drone-dji:GimbalRollDegree="+0.00" drone-dji:GimbalYawDegree="+${yawDeg.toFixed(2)}"
  drone-dji:GimbalPitchDegree="${pitchDeg.toFixed(2)}" drone-dji:DroneSerialNumber="${serial}"
  ${band === undefined ? '' : `drone-dji:CaptureUUID="${band.capture}"`}>${camera}</rdf:Description>
</rdf:RDF></x:xmpmeta><?xpacket end="w"?>`
}

function rational(degrees: number): string {
  const seconds = Math.round(Math.abs(degrees) * 3600 * 10_000)
  const whole = Math.floor(seconds / 36_000_000)
  const minutes = Math.floor((seconds - whole * 36_000_000) / 600_000)
  return `${whole}/1 ${minutes}/1 ${seconds - whole * 36_000_000 - minutes * 600_000}/10000`
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
