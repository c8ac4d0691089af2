import { describe, expect, it } from 'vitest'
import { compassPoint, displayUnit, isSwitch, numberText, quantityText, toDisplay } from './units.ts'

function shown(value: number, unit: string | null, channel = 'x'): string {
  return quantityText(value, displayUnit({ unit, channel, magnitude: value }))
}

describe('display units', () => {
  it.each([
    [0.048, 'm', 'water-level', '4.8 cm'],
    [0.0125, 'm', 'rain-accumulation', '12.5 mm'],
    [2.5, 'm', 'distance', '2.50 m'],
    [1 / 3.6e6, 'm/s', 'rain-intensity', '1.0 mm/h'],
    [3.14, 'm/s', 'wind-speed', '3.1 m/s'],
    [0.12, 'S/m', 'soil-ec', '1.20 dS/m'],
    [0.035, 'S/m', 'water-ec', '0.35 mS/cm'],
    [101_325, 'Pa', 'air-pressure', '1,013.3 hPa'],
    [0.345, '/', 'soil-moisture', '34.5%'],
    [0.97, '/', 'power-factor', '0.97'],
    [0.25, '/', 'anomaly-score', '0.25'],
    [12_345_678, 'bit/s', 'rx-rate', '12.35 Mbit/s'],
    [54_321, 'bit/s', 'rx-rate', '54.3 kbit/s'],
    [-100, 'dBW', 'signal', '-70 dBm'],
    [Math.PI / 2, 'rad', 'wind-direction', '90°'],
    [62, '%RH', 'humidity', '62%'],
    [21.36, 'Cel', 'air-temperature', '21.4 °C'],
    [7_200_000, 'J', 'energy-import', '2.00 kWh'],
    [12, 'count', 'clients', '12'],
    [432_000, 's', 'uptime', '5.0 d'],
    [0.048, 's', 'loop-lag', '48 ms'],
    [344, 'B', 'outbox-size', '0.3 kB'],
    [153_956_352, 'B', 'memory', '154.0 MB'],
    [7.04, 'pH', 'soil-ph', '7.0 pH'],
    [3, 'furlong', 'x', '3.00 furlong'],
    [3, null, 'x', '3.00'],
  ])('show %d %s of %s as %s', (value, unit, channel, text) => {
    expect(shown(value, unit, channel)).toBe(text)
  })

  it('keep one scale for a whole chart by its magnitude', () => {
    const display = displayUnit({ unit: 'bit/s', channel: 'rx-rate', magnitude: 5e6 })
    expect(toDisplay(1000, display)).toBeCloseTo(0.001)
    expect(display.unit).toBe('Mbit/s')
  })

  it('never show a negative zero', () => {
    expect(numberText(-0.04, 1)).toBe('0.0')
    expect(numberText(-0.06, 1)).toBe('-0.1')
  })

  it('know a switch from a ratio', () => {
    expect(isSwitch({ unit: '/', channel: 'lamp-1-relay' })).toBe(true)
    expect(isSwitch({ unit: '/', channel: 'uplink-up' })).toBe(true)
    expect(isSwitch({ unit: '/', channel: 'soil-moisture' })).toBe(false)
    expect(isSwitch({ unit: '/', channel: 'pass' })).toBe(true)
    expect(isSwitch({ unit: 'W', channel: 'on' })).toBe(false)
  })

  it('name the compass point of an angle', () => {
    expect(compassPoint(0)).toBe(0)
    expect(compassPoint(Math.PI / 2)).toBe(4)
    expect(compassPoint(2 * Math.PI - 0.01)).toBe(0)
    expect(compassPoint(-Math.PI / 2)).toBe(12)
  })
})
