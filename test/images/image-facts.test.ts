import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { debianPackage } from '../debian.ts'
import { droneJpeg, droneTiff, picture, plainShot } from './drone-image.ts'
import { readImageFacts } from '../../edge/images/image-facts.ts'

/** Another program that reads the same metadata. */
const oracle = 'exiftool'
const origin = { fileTimeMs: 5, zone: 'Asia/Tokyo' }

describe('what an image says of itself', () => {
  it('is read from EXIF and XMP of a drone, its local time by the zone', async () => {
    const { facts, fault } = await readImageFacts(await droneJpeg(plainShot), origin)
    expect(fault).toBeUndefined()
    expect(facts).toMatchObject({
      timeMs: Date.parse('2026-07-22T09:12:05+09:00'),
      timeFrom: 'exif',
      width: picture.width,
      height: picture.height,
      position: { lat: plainShot.lat, lon: plainShot.lon },
      altitudeM: 61.12,
      relativeAltitudeM: 50.3,
      gimbal: { yawDeg: 30, pitchDeg: -90, rollDeg: 0 },
      camera: { make: 'DJI', model: 'M3M', serial: plainShot.serial },
      exposure: { timeS: 1 / 800 },
    })
    // 24 mm of a 43.27 mm diagonal, over a diagonal of 800 pixels.
    expect(facts.focalLengthPx).toBeCloseTo((24 / 43.2666) * 800, 6)
  })

  it('has the band and the capture of a multispectral TIFF, whose directory stands behind the picture', async () => {
    const band = { name: 'NIR', wavelengthNm: 860, capture: 'b7c2' }
    const { facts } = await readImageFacts(await droneTiff({ ...plainShot, band }), origin)
    expect(facts).toMatchObject({ band: { name: 'NIR', wavelengthNm: 860 }, capture: 'b7c2' })
  })

  it('falls back to the file where the image says nothing, and to EXIF alone without XMP', async () => {
    const bare = sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } }).jpeg()
    expect(await readImageFacts(await bare.toBuffer(), origin)).toEqual({
      facts: { timeMs: 5, timeFrom: 'file' },
      fault: undefined,
    })
    const exif = {
      IFD2: { DateTimeOriginal: '2026:07:22 09:12:05', OffsetTimeOriginal: '+02:00', SubSecTimeOriginal: '25' },
      IFD3: { GPSLatitudeRef: 'S', GPSLatitude: '33/1 30/1 0/1', GPSLongitudeRef: 'W', GPSLongitude: '70/1 0/1 36/1' },
    }
    const { facts } = await readImageFacts(await bare.withExif(exif).toBuffer(), origin)
    expect(facts.timeMs).toBe(Date.parse('2026-07-22T09:12:05.250+02:00'))
    expect(facts.position?.lat).toBeCloseTo(-33.5, 9)
    expect(facts.position?.lon).toBeCloseTo(-70.01, 9)
  })

  it('is told broken where its header is, with what is known anyway', async () => {
    const whole = await droneJpeg(plainShot)
    const broken = Buffer.from(whole)
    broken.fill(0xff, whole.indexOf('Exif') + 14, whole.indexOf('Exif') + 40)
    const { facts, fault } = await readImageFacts(broken, origin)
    expect(facts.timeMs).toBe(5)
    expect(fault).toBeTypeOf('string')
  })

  it.skipIf(!debianPackage('libimage-exiftool-perl'))('agrees with exiftool', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'musubi-exif-'))
    try {
      const image = await droneJpeg({ ...plainShot, lat: -12.3456, lon: -98.7654, yawDeg: 211.5, pitchDeg: -63.2 })
      writeFileSync(join(folder, 'a.jpg'), image)
      const told = JSON.parse(execFileSync(oracle, ['-j', '-n', join(folder, 'a.jpg')], { encoding: 'utf8' })) as [
        Readonly<Record<string, unknown>>,
      ]
      const { facts } = await readImageFacts(image, origin)
      expect(facts.position?.lat).toBeCloseTo(Number(told[0]['GPSLatitude']), 6)
      expect(facts.position?.lon).toBeCloseTo(Number(told[0]['GPSLongitude']), 6)
      expect(facts.gimbal?.yawDeg).toBe(Number(told[0]['GimbalYawDegree']))
      expect(facts.gimbal?.pitchDeg).toBe(Number(told[0]['GimbalPitchDegree']))
      expect(facts.exposure?.timeS).toBe(Number(told[0]['ExposureTime']))
      expect(facts.camera?.serial).toBe(String(told[0]['SerialNumber']))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
