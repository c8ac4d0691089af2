// What a citizen does without an account, and the city's answer: a broken road is reported over a bad network, mended, and seen to be mended.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureDashboard } from '../../bin/build-dashboard.ts'
import type { ReportItem } from '../../cloud/reports/report-schemas.ts'
import { type RunningCloud, runCloud } from '../cloud/running-cloud.ts'
import { debianPackage } from '../debian.ts'
import { until } from '../programs/until.ts'
import { isWell, launchBrowser, openScreen, type Screen } from './screen.ts'

const hostile = '<img src=x onerror="alert(1)"> 穴があります'

describe.skipIf(!debianPackage('chromium'))("a citizen's report", { timeout: 120_000 }, () => {
  let folder: string
  let hub: RunningCloud
  let browser: Browser

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-citizen-'))
    hub = await runCloud(folder, { rules: '[]', more: { dashboardFolder: await ensureDashboard() } })
    await putPlaces()
    browser = await launchBrowser()
  }, 180_000)

  afterAll(async () => {
    await browser?.close()
    await hub?.stop()
    await rm(folder, { recursive: true, force: true })
  }, 60_000)

  const put = (path: string, body: object) =>
    fetch(`${hub.url}/api/v1/${path}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })

  async function putPlaces(): Promise<void> {
    const csv = `ID,名称,緯度,経度\nw1,${hostile.replaceAll('"', '')},35.33,139.9\n`
    const headers = { 'content-type': 'text/csv' }
    await fetch(`${hub.url}/api/v1/places/import?tenant=kimitsu&kind=wifi`, { method: 'POST', headers, body: csv })
    await put('publications/lists/kimitsu/wifi', { public: true })
    const gym = { name: { ja: '体育館', en: 'Gym' }, kind: 'shelter', capacity: 100, public: true }
    await put('crowding/kimitsu/gym', { ...gym, position: { lat: 35.335, lon: 139.92 } })
  }

  async function items(): Promise<readonly ReportItem[]> {
    const response = await fetch(`${hub.url}/api/v1/citizen-reports?state=all`)
    return ((await response.json()) as { items: ReportItem[] }).items
  }

  /** And nothing that a text of a stranger has begun. */
  async function isWellAndCalm(page: Page): Promise<void> {
    await isWell(page)
    expect(await page.locator('img[src="x"]').count()).toBe(0)
  }

  async function allow(context: BrowserContext): Promise<void> {
    await context.grantPermissions(['geolocation'])
    await context.setGeolocation({ latitude: 35.3304, longitude: 139.9027, accuracy: 8 })
  }

  /** The hub takes the report, and its answer never arrives: as on a bad line. */
  async function loseAnswers(page: Page): Promise<() => Promise<void>> {
    const address = '**/api/v1/citizen-reports'
    await page.route(address, async (route) => {
      await route.fetch()
      await route.abort('connectionreset')
    })
    return () => page.unrouteAll({ behavior: 'wait' })
  }

  async function report({ page, picture }: Screen): Promise<void> {
    await page.goto(`${hub.url}/report`)
    await page.getByRole('button', { name: '道路の破損' }).click()
    await page.getByText('ピンの場所を送ります').waitFor()
    const photo = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#777' } })
      .withExif({ IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '35/1 20/1 0/1' } })
      .jpeg()
      .toBuffer()
    const file = { name: 'road.jpg', mimeType: 'image/jpeg', buffer: photo }
    await page.getByLabel('写真をとる・選ぶ').setInputFiles(file)
    await page.getByRole('img', { name: '写真 1' }).waitFor()
    const night = { ...file, buffer: await sharp(photo).linear(0.05, 0).jpeg().toBuffer() }
    await page.getByLabel('写真をとる・選ぶ').setInputFiles(night)
    await page.getByRole('img', { name: '写真 2' }).waitFor()
    await page.getByLabel('どうなっていますか').fill(hostile)
    await isWellAndCalm(page)
    await picture('citizen-2-report')
    // What is written is kept by the telephone.
    await page.reload()
    await page.getByRole('img', { name: '写真 1' }).waitFor()
    expect(await page.getByLabel('どうなっていますか').inputValue()).toBe(hostile)
    const found = await loseAnswers(page)
    await page.getByRole('button', { name: '送る', exact: true }).click()
    await page.getByRole('heading', { name: '送信待ちです' }).waitFor()
    await until('the report at the hub', 20_000, async () => ((await items()).length === 1 ? true : undefined))
    await found()
    // The telephone tries again by itself too, and may be quicker than the button.
    const received = page.locator('[data-state="received"]').waitFor()
    await Promise.race([page.getByRole('button', { name: 'いま送る' }).click(), received])
    await received
  }

  /** One of the photos was too dark to be kept; another one is sent in its place. */
  async function replacePhoto({ page, picture }: Screen): Promise<void> {
    await page.getByText('写真 1 枚は預かっていません').waitFor()
    await page.getByText('暗すぎて').waitFor()
    await isWellAndCalm(page)
    await picture('citizen-3-left-out')
    const other = sharp({ create: { width: 640, height: 480, channels: 3, background: '#668' } })
    const buffer = await other.jpeg().toBuffer()
    await page.getByLabel('別の写真を送る').setInputFiles({ name: 'again.jpg', mimeType: 'image/jpeg', buffer })
    await page.getByText('2 枚（職員だけが見ます）').waitFor()
    expect(await page.getByText('預かっていません').count()).toBe(0)
    expect(await items()).toMatchObject([{ photos: 2, photosLeftOut: [] }])
  }

  async function answer({ page, picture }: Screen): Promise<void> {
    await page.goto(`${hub.url}/#/reports`)
    const card = page.locator('[data-report="1"]')
    await card.getByText(hostile).first().waitFor()
    await card.getByText('詳しく・対応する').click()
    await card.getByRole('img', { name: '通報 1 の写真 1' }).waitFor()
    await isWellAndCalm(page)
    await picture('citizen-5-desk')
    await card.getByRole('button', { name: '作業指示を出す' }).click()
    await card.locator('[data-order="dispatched"]').click()
    await card.locator('[data-order="fixed"]').click()
    // What is mended is not among the open ones any more.
    await card.waitFor({ state: 'detached' })
  }

  it('is sent once over a line that loses answers, ordered and mended by staff, and seen to be mended by its link', async () => {
    const phone = await openScreen(browser, { width: 360, scheme: 'light' })
    const desk = await openScreen(browser, { width: 1440, scheme: 'light' })
    const dialogs: string[] = []
    for (const { page } of [phone, desk]) page.on('dialog', (dialog) => dialogs.push(dialog.message()))
    await allow(phone.page.context())
    await phone.page.goto(`${hub.url}/public`)
    await phone.page.getByRole('button', { name: '道路の破損' }).waitFor()
    await isWellAndCalm(phone.page)
    await phone.picture('citizen-1-home')

    await report(phone)
    const [only, ...more] = await items()
    expect(more).toEqual([])
    expect(only).toMatchObject({
      text: hostile,
      photos: 1,
      photosLeftOut: ['dark'],
      position: { lat: 35.3304, lon: 139.9027 },
    })
    await isWellAndCalm(phone.page)
    await replacePhoto(phone)
    await phone.picture('citizen-3-status')
    await answer(desk)
    expect((await items())[0]?.state).toBe('mended')
    await phone.page.reload()
    await phone.page.locator('[data-state="mended"]').waitFor()
    await phone.picture('citizen-4-mended')

    await phone.page.goto(`${hub.url}/citizen/#places`)
    await phone.page.getByText('体育館').waitFor()
    await phone.page.getByRole('button', { name: 'Wi-Fi' }).click()
    await phone.page.getByText('穴があります').waitFor()
    await isWellAndCalm(phone.page)
    await phone.page.goto(`${hub.url}/citizen/#data`)
    await phone.page.getByRole('link', { name: 'GeoJSON' }).waitFor()
    await isWellAndCalm(phone.page)
    expect(dialogs).toEqual([])
    expect(desk.faults).toEqual([])
    await Promise.all([phone.close(), desk.close()])
  })

  it('is no more than part of the desk: shelters are opened, people counted without a network, lists withdrawn', async () => {
    const screen = await openScreen(browser, { width: 360, scheme: 'dark' })
    const { page, picture } = screen
    await page.goto(`${hub.url}/#/counter/kimitsu/gym`)
    await page.getByRole('heading', { name: '体育館' }).waitFor()
    await page.context().setOffline(true)
    for (const name of ['入った', '入った', '出た']) await page.getByRole('button', { name }).click()
    await page.locator('[data-people="1"]').waitFor()
    await page.context().setOffline(false)
    await page.getByText('すべて送りました').waitFor()
    await isWellAndCalm(page)
    await picture('desk-counter')
    await page.goto(`${hub.url}/#/places`)
    const gym = page.locator('[data-spot="kimitsu/gym"]')
    await gym.getByRole('button', { name: '開設' }).click()
    await gym.locator('[aria-pressed="true"]').waitFor()
    await isWellAndCalm(page)
    await picture('desk-places')
    const [spot] = ((await (await fetch(`${hub.url}/open-data/crowding`)).json()) as { items: object[] }).items
    expect(spot).toMatchObject({ state: 'open', people: 1 })
    await page.goto(`${hub.url}/#/publication`)
    await page.locator('[data-list="kimitsu/wifi"]').getByRole('button', { name: '公開をやめる' }).click()
    await page.locator('[data-list="kimitsu/wifi"]').getByRole('button', { name: '公開する' }).waitFor()
    await isWellAndCalm(page)
    await picture('desk-publication')
    const about = (await (await fetch(`${hub.url}/open-data/about`)).json()) as { lists: object[] }
    expect(about.lists).toEqual([])
    await screen.close()
  })
})
