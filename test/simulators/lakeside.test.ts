// The visitors of the simulated lakeside, and that the detector of the project takes the drawn figures for people.
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { accessPoints, lakeside } from '../../firmware-bridge/simulators/kimitsu.ts'
import { lakesidePicture } from '../../firmware-bridge/simulators/lakeside/lakeside-picture.ts'
import { mostVisitors, standing, visitorsAt } from '../../firmware-bridge/simulators/lakeside/visitors.ts'
import { openVisionModel } from '../../models/vision/open-vision-model.ts'
import { loadPackage } from '../../models/package.ts'

const place = accessPoints.find(({ id }) => id === lakeside)
const sundayMs = Date.UTC(2026, 4, 9, 15)
const atHour = (hour: number) => {
  if (place === undefined) throw new Error('the lakeside has no access point')
  return visitorsAt(1, place, sundayMs + hour * 3_600_000)
}

it('is empty at night, full on a Sunday at noon, and the same for the same seed', () => {
  expect(atHour(1)).toEqual([])
  const noons = Array.from({ length: 12 }, (_, turn) => atHour(11 + turn / 12).length)
  expect(Math.max(...noons)).toBeGreaterThan(6)
  expect(Math.max(...noons)).toBeLessThanOrEqual(mostVisitors)
  expect(atHour(12)).toEqual(atHour(12))
})

it('shows figures that the detector counts: nobody as nobody, and a few as many as they are but for those behind others', async () => {
  const model = await openVisionModel(
    await loadPackage(join(import.meta.dirname, '../../models/packages/people-count')),
  )
  try {
    const [turns, sizes] = [
      [0, 1],
      [0, 2, 7],
    ] as const
    for (const size of sizes) {
      const errors = []
      for (const turn of turns) {
        const { detail } = await model.analyse(await lakesidePicture(standing(1, size, turn)))
        errors.push(Math.abs(Number(detail['people']) - size))
      }
      expect(Math.max(...errors), `${size} people`).toBeLessThanOrEqual(size === 0 ? 0 : 1)
    }
  } finally {
    await model.close()
  }
})
