// Images that no drone wrote: EXIF in JPEG and TIFF headers, and XMP packets. Whatever they are, the hub takes what is read of them.
import { Compile } from 'typebox/compile'
import { ImageFacts } from '../../broker/contract/image-schemas.ts'
import { readImageFacts } from '../../edge/images/image-facts.ts'
import { xmpProperty } from '../../edge/images/xmp.ts'
import { droneJpeg, droneTiff, plainShot } from '../images/drone-image.ts'
import { describeFuzz } from './parser-fuzz.ts'

const band = { name: 'NIR', wavelengthNm: 860, capture: 'b7c2' }
const jpegs = [await droneJpeg(plainShot), await droneJpeg({ ...plainShot, lat: -33.4, yawDeg: 270, band })]
const tiff = await droneTiff({ ...plainShot, band })
const validFacts = Compile(ImageFacts)
const hex = (text: string): Buffer => Buffer.from(text, 'hex')
const latin = (text: string): Buffer => Buffer.from(text, 'latin1')
const origin = { fileTimeMs: Date.UTC(2026, 6, 22), zone: 'Asia/Tokyo' }

async function mustFitTheWire(bytes: Buffer): Promise<void> {
  const { facts } = await readImageFacts(bytes, origin)
  if (!validFacts.Check(facts)) throw new Error(`the hub would refuse ${JSON.stringify(facts)}`)
  if (JSON.stringify(facts).length > 8192) throw new Error('the facts are too long for their header')
}

describeFuzz({
  name: 'The EXIF of a JPEG',
  codes: [],
  tokens: [
    'ffd8',
    'ffe1',
    'ffda',
    '45786966000049492a00',
    '4d4d002a',
    '6987',
    '8825',
    '00000000',
    'ffffffff',
    '0c00',
  ].map(hex),
  valid: (random) => random.pick(jpegs).subarray(0, 3000),
  parse: mustFitTheWire,
})

describeFuzz({
  name: 'The directory of a TIFF',
  codes: [],
  tokens: ['49492a0008000000', '4d4d002a00000008', '02bc', 'bc02', '8769', '6987', '0005', 'ffffffff', '7fffffff'].map(
    hex,
  ),
  valid: () => directoryFirst,
  parse: mustFitTheWire,
})

/** The directory and its values alone: the picture would take most of the mutations. */
const directoryFirst = withoutPicture(tiff)

function withoutPicture(whole: Buffer): Buffer {
  const directory = whole.readUInt32LE(4)
  const moved = directory - 8
  const kept = Buffer.concat([whole.subarray(0, 8), whole.subarray(directory)])
  kept.writeUInt32LE(8, 4)
  for (let entry = 0; entry < kept.readUInt16LE(8); entry += 1) {
    const at = 10 + entry * 12 + 8
    const value = kept.readUInt32LE(at)
    if (value >= directory && value < whole.length) kept.writeUInt32LE(value - moved, at)
  }
  return kept
}

describeFuzz({
  name: 'An XMP packet',
  codes: [],
  tokens: [
    'drone-dji:RelativeAltitude="',
    "='",
    '<Camera:BandName>',
    '</Camera:BandName>',
    '<rdf:li>',
    '"',
    '>',
    '<',
  ].map(latin),
  valid: () => packet,
  parse(bytes) {
    const text = bytes.toString('latin1')
    for (const name of ['drone-dji:RelativeAltitude', 'Camera:BandName', 'Camera:CentralWavelength'])
      xmpProperty(text, name)
  },
})

const packet = latin(`<rdf:Description drone-dji:RelativeAltitude="+50.3" drone-dji:GimbalYawDegree='-3'>
<Camera:BandName><rdf:Seq><rdf:li>NIR</rdf:li></rdf:Seq></Camera:BandName></rdf:Description>`)
