import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../broker/contract/app-error.ts'
import { primaryUnits } from '../broker/contract/units.ts'
import { deviceUnits } from './device-units.ts'
import { listProfiles, loadProfile, parseProfile } from './profile-loader.ts'

function faultsOf(text: string): string {
  try {
    parseProfile(text, 'test.yaml')
  } catch (error) {
    if (error instanceof AppError && error.code === 'config.invalid') return error.message
    throw error
  }
  return ''
}

describe('The profiles of the project', async () => {
  it.each(await listProfiles())('%s loads, under its own name', async (id) => {
    expect((await loadProfile(id)).id).toBe(id)
  })

  it('load by path as well, and an unknown one names those that exist', async () => {
    expect((await loadProfile(`${import.meta.dirname}/profiles/soil-4in1.yaml`)).id).toBe('soil-4in1')
    await expect(loadProfile('no-such')).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('soil-4in1') as string,
    })
  })

  it('are refused with every fault at once: path, fault, and what would be right', async () => {
    const soil = await readFile(`${import.meta.dirname}/profiles/soil-4in1.yaml`, 'utf8')
    const faults = faultsOf(
      soil
        .replace('id: soil-4in1', 'id: Soil!')
        .replace('address: 1', 'address: -1')
        .replace('address: 2', 'table2: x'),
    )
    expect(faults).toContain('/id must match pattern')
    expect(faults).toContain('/channels/1/source/address must be >= 0')
    expect(faults).toContain('/channels/2/source')
    expect(faults).toContain('table2')
  })

  it('are refused for what a schema cannot say: twice the same id, an unknown unit, a range upside down, bits from registers', () => {
    const channel = (text: string) => ` - { id: a, label: { ja: a, en: a }, ${text} }\n`
    const faults = faultsOf(
      'id: x\ndriver: modbus\nlabel: { ja: x, en: x }\nchannels:\n' +
        channel('source: { table: holding, address: 0, type: bit }, unit: furlong') +
        channel('source: { table: input, address: 0, type: int16 }, range: { min: 5, max: 1 }'),
    )
    expect(faults).toContain('has the id of an earlier channel')
    expect(faults).toContain('unit "furlong" is not known')
    expect(faults).toContain('range.min must be below range.max')
    expect(faults).toContain('type bit does not fit table holding')
    expect(faults).toContain('4 fault(s)')
  })

  it('list every fault, however many there are', () => {
    const channel = (index: number) =>
      `  - { id: c${index}, bogus: 1, label: { ja: a, en: b }, source: { table: holding, address: ${index}, type: int16 } }`
    const channels = Array.from({ length: 20 }, (_, index) => channel(index)).join('\n')
    expect(() => parseProfile(`id: x\ndriver: modbus\nlabel: { ja: a, en: b }\nchannels:\n${channels}\n`, 'x')).toThrow(
      '20 fault(s)',
    )
  })

  it('never end in anything but a coded error, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...Array.from('id: x\n-{}[]&*!|>#"\'')) })),
        (text) => {
          try {
            parseProfile(text, 'x')
          } catch (error) {
            expect(error).toBeInstanceOf(AppError)
          }
        },
      ),
    )
  })
})

describe('Device units', () => {
  it.each([
    [77.1, 'degF', 25.0555556, 'Cel'],
    [-40, 'degF', -40, 'Cel'],
    [1000, 'uS/cm', 0.1, 'S/m'],
    [65.8, 'percent', 0.658, '/'],
    [10, 'kn', 5.1444444, 'm/s'],
    [10, 'mph', 4.4704, 'm/s'],
    [29.921, 'inHg', 101_324.1, 'Pa'],
    [1.0058, 'bar', 100_580, 'Pa'],
    [1, 'kgf/cm2', 98_066.5, 'Pa'],
    [1, 'in/h', 0.0254 / 3600, 'm/s'],
    [180, 'deg', Math.PI, 'rad'],
    [123, 'mm', 0.123, 'm'],
    [1006.9, 'hPa', 100_690, 'Pa'],
    [2, 'kWh', 7_200_000, 'J'],
  ])('%d %s is %d %s', (value, unit, primary, primaryUnit) => {
    const converted = deviceUnits.toPrimary(value, unit)
    expect(converted?.unit).toBe(primaryUnit)
    expect(converted?.value).toBeCloseTo(primary, primary > 1000 ? 0 : 6)
    expect(primaryUnits.has(primaryUnit)).toBe(true)
  })

  it('does not know what nobody defined', () => {
    expect(deviceUnits.isKnown('furlong')).toBe(false)
  })
})
