import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { until } from '../programs/until.ts'
import { prepareUplinkRun, type UplinkRun } from './uplink-run.ts'

/** As in test/faults/random-faults.test.ts: what a killed gateway may lose of what it read last. */
const pollIntervalMs = 50
const maxLost = Math.ceil((4 * 250) / pollIntervalMs)

describe('the image uplink', { timeout: 180_000 }, () => {
  let folder: string
  let run: UplinkRun

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-images-'))
  })
  afterEach(async () => {
    await run.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('brings each image once and whole through three cuts, a killed gateway and a killed hub, while telemetry goes on', async () => {
    const images = 24
    run = await prepareUplinkRun({ folder, images, bytes: 262_144, bitsPerSecond: 16_000_000, pollIntervalMs })
    await run.edge.start()
    for (const count of [3, 8, 13]) {
      await run.reached(count, 60_000)
      const failures = 'musubi_edge_image_upload_failures_total{reason="uplink.refused"}'
      const before = await run.edge.metric(failures)
      run.link.cut()
      await until('the gateway notices the cut', 10_000, async () =>
        (await run.edge.metric(failures)) > before ? true : undefined,
      )
      run.link.restore()
    }
    await run.reached(16, 60_000)
    await run.edge.end('SIGKILL')
    const readAtKill = run.device.served().length
    await run.edge.start()
    await run.reached(19, 60_000)
    await run.hub.end('SIGKILL')
    await run.hub.start()
    await run.reached(images, 60_000)

    const stored = await run.stored()
    expect(stored.map(({ sha256 }) => sha256).toSorted()).toEqual(run.hashes.toSorted())
    for (const image of stored) expect(await run.hashOf(image)).toBe(image.sha256)
    const flights = await run.flights()
    expect(flights).toMatchObject([{ images, sites: [{ site: 'test/drone/field-1', images }] }])
    const mine = await until('the gateway has heard of every image', 10_000, async () => {
      const waiting = await run.edge.metric('musubi_edge_images_confirmed_total{reason="sent"}')
      const known = await run.edge.metric('musubi_edge_images_confirmed_total{reason="known"}')
      return waiting + known >= images - 17 ? waiting + known : undefined
    })
    expect(mine).toBeLessThanOrEqual(images)

    const last = run.device.served().at(-1) ?? 0
    const values = await until('the telemetry through now', 30_000, async () => {
      const found = (await run.hub.goodReadings(run.series)).map(({ value }) => value ?? 0)
      return (found.at(-1) ?? 0) >= last ? found : undefined
    })
    expect(new Set(values).size).toBe(values.length)
    const found = new Set(values)
    const missing = run.device.served().filter((value) => value <= last && !found.has(value))
    expect(missing.length).toBeLessThanOrEqual(maxLost)
    expect(missing.every((value) => value > readAtKill - maxLost && value <= readAtKill)).toBe(true)
  })
})
