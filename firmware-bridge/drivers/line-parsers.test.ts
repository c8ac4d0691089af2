import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import { loadProfile } from '../profile-loader.ts'
import type { LineProfile } from '../profile-schema.ts'
import { type LineAddress, lineProtocols } from './line-protocols.ts'
import { createLineSplitter } from './line-splitter.ts'
import { nmeaCheckSum, parseNmeaSentence, xdrReadings } from './nmea-xdr.ts'
import { parseVaisalaLine, vaisalaCrc } from './vaisala-line.ts'

const composite =
  '0R0,Dn=029D,Dm=312D,Dx=323D,Sn=0.3M,Sm=0.4M,Sx=0.4M,Ta=9.0C,Tp=9.1C,Ua=88.6P,Pa=1006.9H,Rc=0.00M,Rd=0s,Ri=0.0M,' +
  'Hc=0.0M,Hd=0s,Hi=0.0M,Rp=0.0M,Hp=0.0M,Th=18.0C,Vh=12.1N,Vs=12.1V,Vr=3.534V,Id=HEL/___'
const xdrWind = '$WIXDR,A,057,D,1,S,0.6,M,1,C,22.6,C,0,H,27.1,P,0,P,1013.6,H,0,V,0.003,I,0,U,12.0,N,0,U,12.4,V,1*67'
const xdrShort = '$WIXDR,A,054,D,1,S,0.4,M,1,C,22.5,C,0,H,26.3,P,0,P,1013.6,H,0*79'
const xdrRain = '$WIXDR,V,0.02,M,0,Z,30,s,0,R,2.7,M,0,V,0.0,M,1,Z,0,s,1,R,0.0,M,1,R,6.3,M,2,R,0.0,M,3*51'

async function measured(id: string, line: string, address: LineAddress = {}) {
  const profile = await loadProfile(id)
  if (profile.driver !== 'line') throw new Error(`${id} is no line profile`)
  const measurements = lineProtocols[profile.line.protocol].parse(line, address, profile, undefined)
  return new Map(measurements?.map((entry) => [entry.channel, entry]))
}

function codeOfThrow(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
  return 'nothing thrown'
}

describe('Vaisala lines', () => {
  it('give every field of the composite message in primary units', async () => {
    const weather = await measured('vaisala-wxt530', composite)
    expect(weather.get('wind-direction')?.value).toBeCloseTo((312 * Math.PI) / 180, 9)
    expect(weather.get('wind-speed')).toMatchObject({ value: 0.4, unit: 'm/s', quality: 'good' })
    expect(weather.get('air-temperature')).toMatchObject({ value: 9, unit: 'Cel' })
    expect(weather.get('humidity')).toMatchObject({ value: 88.6, unit: '%RH' })
    expect(weather.get('air-pressure')).toMatchObject({ value: 100_690, unit: 'Pa', quality: 'good' })
    expect(weather.get('rain-accumulation')).toMatchObject({ value: 0, unit: 'm' })
    expect(weather.get('heating-voltage')).toMatchObject({ value: 12.1, unit: 'V' })
    expect(weather.get('heating-level')).toMatchObject({ value: 0, unit: '/' })
    expect(weather.get('reference-voltage')).toMatchObject({ value: 3.534, unit: 'V', quality: 'good' })
    expect(weather.size).toBe(19)
  })

  it('take the unit from the letter, not from habit', async () => {
    expect((await measured('vaisala-wxt530', '0R2,Pa=1.0058B')).get('air-pressure')?.value).toBeCloseTo(100_580, 6)
    expect((await measured('vaisala-wxt530', '0R1,Sm=36.0K')).get('wind-speed')?.value).toBeCloseTo(10, 9)
    expect((await measured('vaisala-wxt530', '0R1,Sm=10.0N')).get('wind-speed')?.value).toBeCloseTo(5.14444444, 7)
    expect((await measured('vaisala-wxt530', '0R2,Ta=77.1F')).get('air-temperature')?.value).toBeCloseTo(25.0555556, 6)
    expect((await measured('vaisala-wxt530', '0R3,Ri=3.6M')).get('rain-intensity')).toMatchObject({
      value: 1e-6,
      unit: 'm/s',
    })
  })

  it('make a value flagged # bad, and leave the others alone', async () => {
    const weather = await measured('vaisala-wxt530', '0R1,Dn=000#,Dm=000#,Sm=0.4M')
    expect(weather.get('wind-direction')).toMatchObject({ value: null, quality: 'bad', reason: 'sensor-fault' })
    expect(weather.get('wind-speed')).toMatchObject({ value: 0.4, quality: 'good' })
  })

  it('make a value outside the plausible range uncertain', async () => {
    expect((await measured('vaisala-wxt530', '0R2,Ta=99.9C')).get('air-temperature')).toMatchObject({
      value: 99.9,
      quality: 'uncertain',
      reason: 'range',
    })
  })

  it('of another address are left to their own device', async () => {
    expect((await measured('vaisala-wxt530', '1R1,Sm=0.4M')).size).toBe(0)
    expect((await measured('vaisala-wxt530', '1R1,Sm=0.4M', { char: '1' })).size).toBe(1)
  })

  it('with a CRC are checked: the algorithm is that of SDI-12, whose manual gives 0+3.14OqZ', () => {
    expect(vaisalaCrc('0+3.14')).toBe('OqZ')
    const body = '0r1,Dn=236D,Sm=1.0M'
    expect(parseVaisalaLine(body + vaisalaCrc(body)).fields).toHaveLength(2)
    expect(codeOfThrow(() => parseVaisalaLine(`${body}xxx`))).toBe('driver.crc')
  })

  it('that are malformed, or an error text, end in their code', () => {
    expect(codeOfThrow(() => parseVaisalaLine('0R0,Dn=0x9D'))).toBe('driver.frame')
    expect(codeOfThrow(() => parseVaisalaLine('hello'))).toBe('driver.frame')
    expect(codeOfThrow(() => parseVaisalaLine('0TX,Unknown cmd error'))).toBe('driver.exception')
  })
})

describe('NMEA lines', () => {
  it.each([xdrWind, xdrShort, xdrRain])('have the check sum that they say: %s', (line) => {
    expect(nmeaCheckSum(line.slice(1, -3))).toBe(Number.parseInt(line.slice(-2), 16))
    expect(xdrReadings(parseNmeaSentence(line)).length).toBeGreaterThan(4)
  })

  it('give wind, air and supply in primary units', async () => {
    const weather = await measured('nmea-xdr-weather', xdrWind)
    expect(weather.get('wind-direction')?.value).toBeCloseTo((57 * Math.PI) / 180, 9)
    expect(weather.get('wind-speed')).toMatchObject({ value: 0.6, unit: 'm/s' })
    expect(weather.get('air-temperature')).toMatchObject({ value: 22.6, unit: 'Cel' })
    expect(weather.get('humidity')).toMatchObject({ value: 27.1, unit: '%RH' })
    expect(weather.get('air-pressure')).toMatchObject({ value: 101_360, unit: 'Pa' })
    expect(weather.get('rain-accumulation')?.value).toBeCloseTo(0.003 * 0.0254, 12)
    expect(weather.get('heating-voltage')).toMatchObject({ value: 12 })
    expect(weather.get('supply-voltage')).toMatchObject({ value: 12.4, quality: 'good' })
  })

  it('tell rain from hail by the transducer number', async () => {
    const weather = await measured('nmea-xdr-weather', xdrRain)
    expect(weather.get('rain-accumulation')).toMatchObject({ value: 0.00002, unit: 'm' })
    expect(weather.get('rain-duration')).toMatchObject({ value: 30, unit: 's' })
    expect(weather.get('rain-intensity')).toMatchObject({ value: 7.5e-7, unit: 'm/s' })
    expect(weather.get('rain-peak')).toMatchObject({ value: 1.75e-6, unit: 'm/s' })
    expect(weather.size).toBe(4)
  })

  it('with an empty value give a sensor fault, with a wrong check sum a coded error', async () => {
    const body = 'WIXDR,C,,C,0'
    const line = `$${body}*${nmeaCheckSum(body).toString(16).toUpperCase().padStart(2, '0')}`
    expect((await measured('nmea-xdr-weather', line)).get('air-temperature')).toMatchObject({
      value: null,
      reason: 'sensor-fault',
    })
    expect(codeOfThrow(() => parseNmeaSentence(`${xdrShort.slice(0, -2)}78`))).toBe('driver.crc')
    expect(codeOfThrow(() => parseNmeaSentence(xdrShort.slice(0, 30)))).toBe('driver.frame')
  })
})

describe('Arbitrary bytes', () => {
  const seeds = [composite, xdrWind, xdrRain, '0r1,Dn=236DGoe']
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...Array.from('0R,DnSmTaPa=#.*$WIXDR-+e9CM\u0000\u00ff')) }),
    fc.tuple(fc.constantFrom(...seeds), fc.nat(), fc.string({ maxLength: 3 })).map(([seed, at, text]) => {
      const cut = at % seed.length
      return seed.slice(0, cut) + text + seed.slice(cut + 1)
    }),
  )

  it('never make a line parser throw anything but a coded error, nor a measurement that is no number', async () => {
    const profiles = await Promise.all(['vaisala-wxt530', 'nmea-xdr-weather'].map(loadProfile))
    fc.assert(
      fc.property(hostile, (text) => {
        for (const profile of profiles as LineProfile[]) {
          try {
            for (const { value, quality } of lineProtocols[profile.line.protocol].parse(text, {}, profile, 1) ?? []) {
              if (quality === 'bad') expect(value).toBeNull()
              else expect(Number.isFinite(value)).toBe(true)
            }
          } catch (error) {
            expect(error).toBeInstanceOf(AppError)
          }
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('never make the splitter keep more than a line, and lose none that is short', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 12 }), (chunks) => {
        let lost = 0
        const splitter = createLineSplitter((bytes) => (lost += bytes))
        const lines = chunks.flatMap((chunk) => splitter.push(Buffer.from(chunk)))
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(1024)
        expect(splitter.clear()).toBeLessThanOrEqual(1024)
        const whole = Buffer.concat(chunks)
          .toString('latin1')
          .split(/[\r\n]+/)
          .slice(0, -1)
          .filter((part) => part !== '')
        if (lost === 0) expect(lines).toEqual(whole)
      }),
    )
  })
})
