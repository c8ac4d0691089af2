// The simulated inspection station over its real protocols, and the parts that it shows.
import sharp from 'sharp'
import { expect, it } from 'vitest'
import { flangeDefects, flangeOf } from '../../firmware-bridge/simulators/factory/flange.ts'
import { startInspectionLine } from '../../firmware-bridge/simulators/factory/inspection-line.ts'
import { photograph } from '../../firmware-bridge/simulators/factory/photograph.ts'
import { createManualClock } from '../edge/manual-clock.ts'

it('makes one part in eight badly, of every kind, and the same parts for the same seed', () => {
  const parts = Array.from({ length: 800 }, (_, index) => flangeOf(3, index))
  const bad = parts.filter(({ defect }) => defect !== undefined)
  expect(bad.length).toBeGreaterThan(70)
  expect(bad.length).toBeLessThan(130)
  expect(new Set(bad.map(({ defect }) => defect))).toEqual(new Set(flangeDefects))
  expect(parts).toEqual(Array.from({ length: 800 }, (_, index) => flangeOf(3, index)))
})

it('photographs a part the same each time, and a defect leaves a mark where the good part has none', async () => {
  const good = await photograph(flangeOf(3, 5, 'none'))
  expect(await photograph(flangeOf(3, 5, 'none'))).toEqual(good)
  const { width, height, channels } = await sharp(good).metadata()
  expect([width, height, channels]).toEqual([640, 480, 3])
  const pixels = async (jpeg: Buffer) => await sharp(jpeg).greyscale().raw().toBuffer()
  const before = await pixels(good)
  for (const defect of flangeDefects) {
    const after = await pixels(await photograph(flangeOf(3, 5, defect)))
    let changed = 0
    for (let at = 0; at < before.length; at += 1) if (Math.abs(before[at]! - after[at]!) > 25) changed += 1
    expect(changed, defect).toBeGreaterThan(40)
    expect(changed, defect).toBeLessThan(before.length / 50)
  }
})

it('brings a part, interrupts its light barrier and shows the part to the camera', async () => {
  const clock = createManualClock()
  const line = await startInspectionLine({ seed: 3, first: 0, everyMs: 3000, ports: undefined, clock })
  const look = async () => {
    const response = await fetch(`http://127.0.0.1:${line.ports.camera}/snapshot.jpg`)
    return Buffer.from(await response.arrayBuffer())
  }
  try {
    expect(await look()).toEqual(await photograph(flangeOf(3, 0)))
    await clock.advance(3000)
    expect(await look()).toEqual(await photograph(flangeOf(3, 1)))
    line.setStopped(true)
    await clock.advance(9000)
    expect(await look()).toEqual(await photograph(flangeOf(3, 1)))
    expect((await fetch(`http://127.0.0.1:${line.ports.camera}/`)).status).toBe(404)
  } finally {
    await line.close()
  }
  expect(clock.pendingTimers).toBe(0)
})
