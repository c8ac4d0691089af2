// The frame of the dashboard where the network or the hub lets it down: streams held back, no hub at all, files that are gone; and its pages within reach of a thumb.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { debianPackage } from '../debian.ts'
import { until } from '../programs/until.ts'
import { startHoldingProxy } from './holding-proxy.ts'
import { isLive, isWell, launchBrowser, type Look, openAt, type Screen } from './screen.ts'
import { type SmallCity, startSmallCity } from './small-city.ts'

const paddy = '小糸 1号田'
const phone = { width: 360, height: 780, scheme: 'light' } as const satisfies Look
const desk = { width: 1280, height: 800, scheme: 'light' } as const satisfies Look

describe.skipIf(!debianPackage('chromium'))('the frame of the dashboard', { timeout: 120_000 }, () => {
  let city: SmallCity
  let browser: Browser

  beforeAll(async () => {
    city = await startSmallCity()
    browser = await launchBrowser()
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await city?.close()
  }, 60_000)

  const open = (hash: string, look: Look = phone, url = city.url): Promise<Screen> =>
    openAt(browser, `${url}/${hash}`, look)
  const levelOf = (page: Page, text: string) =>
    page.locator('.site-row', { hasText: paddy }).getByText(text, { exact: true }).waitFor()

  it('asks for the values itself where a proxy holds the stream back, says so, and is live once it passes', async () => {
    const proxy = await startHoldingProxy(city.hub.httpPort)
    onTestFinished(() => proxy.close())
    city.setLevelRegister(500)
    const { page, picture } = await open('#/', phone, proxy.url)
    await page.locator('.fresh-polling', { hasText: '数秒ごとに更新中' }).waitFor()
    city.setLevelRegister(640)
    await levelOf(page, '6.4 cm')
    expect(await page.locator('.fresh-polling').count()).toBe(1)
    expect(await page.locator('.stale').count()).toBe(0)
    await picture('shell-1-polling')
    await isWell(page)
    proxy.letThrough()
    await isLive(page)
  })

  it('has at most five pages below the thumb, and opens the one that this device chose first', async () => {
    const { page, faults, picture } = await open('')
    await isLive(page)
    await page.getByRole('heading', { name: '地点' }).waitFor()
    await page.getByRole('navigation', { name: '主なページ' }).getByRole('link', { name: 'ゲートウェイ' }).waitFor()
    const bar = await page.evaluate<readonly { top: number; bottom: number; width: number }[]>(
      `[...document.querySelectorAll('.nav a')].map((link) => link.getBoundingClientRect()).filter(({ width }) => width > 0)
        .map(({ top, bottom, width }) => ({ top, bottom, width }))`,
    )
    expect(bar.length).toBeGreaterThan(2)
    expect(bar.length).toBeLessThanOrEqual(5)
    for (const { top, bottom, width } of bar) {
      expect(bottom).toBeLessThanOrEqual(780)
      expect(top).toBeGreaterThan(780 - 100)
      expect(Math.min(bottom - top, width)).toBeGreaterThanOrEqual(44)
    }
    await page.getByRole('navigation', { name: '主なページ' }).getByRole('link', { name: '警報' }).click()
    await page.getByRole('heading', { level: 1, name: '警報' }).waitFor()
    await page.getByRole('button', { name: 'メニュー' }).click()
    await picture('shell-2-menu')
    await isWell(page)
    await page.getByRole('button', { name: 'この画面を最初に開く' }).click()
    await page.getByRole('button', { name: 'この画面を最初に開く', pressed: true }).waitFor()
    await page.goto(`${city.url}/`)
    await page.getByRole('heading', { level: 1, name: '警報' }).waitFor()
    expect(new URL(page.url()).hash).toBe('#/alarms')
    await page.goto(`${city.url}/#/`)
    await page.getByRole('heading', { name: '地点' }).waitFor()
    expect(faults).toEqual([])
  })

  it('says that a view cannot be loaded when its file is gone, and loads it when asked again', async () => {
    const { page, picture } = await open('#/', desk)
    await isLive(page)
    await page.route('**/assets/gateways-*.js', (route) => route.abort())
    await page.getByRole('navigation', { name: '主なページ' }).getByRole('link', { name: 'ゲートウェイ' }).click()
    await page.getByRole('heading', { name: 'この画面を読み込めませんでした' }).waitFor()
    await picture('shell-3-failed')
    await isWell(page)
    await page.unroute('**/assets/gateways-*.js')
    await page.getByRole('button', { name: 'もう一度読み込む' }).click()
    await page.getByRole('heading', { level: 1, name: 'ゲートウェイ' }).waitFor()
  })

  it('opens without its hub with what it last saw, as old and with its time, and is live when the hub is back', async () => {
    city.setLevelRegister(720)
    const { page, picture } = await open('#/')
    await levelOf(page, '7.2 cm')
    // When it is at rest it keeps its files and what it shows.
    await page.evaluate(`navigator.serviceWorker.ready`)
    await until('what is shown is kept', 30_000, () =>
      page.evaluate<true | undefined>(`caches.match('last-seen').then((kept) => kept && true)`),
    )
    await city.hub.end('SIGKILL')
    await page.reload()
    await page.getByText(/接続が切れました。.*\d+:\d+ の値を表示しています。/).waitFor()
    await levelOf(page, '7.2 cm')
    await page.locator('main.stale .badge-stale').first().waitFor()
    expect(await page.locator('.fresh-live, .fresh-polling').count()).toBe(0)
    await picture('shell-4-offline')
    await isWell(page)
    // A view that was never opened is kept too.
    await page.getByRole('navigation', { name: '主なページ' }).getByRole('link', { name: 'ゲートウェイ' }).click()
    await page.getByRole('heading', { level: 1, name: 'ゲートウェイ' }).waitFor()
    city.setLevelRegister(430)
    await city.hub.start()
    await isLive(page)
    await page.goto(`${city.url}/#/`)
    await levelOf(page, '4.3 cm')
    expect(await page.locator('.stale, .badge-stale').count()).toBe(0)
  })
})
