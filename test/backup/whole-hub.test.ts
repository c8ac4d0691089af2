import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run as runBackup } from '../../bin/commands/backup.ts'
import { run as runRestore } from '../../bin/commands/restore.ts'
import type { BackupState } from '../../cloud/backup/backup-schemas.ts'
import { verifyBackup } from '../../cloud/backup/restore.ts'
import { type CountingGateway, createCountingGateway } from '../faults/counting-gateway.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { type Browser, browserAt, newPerson } from '../people/browser.ts'
import { until } from '../programs/until.ts'

/** What counts is an alarm at once, and stays one. */
const rules = `
- id: it-counts
  kind: threshold
  severity: major
  match: { channel: count }
  above: 0.5
  onDelayS: 0
  offDelayS: 0
  title: { ja: 数えている, en: It counts }
  advice: { ja: 見る, en: Look }
`
const cityAdmin = [{ tenant: '*', role: 'admin' }]

describe('a hub that is lost and comes back from its back-up', { timeout: 240_000 }, () => {
  let folder: string
  let hub: HubUnderTest
  let gateway: CountingGateway
  const shelf = () => join(folder, 'backups')
  const data = () => join(folder, 'hub')
  const address = () => `http://127.0.0.1:${hub.httpPort}`

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-backup-'))
    await mkdir(shelf())
    const rulesFile = join(folder, 'rules.yaml')
    await writeFile(rulesFile, rules)
    const flags = ['--no-dashboard', '--rules', rulesFile, '--backups', shelf(), '--backup-at', 'never']
    hub = await createHub(data(), flags)
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
    expect(await runBackup(['--data', data(), '--hub', address()])).toBe(0)
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

  it('has its open alarms, its people with their passwords, and what citizens have reported with the photo', async () => {
    const open = browserAt(address())
    await until('an alarm of each', 60_000, async () =>
      (await alarms(open)).length === gateway.series.length ? true : undefined,
    )
    gateway.link.cut()
    const report = await reportWithPhoto(open)
    const sato = await newPerson(open, address(), 'sato', cityAdmin)
    const before = await seenBy(sato, report)
    expect(before).toMatchObject({ report: { text: '街灯が消えています' }, photo: { width: 320, height: 240 } })
    await madeFor(sato)
    await loseAndRestore()
    const stranger = browserAt(address())
    expect((await stranger.ask('GET', '/api/v1/alarms')).status).toBe(401)
    const password = 'correct horse battery staple sato'
    const wrong = await stranger.ask('POST', '/api/v1/session', { name: 'sato', password: `${password}!` })
    expect(wrong.status).toBe(401)
    expect((await stranger.ask('POST', '/api/v1/session', { name: 'sato', password })).status).toBe(200)
    expect(await seenBy(stranger, report)).toEqual(before)
  })

  it('starts again after it was killed in the middle of a back-up, clears the shelf, and makes the next one', async () => {
    const open = browserAt(address())
    const good = await madeFor(open)
    const cut = await killedInTheMiddle(open)
    const before = (await readdir(shelf())).filter((name) => !name.startsWith('.'))
    await hub.start()
    await until('a clean shelf', 60_000, async () =>
      (await readdir(shelf())).length === before.length ? true : undefined,
    )
    const next = await madeFor(open)
    expect((await readdir(shelf())).toSorted()).toEqual([...before, next].toSorted())
    const { items } = (await open.ask('GET', '/api/v1/backups')).body as unknown as BackupState
    expect(items.slice(0, 2).map(({ id, state }) => [id, state])).toEqual([
      [next, 'whole'],
      [cut, 'cut-off'],
    ])
    for (const id of [good, next]) await verifyBackup(join(shelf(), id), () => undefined)
  })

  /** Gives the id of the back-up that the kill has cut off; one that came to its end before is no harm. */
  async function killedInTheMiddle(browser: Browser): Promise<string> {
    const pictures = join(data(), 'images/kept/test')
    await mkdir(pictures, { recursive: true })
    for (;;) {
      for (let number = 0; number < 400; number++) await writeFile(join(pictures, String(number)), randomBytes(50_000))
      const id = String((await browser.ask('POST', '/api/v1/backups')).body['id'])
      const begun = (name: string) => name.includes(id)
      await until('its beginning', 30_000, async () => ((await readdir(shelf())).some(begun) ? true : undefined))
      await hub.end('SIGKILL')
      if ((await readdir(shelf())).includes(`.${id}.part`)) return id
      await hub.start()
    }
  }

  /** Asks for a back-up; gives its id when it is whole. */
  async function madeFor(browser: Browser): Promise<string> {
    const begun = await browser.ask('POST', '/api/v1/backups')
    expect(begun.status).toBe(202)
    const { id } = begun.body
    return await until('a back-up', 60_000, async () => {
      const { running, items } = (await browser.ask('GET', '/api/v1/backups')).body as unknown as BackupState
      if (running !== null) return undefined
      expect(items.find((one) => one.id === id)).toMatchObject({ state: 'whole', code: null })
      return String(id)
    })
  }

  async function alarms(browser: Browser): Promise<readonly unknown[]> {
    const { status, body } = await browser.ask('GET', '/api/v1/alarms')
    expect(status).toBe(200)
    return body['items'] as readonly unknown[]
  }

  /** The path at which staff reads it. */
  async function reportWithPhoto(browser: Browser): Promise<string> {
    const picture = sharp({ create: { width: 320, height: 240, channels: 3, background: '#886644' } })
    const taken = await browser.ask('POST', '/api/v1/citizen-reports', {
      secret: randomBytes(32).toString('base64url'),
      kind: 'street-light',
      text: '街灯が消えています',
      position: { lat: 35.33, lon: 139.9 },
      photos: [(await picture.jpeg().toBuffer()).toString('base64')],
    })
    expect(taken).toMatchObject({ status: 201, body: { photos: 1 } })
    const { items } = (await browser.ask('GET', '/api/v1/citizen-reports')).body as { items?: { id: string }[] }
    return `/api/v1/citizen-reports/${items?.[0]?.id ?? ''}`
  }

  /** What must be there again: the alarms, the report, and its photo with every byte. */
  async function seenBy(browser: Browser, report: string) {
    const { body } = await browser.ask('GET', report)
    const [photo] = (await browser.ask('GET', `${report}/photos`)).body['items'] as { readonly hash: string }[]
    const file = await fetch(`${address()}${report}/photos/${photo?.hash ?? ''}`, {
      headers: { cookie: browser.cookie ?? '' },
    })
    const bytes = Buffer.from(await file.arrayBuffer())
    const { width, height } = await sharp(bytes).metadata()
    return { alarms: await alarms(browser), report: body, photo: { width, height, bytes: bytes.toString('hex') } }
  }

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
