import { expect, it } from 'vitest'
import type { Sample } from '../broker/contract/sample.ts'
import { createCounters } from './counters.ts'
import { badSamples, calibrated, samplesOf, validated } from './sampling.ts'

const timeMs = Date.UTC(2026, 10, 22)
const sample: Sample = { name: 'a:level', timeMs, value: 1, unit: 'm', quality: 'good', reason: undefined }

it('stamps a measurement with the time of the read unless the device knows better', () => {
  const measurement = { channel: 'level', value: 1, unit: 'm', quality: 'good', reason: undefined } as const
  const own = { ...measurement, timeMs: 5 }
  expect(samplesOf('a', timeMs, [{ ...measurement, timeMs: undefined }, own]).map((each) => each.timeMs)).toEqual([
    timeMs,
    5,
  ])
})

it('calibrates numbers by channel, and marks what lies outside the limits as uncertain', () => {
  const calibrations = { level: { scale: 2, offset: -0.5, min: 0, max: 2 } }
  const [inside, outside, other] = calibrated(
    [sample, { ...sample, value: 3 }, { ...sample, name: 'a:state', value: 'open' }],
    calibrations,
  )
  expect(inside).toMatchObject({ value: 1.5, quality: 'good' })
  expect(outside).toMatchObject({ value: 5.5, quality: 'uncertain', reason: 'range' })
  expect(other).toMatchObject({ value: 'open', quality: 'good' })
})

it('calibrates by a table, outside of which a value is uncertain; a bad sample stays as it is', () => {
  const table = [
    { measured: 0, reference: 0 },
    { measured: 2, reference: 3 },
  ]
  const [inside, outside, bad] = calibrated(
    [sample, { ...sample, value: 4 }, { ...sample, value: null, quality: 'bad', reason: 'timeout' }],
    { level: { table, date: '2026-04-01', validDays: 1 } },
  )
  expect(inside).toMatchObject({ value: 1.5, quality: 'good', reason: undefined })
  expect(outside).toMatchObject({ value: 6, quality: 'uncertain', reason: 'range' })
  expect(bad).toMatchObject({ value: null, quality: 'bad', reason: 'timeout' })
})

it('makes impossible values bad, and drops and counts what has no usable name or time', () => {
  const counters = createCounters()
  const samples = [
    { ...sample, value: Number.NaN },
    { ...sample, value: 'x'.repeat(2000) },
    { ...sample, name: 'not a name' },
    { ...sample, timeMs: 1000 },
    { ...sample, timeMs: Number.NaN },
    sample,
  ]
  const kept = validated(samples, counters)
  expect(kept.map(({ quality }) => quality)).toEqual(['bad', 'bad', 'good'])
  expect(counters.entries()).toEqual([
    { name: 'samples_made_bad', reason: 'not-finite', value: 1 },
    { name: 'samples_made_bad', reason: 'text-length', value: 1 },
    { name: 'samples_dropped', reason: 'name', value: 1 },
    { name: 'samples_dropped', reason: 'clock', value: 2 },
  ])
})

it.each([
  ['driver.timeout', 'timeout'],
  ['driver.crc', 'crc'],
  ['driver.frame', 'frame'],
  ['driver.connection', 'connection'],
  ['driver.exception', 'exception'],
] as const)('makes a poll that failed with %s a bad sample of each channel, reason %s', (code, reason) => {
  const channels = [
    { id: 'level', unit: 'm' },
    { id: 'state', unit: undefined },
  ]
  expect(badSamples({ device: 'a', timeMs, code }, channels)).toEqual([
    { name: 'a:level', timeMs, value: null, unit: 'm', quality: 'bad', reason },
    { name: 'a:state', timeMs, value: null, unit: undefined, quality: 'bad', reason },
  ])
})
