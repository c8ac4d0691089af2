// Serial lines that nobody wrote: Vaisala and NMEA parsers, and the splitter that cuts their stream.
import { lineProtocols } from '../../firmware-bridge/drivers/line-protocols.ts'
import { createLineSplitter } from '../../firmware-bridge/drivers/line-splitter.ts'
import { nmeaCheckSum } from '../../firmware-bridge/drivers/nmea-xdr.ts'
import { vaisalaCrc } from '../../firmware-bridge/drivers/vaisala-line.ts'
import { loadProfile } from '../../firmware-bridge/profile-loader.ts'
import type { LineProfile } from '../../firmware-bridge/profile-schema.ts'
import { describeFuzz } from './parser-fuzz.ts'
import type { Random } from './seeded-random.ts'

const vaisalaProfile = (await loadProfile('vaisala-wxt530')) as LineProfile
const nmeaProfile = (await loadProfile('nmea-xdr-weather')) as LineProfile
const latin = (text: string): Buffer => Buffer.from(text, 'latin1')

const vaisalaFields = [
  'Dn=029D',
  'Dm=312D',
  'Sm=0.4M',
  'Ta=9.0C',
  'Ua=88.6P',
  'Pa=1006.9H',
  'Rc=0.00M',
  'Vh=12.1N',
  'Dm=000#',
]

function vaisalaLine(random: Random): string {
  const fields = Array.from({ length: 1 + random.below(9) }, () => random.pick(vaisalaFields)).join(',')
  if (random.below(3) > 0) return `0R${random.below(4)},${fields}`
  const body = `0r${random.below(4)},${fields}`
  return body + vaisalaCrc(body)
}

const quadruplets = ['A,057,D,1', 'S,0.6,M,1', 'C,22.6,C,0', 'H,27.1,P,0', 'P,1013.6,H,0', 'U,12.0,N,0', 'C,,C,0']

function nmeaLine(random: Random): string {
  const fields = Array.from({ length: 1 + random.below(7) }, () => random.pick(quadruplets)).join(',')
  const body = `WIXDR,${fields}`
  return `$${body}*${nmeaCheckSum(body).toString(16).toUpperCase().padStart(2, '0')}`
}

const lineCodes = ['driver.frame', 'driver.crc', 'driver.exception'] as const

describeFuzz({
  name: 'A Vaisala line',
  codes: lineCodes,
  tokens: ['0R0,', '0TX,', '=', ',', '#', 'Ta=', '9e9C', '-', '.', 'Id=', '\r\n'].map(latin),
  valid: (random) => latin(vaisalaLine(random)),
  parse: (bytes) => lineProtocols['vaisala-ascii'].parse(bytes.toString('latin1'), {}, vaisalaProfile, 1),
})

describeFuzz({
  name: 'A NMEA sentence',
  codes: lineCodes,
  tokens: ['$', '*', ',', 'WIXDR,', 'C,', '0', '1e999', '-', '\r\n'].map(latin),
  valid: (random) => latin(nmeaLine(random)),
  parse: (bytes) => lineProtocols['nmea-xdr'].parse(bytes.toString('latin1'), {}, nmeaProfile, 1),
})

let overflown = 0
const splitter = createLineSplitter((bytes) => (overflown += bytes))

describeFuzz({
  name: 'The stream of lines',
  codes: lineCodes,
  isStream: true,
  maxBytes: 4096,
  tokens: ['\r', '\n', '\r\n', '\u0000'].map(latin),
  valid: (random) => latin(`${random.below(2) === 0 ? vaisalaLine(random) : nmeaLine(random)}\r\n`),
  parse(bytes) {
    for (const line of splitter.push(bytes)) {
      if (line.length > 1024) throw new Error(`a line of ${line.length} bytes came through`)
    }
    if (overflown < 0) throw new Error('bytes were lost from the count')
  },
})
