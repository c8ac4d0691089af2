// A citizen's report over HTTP: sent twice and kept once, clean of what the camera wrote, answered by staff and by the order that mends it.
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseOpenData } from '../../cloud/open-data/open-data-file.ts'
import type { Notice } from '../../cloud/notifications/notice.ts'
import type { PublicReport, ReportDetail, ReportItem } from '../../cloud/reports/report-schemas.ts'
import { type RunningCloud, runCloud } from '../cloud/running-cloud.ts'
import { debianPackage } from '../debian.ts'

const hostile = `<img src=x onerror="alert(1)"><script>alert(2)</script>`
const secretOf = () => randomBytes(32).toString('base64url')

describe("citizens' reports over HTTP", () => {
  let hub: RunningCloud
  let folder: string
  const told: Notice[] = []
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-reports-'))
    hub = await startHub()
  })
  afterAll(async () => {
    await hub.stop()
    await rm(folder, { recursive: true })
  })

  async function startHub(): Promise<RunningCloud> {
    const yaml = await readFile(new URL('../../cloud/open-data/open-data.yaml', import.meta.url), 'utf8')
    const openData = parseOpenData(yaml.replace('mostPerHourAndAddress: 30', 'mostPerHourAndAddress: 9'), 'test')
    const notices = { take: (notice: Notice) => void told.push(notice), flush: () => Promise.resolve() }
    return await runCloud(folder, { rules: '[]', more: { openData, notices } })
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what the hub answers
  const ask = async <T>(
    method: string,
    path: string,
    body?: object,
    headers: Readonly<Record<string, string>> = {},
  ) => {
    const response = await fetch(`${hub.url}/api/v1/${path}`, {
      method,
      headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? undefined : JSON.parse(text)) as T,
    }
  }
  const report = (change: object = {}) => ({
    secret: secretOf(),
    kind: 'road',
    text: '穴があります',
    position: { lat: 35.33, lon: 139.9 },
    ...change,
  })

  it.skipIf(!debianPackage('libimage-exiftool-perl'))('keeps nothing of what a camera wrote into a photo', async () => {
    const file = join(folder, 'taken.jpg')
    const plain = sharp({ create: { width: 320, height: 240, channels: 3, background: 'grey' } })
    await writeFile(file, await plain.jpeg().toBuffer())
    const tags = [
      '-GPSLatitude=35.3',
      '-GPSLatitudeRef=N',
      '-GPSLongitude=139.9',
      '-GPSLongitudeRef=E',
      '-Model=Telephone',
      '-Artist=Sato',
      '-XMP:Creator=Sato',
      '-IPTC:By-line=Sato',
      '-Comment=Sato',
    ]
    spawnSync('exiftool', ['-overwrite_original', ...tags, file])
    const read = (path: string) => spawnSync('exiftool', ['-G', '-a', path], { encoding: 'utf8' }).stdout
    expect(read(file)).toMatch(/GPS Latitude[\s\S]*Sato/)
    const photos = [(await readFile(file)).toString('base64')]
    expect((await ask('POST', 'citizen-reports', report({ photos }))).status).toBe(201)
    const kept = await readdir(join(folder, 'photos-of-reports'))
    expect(kept).toHaveLength(1)
    expect(read(join(folder, 'photos-of-reports', kept[0] ?? ''))).not.toMatch(/EXIF|GPS|XMP|IPTC|Sato|Telephone/)
  })

  it('is taken once, before and after the hub starts anew, with and without an Idempotency-Key', async () => {
    const sent = report()
    const key = { 'idempotency-key': 'a-phone-and-a-minute' }
    const first = await ask<PublicReport>('POST', 'citizen-reports', sent, key)
    expect(first.status).toBe(201)
    const second = await ask<PublicReport>('POST', 'citizen-reports', sent, key)
    expect([second.status, second.headers.get('idempotency-replayed')]).toEqual([201, 'true'])
    await hub.stop()
    hub = await startHub()
    const third = await ask<PublicReport>('POST', 'citizen-reports', sent)
    expect([third.status, third.body]).toEqual([200, first.body])
    const { body } = await ask<{ items: ReportItem[] }>('GET', 'citizen-reports')
    expect(body.items.filter(({ number }) => number === first.body.number)).toHaveLength(1)
  })

  it('is taken whatever its photos are: what cannot be kept is left out, and another photo may come for it', async () => {
    const picture = sharp({ create: { width: 400, height: 300, channels: 3, background: '#886644' } })
    const good = (await picture.jpeg().toBuffer()).toString('base64')
    const dark = (await picture.clone().linear(0.05, 0).jpeg().toBuffer()).toString('base64')
    const sent = report({ photos: [dark, Buffer.from('<svg/>').toString('base64'), good] })
    const taken = await ask<PublicReport>('POST', 'citizen-reports', sent)
    expect([taken.status, taken.body]).toMatchObject([201, { photos: 1, photosLeftOut: ['dark', 'unreadable'] }])
    expect((await ask<PublicReport>('POST', 'citizen-reports', sent)).body).toEqual(taken.body)
    const { secret } = sent
    const again = await ask<{ code: string }>('POST', 'citizen-reports/photo', { secret, photo: dark })
    expect([again.status, again.body.code]).toEqual([422, 'photo.left-out'])
    const other = (await picture.clone().negate().jpeg().toBuffer()).toString('base64')
    const replaced = await ask<PublicReport>('POST', 'citizen-reports/photo', { secret, photo: other })
    expect([replaced.status, replaced.body]).toMatchObject([200, { photos: 2, photosLeftOut: ['unreadable'] }])
    const { items } = (await ask<{ items: ReportItem[] }>('GET', 'citizen-reports')).body
    const own = items.find(({ number }) => number === taken.body.number)
    const added = await ask<{ code: string }>('POST', `citizen-reports/${own?.id}/photos`, { photo: dark })
    expect([added.status, added.body.code]).toEqual([422, 'photo.left-out'])
    const metrics = await (await fetch(`${hub.url}/metrics`)).text()
    expect(metrics).toMatch(/musubi_photo_privacy_photos_total\{outcome="dark"\} 3/)
  }, 60_000)

  it('is told to staff once for all that is reported of one place, and again after the hub starts anew', async () => {
    const position = { lat: 35.35, lon: 139.95 }
    told.length = 0
    const first = await ask<PublicReport>('POST', 'citizen-reports', report({ position, text: hostile }))
    await ask('POST', 'citizen-reports', report({ position: { ...position, lat: 35.3501 } }))
    const keys = () => told.map(({ key }) => key)
    expect(told).toMatchObject([{ kind: 'reported', tenant: 'kimitsu', report: { number: first.body.number } }])
    expect(JSON.stringify(told)).not.toContain('script')
    const [key = ''] = keys()
    await hub.stop()
    hub = await startHub()
    // The same key: who was told is told nothing twice.
    expect(keys().filter((one) => one === key)).toHaveLength(2)
    expect(told.some(({ report: one }) => one?.number === first.body.number + 1)).toBe(false)
  })

  it('is answered: its link shows what staff and the order say, and neither contact nor who said it', async () => {
    const sent = report({ text: hostile, contact: 'sato@example.jp', position: { lat: 35.34, lon: 139.91 } })
    await ask('POST', 'citizen-reports', sent)
    const { items } = (await ask<{ items: ReportItem[] }>('GET', 'citizen-reports')).body
    const own = items.find(({ text }) => text === hostile)
    expect(JSON.stringify(items)).not.toContain('sato@example.jp')
    const path = `citizen-reports/${own?.id}`
    expect((await ask<ReportDetail>('GET', path)).body.contact).toBe('sato@example.jp')
    const by = '佐藤'
    expect((await ask('PATCH', path, { state: 'looked-at', by })).status).toBe(200)
    const orders = await Promise.all([1, 2].map(() => ask<ReportDetail>('POST', `${path}/work-order`, { by })))
    expect(orders.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409])
    const order = orders.find(({ status }) => status === 201)?.body.workOrder
    const status = async () => (await ask<PublicReport>('POST', 'citizen-reports/status', { secret: sent.secret })).body
    expect((await status()).state).toBe('ordered')
    expect((await ask('PATCH', `work-orders/${order?.id}`, { state: 'fixed', by })).status).toBe(200)
    const mended = await status()
    expect(mended).toMatchObject({ state: 'mended', text: hostile, known: false })
    expect(JSON.stringify(mended)).not.toMatch(/sato|佐藤|tenant|kimitsu/)
    expect((await ask('POST', 'citizen-reports/status', { secret: secretOf() })).status).toBe(404)
    const listed = await ask<{ items: { title: { ja: string }; gateway: string }[] }>('GET', 'work-orders?state=all')
    expect(listed.body.items[0]).toMatchObject({
      gateway: '',
      title: { ja: `道路の破損 #${own?.number}: ${hostile.slice(0, 60)}` },
    })
  })

  it('refuses more of one address than it takes in an hour, and what is no report', async () => {
    const outside = await ask<{ code: string }>(
      'POST',
      'citizen-reports',
      report({ position: { lat: 35.7, lon: 139.7 } }),
    )
    expect([outside.status, outside.body.code]).toEqual([422, 'report.outside'])
    const lamp = await ask<{ code: string }>('POST', 'citizen-reports', report({ lamp: 'L-1' }))
    expect([lamp.status, lamp.body.code]).toEqual([400, 'payload.schema'])
    expect((await ask('POST', 'citizen-reports', report({ text: 'x'.repeat(501) }))).status).toBe(400)
    expect((await ask('POST', 'citizen-reports', report({ photos: ['', '', '', ''] }))).status).toBe(400)
    let last = await ask<{ code: string }>('POST', 'citizen-reports', report())
    for (let count = 0; count < 10 && last.status === 201; count += 1)
      last = await ask('POST', 'citizen-reports', report())
    expect([last.status, last.body.code]).toEqual([429, 'request.rate'])
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})
