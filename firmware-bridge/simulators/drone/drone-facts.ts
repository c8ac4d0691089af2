// What a drone writes beside its picture: when, from where and how it looked, as EXIF and XMP of a DJI camera.
import type { Sharp } from 'sharp'

export interface DroneFacts {
  readonly lat: number
  readonly lon: number
  /** Local time without offset, as DJI writes it: `2026:07:22 09:12:05`. */
  readonly taken: string
  readonly relativeAltitudeM: number
  readonly yawDeg: number
  readonly pitchDeg: number
  readonly serial: string
  readonly band?: { readonly name: string; readonly wavelengthNm: number; readonly capture: string }
}

/** Focal length in 35 mm terms, of a picture of 4:3. */
export const focal35Mm = 24

/** As the colour camera writes it. */
export function withDroneFacts(picture: Sharp, facts: DroneFacts): Sharp {
  const { lat, lon, taken, serial } = facts
  return picture
    .withExif({
      IFD0: { Make: 'DJI', Model: 'M3M' },
      IFD2: {
        DateTimeOriginal: taken,
        FocalLengthIn35mmFilm: String(focal35Mm),
        ExposureTime: '1/800',
        BodySerialNumber: serial,
      },
      IFD3: {
        GPSLatitudeRef: lat < 0 ? 'S' : 'N',
        GPSLatitude: rational(lat),
        GPSLongitudeRef: lon < 0 ? 'W' : 'E',
        GPSLongitude: rational(lon),
        GPSAltitude: '61/1',
      },
    })
    .withXmp(droneXmp(facts))
}

export function droneXmp({ lat, lon, relativeAltitudeM, yawDeg, pitchDeg, serial, band }: DroneFacts): string {
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
