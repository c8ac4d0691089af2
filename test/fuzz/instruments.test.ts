// Answers of field instruments that no instrument gave: Davis consoles and SDI-12 sensors.
import { crcCcitt, loopBytes, parseLoop } from '../../firmware-bridge/drivers/davis-loop.ts'
import { measureLoop } from '../../firmware-bridge/drivers/davis-values.ts'
import { packetIn } from '../../firmware-bridge/drivers/davis.ts'
import type { DavisProfile } from '../../firmware-bridge/drivers/davis-schemas.ts'
import { parseStart, parseValues } from '../../firmware-bridge/drivers/sdi12-lines.ts'
import { vaisalaCrc } from '../../firmware-bridge/drivers/vaisala-line.ts'
import { loadProfile } from '../../firmware-bridge/profile-loader.ts'
import { describeFuzz } from './parser-fuzz.ts'
import type { Random } from './seeded-random.ts'

const davisProfile = (await loadProfile('davis-vantage')) as DavisProfile
const latin = (text: string): Buffer => Buffer.from(text, 'latin1')

/** A packet with any weather in it and a right check sum. */
function loopPacket(random: Random): Buffer {
  const bytes = Buffer.concat([latin('LOO'), random.bytes(loopBytes - 3)])
  bytes[4] = 0
  bytes.writeUInt16BE(crcCcitt(bytes.subarray(0, -2)), loopBytes - 2)
  return bytes
}

describeFuzz({
  name: 'A LOOP packet',
  codes: ['driver.frame', 'driver.crc'],
  tokens: [latin('LOO'), latin('\n\r'), Buffer.from([6]), Buffer.from('ff7f', 'hex')],
  valid: loopPacket,
  parse: (bytes) => measureLoop(davisProfile, parseLoop(bytes)),
})

describeFuzz({
  name: 'What a Davis console sends',
  codes: ['driver.frame', 'driver.crc', 'driver.exception'],
  tokens: [latin('\u0006LOO'), latin('\n\r'), latin('!'), latin('\u0018')],
  valid: (random) => Buffer.concat([latin('\n\r\u0006'), loopPacket(random)]),
  parse(bytes) {
    const found = packetIn(bytes)
    if (found !== undefined) measureLoop(davisProfile, parseLoop(found.value))
  },
})

function valuesLine(random: Random): string {
  const values = Array.from({ length: random.below(10) }, () => random.pick(['+312', '-0.4', '+3.14', '-9999', '+.5']))
  const body = `0${values.join('')}`
  return body + vaisalaCrc(body)
}

describeFuzz({
  name: 'The values of a SDI-12 sensor',
  codes: ['driver.frame', 'driver.crc'],
  tokens: ['0', '+', '-', '.', '+-', '9999999', 'OqZ'].map(latin),
  valid: (random) => latin(valuesLine(random)),
  parse(bytes) {
    for (const value of parseValues(bytes.toString('latin1'), '0', true)) {
      if (!Number.isFinite(value)) throw new Error(`${value} is no number`)
    }
  },
})

describeFuzz({
  name: 'The start of a SDI-12 measurement',
  codes: ['driver.frame'],
  tokens: ['0', '00013', '!', '\n'].map(latin),
  valid: (random) => latin(`0${String(random.below(1000)).padStart(3, '0')}${random.below(100)}`),
  parse: (bytes) => parseStart(bytes.toString('latin1'), '0'),
})
