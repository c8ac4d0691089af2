// The whole journey as a person sees it: from a register in the field to a number, an alarm and a word on a screen.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { debianPackage } from '../debian.ts'
import { until } from '../programs/until.ts'
import {
  accessibilityFaults,
  launchBrowser,
  type Look,
  openScreen,
  type Screen,
  scrollThrough,
  sidewaysOverflow,
} from './screen.ts'
import { type SmallCity, startSmallCity } from './small-city.ts'

const paddy = '小糸 1号田'
const streetlight = '君津駅前通り 街路灯'
const lampOut = '街路灯が点灯していない'
const desk: Look = { width: 1440, scheme: 'light' }
const phone: Look = { width: 360, scheme: 'light' }

/** In the order in which a visitor walks through them. */
const views = ['overview', 'paddy', 'streetlight', 'alarms', 'gateways'] as const
type View = (typeof views)[number]

const hashes: Readonly<Record<View, string>> = {
  overview: '#/',
  paddy: '#/site/kimitsu/small-city/koito-1',
  streetlight: '#/site/kimitsu/small-city/cabinet-1',
  alarms: '#/alarms',
  gateways: '#/gateways',
}

describe.skipIf(!debianPackage('chromium'))('the dashboard in a browser', { timeout: 120_000 }, () => {
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

  async function visit(look: Look, view: View): Promise<Screen> {
    const screen = await openScreen(browser, look)
    onTestFinished(() => screen.close())
    await screen.page.goto(`${city.url}/${hashes[view]}`)
    await isLive(screen.page)
    return screen
  }

  it('shows the value that stands in the register, and the next one by itself', async () => {
    city.setLevelRegister(1234)
    const { page, faults, picture } = await visit(phone, 'overview')
    await page.locator('.site-row', { hasText: paddy }).getByText('12.3 cm').waitFor()
    await page.locator('.site-row', { hasText: paddy }).click()
    await page.getByRole('heading', { level: 1, name: paddy }).waitFor()
    const level = page.locator('[data-channel="water-level"]')
    await level.and(page.getByText('12.3 cm', { exact: true })).waitFor()
    await page.evaluate(`globalThis.visit = 'first'`)
    city.setLevelRegister(471)
    await level.and(page.getByText('4.7 cm', { exact: true })).waitFor()
    city.setLevelRegister(600)
    await level.and(page.getByText('6.0 cm', { exact: true })).waitFor()
    expect(await page.evaluate(`globalThis.visit`)).toBe('first')
    expect(await page.locator('.fresh-live').count()).toBe(1)
    await picture('value')
    expect(faults).toEqual([])
  })

  it('raises an alarm for a dark lamp, takes its acknowledgement, and lets it go when the lamp is repaired', async () => {
    const { page, faults, picture } = await visit(desk, 'overview')
    await page.getByRole('heading', { level: 1, name: '異常はありません' }).waitFor()
    await picture('lamp-1-before')
    city.cabinet.setFault(3, 'lamp-out')
    const card = page.locator('.answer .alarm', { hasText: lampOut })
    await card.getByText(streetlight).waitFor()
    await card.getByRole('heading').getByText('灯3').waitFor()
    await page.getByRole('heading', { level: 1, name: '対応が必要な警報が1件あります' }).waitFor()
    await page.locator('.site-row', { hasText: streetlight }).getByText('重大').waitFor()
    await picture('lamp-2-raised')
    await page.getByRole('navigation').getByRole('link', { name: '警報' }).click()
    const listed = page.locator('main .alarm', { hasText: lampOut })
    await listed.getByText('継続中').waitFor()
    await picture('lamp-3-listed')
    await listed.getByRole('button', { name: `${lampOut}（${streetlight} 灯3 電力）を確認した` }).click()
    await listed.getByText('対応中').waitFor()
    expect(await listed.getByRole('button').count()).toBe(0)
    await picture('lamp-4-acknowledged')
    city.cabinet.setFault(3, undefined)
    await page.getByText('警報はありません').waitFor()
    await page.getByRole('button', { name: 'すべて' }).click()
    await listed.getByText('完了').waitFor()
    await picture('lamp-5-history')
    await page.getByRole('navigation').getByRole('link', { name: '概況' }).click()
    await page.getByRole('heading', { level: 1, name: '異常はありません' }).waitFor()
    expect(faults).toEqual([])
  })

  it('speaks Japanese first, English when asked, and remembers it', async () => {
    const { page, faults } = await visit(phone, 'overview')
    const languageOfPage = () => page.locator('html').getAttribute('lang')
    await page.locator('.site-row', { hasText: paddy }).getByText('水位').waitFor()
    expect(await languageOfPage()).toBe('ja')
    await page.getByRole('button', { name: 'English' }).click()
    await page.locator('.site-row', { hasText: 'Koito paddy 1' }).getByText('Water level').waitFor()
    expect(await languageOfPage()).toBe('en')
    expect(await page.title()).toBe('Musubi')
    await page.reload()
    await page.locator('.site-row', { hasText: 'Koito paddy 1' }).waitFor()
    expect(await languageOfPage()).toBe('en')
    await page.getByRole('button', { name: '日本語' }).click()
    await page.locator('.site-row', { hasText: paddy }).waitFor()
    expect(await languageOfPage()).toBe('ja')
    expect(faults).toEqual([])
  })

  it('lists the gateway as connected, with its three devices', async () => {
    const { page, faults } = await visit(desk, 'gateways')
    const row = page.locator('tbody tr', { hasText: 'kimitsu/small-city' })
    await row.getByText('接続中').waitFor()
    await row.getByText('3台', { exact: true }).waitFor()
    expect(faults).toEqual([])
  })

  describe('while a lamp is dark', () => {
    beforeAll(async () => {
      city.cabinet.setFault(5, 'lamp-out')
      await until('an alarm of lamp 5', 30_000, async () => {
        const open = await (await city.hub.get('/api/v1/alarms?state=open')).text()
        return open.includes('lamp-5-power') ? true : undefined
      })
    }, 40_000)
    afterAll(() => city.cabinet.setFault(5, undefined))

    it.each([phone, { width: 360, scheme: 'dark' }, desk, { width: 1440, scheme: 'dark' }] as const)(
      'is accessible and needs no sideways scrolling at $width px, $scheme',
      async (look) => {
        const { page, faults, picture } = await visit(look, 'overview')
        for (const view of views) {
          await walkTo(page, view)
          await picture(`${view}-${look.width}-${look.scheme}`)
          expect(await sidewaysOverflow(page), view).toEqual([])
          expect(await accessibilityFaults(page), view).toEqual([])
        }
        expect(faults).toEqual([])
      },
    )

    it('would be told of a faint text, a nameless button and a box that is too wide', async () => {
      const { page } = await visit(phone, 'gateways')
      await page.evaluate(`document.querySelector('main').insertAdjacentHTML('beforeend',
        '<p style="color: #ccc; background: #fff">faint</p><button></button><div class="wide" style="width: 500px">wide</div>')`)
      const found = (await accessibilityFaults(page)).join('\n')
      expect(found).toContain('color-contrast')
      expect(found).toContain('button-name')
      expect(await sidewaysOverflow(page)).toContain('DIV wide')
    })

    it('needs no sideways scrolling in English on a phone', async () => {
      const { page, faults, picture } = await visit(phone, 'overview')
      await page.getByRole('button', { name: 'English' }).click()
      for (const view of views) {
        await walkTo(page, view)
        await picture(`${view}-360-english`)
        expect(await sidewaysOverflow(page), view).toEqual([])
      }
      expect(faults).toEqual([])
    })
  })

  it('says when the hub is gone, keeps the values, and comes back by itself', async () => {
    const { page, faults, picture } = await visit(phone, 'paddy')
    const level = page.locator('[data-channel="water-level"]')
    await level.and(page.getByText('6.0 cm', { exact: true })).waitFor()
    await page.evaluate(`globalThis.visit = 'first'`)
    expect(faults).toEqual([])
    await city.hub.end('SIGKILL')
    const notice = page.getByText(/接続が切れました。\d+:\d+ の値を表示しています。/)
    await notice.waitFor()
    expect(await level.textContent()).toBe('6.0 cm')
    expect(await sidewaysOverflow(page)).toEqual([])
    expect(await accessibilityFaults(page)).toEqual([])
    await picture('lost')
    city.setLevelRegister(888)
    await city.hub.start()
    await level.and(page.getByText('8.9 cm', { exact: true })).waitFor()
    await isLive(page)
    await notice.waitFor({ state: 'detached' })
    expect(await page.evaluate(`globalThis.visit`)).toBe('first')
    await picture('back')
  })
})

/** Readings arrive through the event stream. */
async function isLive(page: Page): Promise<void> {
  await page.locator('.fresh-live').waitFor()
}

/** Shows a view and waits until all that it draws late is there. */
async function walkTo(page: Page, view: View): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hashes[view])}`)
  await page.locator(landmarks[view]).first().waitFor()
  await scrollThrough(page)
}

/** What each view shows when it has its content; with a lamp dark. */
const landmarks: Readonly<Record<View, string>> = {
  overview: '.answer .alarm',
  paddy: '.chart',
  streetlight: '.chart',
  alarms: 'h1 ~ .alarm-grid .alarm',
  gateways: 'tbody .badge-good',
}
