import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run as runBackup } from '../../bin/commands/backup.ts'
import { run as runRestore } from '../../bin/commands/restore.ts'
import { type CountingGateway, createCountingGateway } from '../faults/counting-gateway.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { until } from '../programs/until.ts'

describe('a hub that is lost and comes back from its back-up', { timeout: 240_000 }, () => {
  let folder: string
  let hub: HubUnderTest
  let gateway: CountingGateway
  const shelf = () => join(folder, 'backups')
  const data = () => join(folder, 'hub')

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-backup-'))
    await mkdir(shelf())
    hub = await createHub(data(), ['--no-dashboard', '--backups', shelf(), '--backup-at', 'never'])
    const where = { data: data(), mqttsPort: hub.mqttsPort }
    gateway = await createCountingGateway({ folder: join(folder, 'gateway'), hub: where })
    await gateway.start()
  })

  afterEach(async () => {
    await gateway.close()
    await hub.end('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  it('has every reading that was acknowledged before, once, and gets the later ones from the gateway', async () => {
    await untilStored(50)
    const before = await stored()
    const address = `http://127.0.0.1:${hub.httpPort}`
    expect(await runBackup(['--data', data(), '--hub', address])).toBe(0)
    // What is acknowledged after the back-up and before the loss is what a loss costs: here it is kept small, and known.
    gateway.link.cut()
    const atCut = gateway.devices.map((device) => device.served().length)
    await until('readings that wait at the gateway', 30_000, () =>
      Promise.resolve(
        gateway.devices.every((device, at) => device.served().length > (atCut[at] ?? 0) + 50) || undefined,
      ),
    )
    await loseAndRestore()
    gateway.link.restore()
    await until('the readings of the gateway', 60_000, async () => {
      const now = await stored()
      const due = gateway.devices.map((device, at) => device.served()[(atCut[at] ?? 0) + 40] ?? 0)
      return now.every((values, at) => values.includes(due[at] ?? 0)) || undefined
    })
    const after = await stored()
    for (const [at, values] of after.entries()) {
      expect(values).toEqual([...new Set(values)].toSorted((a, b) => a - b))
      expect(values).toEqual(expect.arrayContaining([...(before[at] ?? [])]))
      // One gap at most, between the back-up and the cut; from the cut on nothing is missing.
      const due = gateway.devices[at]?.served().slice(atCut[at]) ?? []
      const reached = due.slice(0, due.indexOf(values.at(-1) ?? 0) + 1)
      expect(values).toEqual(expect.arrayContaining(reached))
      expect(
        values.filter((value, place) => value !== (values[place - 1] ?? value - 1) + 1).length,
      ).toBeLessThanOrEqual(1)
    }
  })

  async function loseAndRestore(): Promise<void> {
    await hub.end('SIGKILL')
    await rename(data(), join(folder, 'lost'))
    const [name = ''] = await readdir(shelf())
    expect(await runRestore([join(shelf(), name), '--data', data()])).toBe(0)
    await hub.start()
  }

  async function stored(): Promise<readonly (readonly number[])[]> {
    const all = await Promise.all(gateway.series.map((series) => hub.goodReadings(series)))
    return all.map((readings) => readings.map(({ value }) => value ?? Number.NaN))
  }

  async function untilStored(count: number): Promise<void> {
    await until(
      `${count} readings of each series`,
      60_000,
      async () => (await stored()).every((values) => values.length >= count) || undefined,
    )
  }
})
