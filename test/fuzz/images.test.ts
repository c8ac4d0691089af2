// Images that no camera wrote: the cutter of JPEG streams, whole files with their EXIF, and the challenges of HTTP logins.
import { authorization, readChallenge } from '../../firmware-bridge/cameras/http-digest.ts'
import { readExif } from '../../firmware-bridge/cameras/exif.ts'
import { readImageFile } from '../../firmware-bridge/cameras/image-file.ts'
import { JpegCutter } from '../../firmware-bridge/cameras/jpeg-cutter.ts'
import { sampleImage, sampleJpeg, sampleJpegs } from '../../firmware-bridge/cameras/sample-images.ts'
import { describeFuzz } from './parser-fuzz.ts'

const maxBytes = 1500
const jpegs = await sampleJpegs(4)
const exif = { DateTimeOriginal: '2026:11:22 10:00:00', OffsetTimeOriginal: '+09:00', ExposureTime: '1/250' }
const files = [await sampleJpeg(9, exif), await sampleImage('png', 9), await sampleImage('tiff', 9)]
const hex = (text: string): Buffer => Buffer.from(text, 'hex')
const latin = (text: string): Buffer => Buffer.from(text, 'latin1')

let longest = 0
const cutter = new JpegCutter({
  maxBytes,
  nowMs: () => 0,
  onImage: ({ length }) => (longest = Math.max(longest, length)),
  onDrop: () => undefined,
})

describeFuzz({
  name: 'A stream of JPEG images',
  codes: [],
  isStream: true,
  tokens: ['ffd8', 'ffd9', 'ffda', 'ffe1', 'ffff', 'ff00', 'ffd0', '0000', 'ffd8ff'].map(hex),
  valid: (random) => random.pick(jpegs),
  parse(bytes) {
    cutter.push(bytes)
    if (longest > maxBytes) throw new Error(`an image of ${longest} bytes came through`)
  },
})

describeFuzz({
  name: 'An image file',
  codes: [],
  tokens: ['ffd8', 'ffd9', 'ffda', 'ffe1', '4578696600004949', '2a00', '8769', '00000000', 'ffffffff', '49454e44'].map(
    hex,
  ),
  valid: (random) => random.pick(files),
  parse(bytes) {
    const file = readImageFile(bytes)
    if (file.kind === 'whole' && file.facts.exif !== undefined) readExif(file.facts.exif, '+09:00')
    readExif(bytes, '+09:00')
  },
})

const challenges = [
  'Basic realm="camera"',
  'Digest realm="camera, indoor", qop="auth,auth-int", nonce="abc", algorithm=MD5, stale=true',
  'Digest realm="a\\"b", nonce="x", opaque="y", algorithm=SHA-256-sess, qop=auth, Basic realm="z"',
]

describeFuzz({
  name: 'The challenge of a HTTP login',
  codes: [],
  tokens: ['Digest ', 'Basic ', ',', '"', '\\"', '=', 'qop=', 'nonce="', ' '].map(latin),
  valid: (random) => latin(random.pick(challenges)),
  parse(bytes) {
    const challenge = readChallenge(bytes.toString('latin1'))
    if (challenge === undefined) return
    authorization(challenge, { username: 'u', password: 'p' }, { method: 'GET', uri: '/', count: 1 })
  },
})
