// The whole journey as a person sees it: from a register in the field to a number, an alarm and a word on a screen.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../broker/contract/ports.ts'
import { createLink } from '../../firmware-bridge/simulators/link.ts'
import { debianPackage } from '../debian.ts'
import { until } from '../programs/until.ts'
import {
  accessibilityFaults,
  isWell,
  isLive,
  launchBrowser,
  type Look,
  openAt,
  openScreen,
  type Screen,
  scrollThrough,
  sidewaysOverflow,
  squeezedTexts,
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
  })

  async function visit(look: Look, view: View, url = city.url): Promise<Screen> {
    const screen = await openAt(browser, `${url}/${hashes[view]}`, look)
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
    await card.getByRole('heading', { name: '灯具と安定器を点検してください' }).waitFor()
    await card.getByText('灯3').first().waitFor()
    await page.getByRole('heading', { level: 1, name: '対応が必要な警報が1件あります' }).waitFor()
    await page.locator('.site-row', { hasText: streetlight }).getByText('要対応').waitFor()
    await picture('lamp-2-raised')
    await page.getByRole('navigation').getByRole('link', { name: '警報' }).click()
    const listed = page.locator('main .alarm', { hasText: lampOut })
    await listed.getByText('継続中').waitFor()
    await picture('lamp-3-listed')
    await listed.getByRole('button', { name: `${lampOut}（${streetlight} 灯3 電力）を確認した` }).click()
    await page.locator('[data-section="handled"]').getByText(lampOut).waitFor()
    expect(await listed.getByRole('button', { name: 'を確認した' }).count()).toBe(0)
    await picture('lamp-4-acknowledged')
    city.cabinet.setFault(3, undefined)
    await page.getByText('対応が必要な警報はありません').waitFor()
    await listed.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'これまで' }).click()
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
    await page.getByText('1台中 1台が接続中').waitFor()
    await page.getByText('応答なしの機器 0台').waitFor()
    expect(faults).toEqual([])
  })

  it('says when a gateway was last heard, and keeps saying it', async () => {
    const { page, faults } = await visit(phone, 'gateways')
    const heard = page.locator('[data-gateway="kimitsu/small-city"] time')
    const first = await heard.getAttribute('datetime')
    await until('a later time of arrival', 10_000, async () =>
      (await heard.getAttribute('datetime')) === first ? undefined : true,
    )
    expect(faults).toEqual([])
  })

  it('shows a device that only sends words, and a site that sent nothing, without harm', async () => {
    const { page, faults } = await openScreen(browser, phone)
    onTestFinished(() => page.context().close())
    await addToAnswers(page, {
      latest: (items) => [...items, textReading(items)],
      sites: (items) => [...items, { ...items[0], id: silentSite, kind: 'factory', series: [] }],
    })
    await page.goto(`${city.url}/${hashes.paddy}`)
    await isLive(page)
    await page.locator('[data-channel="verdict"]').getByText('scratch').waitFor()
    await scrollThrough(page)
    await page.locator('.chart canvas').waitFor()
    expect(await page.locator('[data-kind^="verdict"]').count()).toBe(0)
    expect(await sidewaysOverflow(page)).toEqual([])
    await page.evaluate(`location.hash = '#/site/${silentSite}'`)
    await page.getByText('この地点の値はまだ届いていません').waitFor()
    await walkTo(page, 'overview', '.site-row')
    expect(await sidewaysOverflow(page)).toEqual([])
    expect(faults).toEqual([])
  })

  describe('while a lamp is dark', () => {
    beforeAll(async () => {
      city.cabinet.setFault(5, 'lamp-out')
      await until('an alarm of lamp 5', 30_000, async () => {
        const open = await (await city.hub.get('/api/v1/alarms?state=open')).text()
        return open.includes('lamp-5-power') ? true : undefined
      })
    })
    afterAll(() => city.cabinet.setFault(5, undefined))

    it.each([phone, { width: 360, scheme: 'dark' }, desk, { width: 1440, scheme: 'dark' }] as const)(
      'is accessible and needs no sideways scrolling at $width px, $scheme',
      async (look) => {
        const { page, faults, picture } = await visit(look, 'overview')
        for (const view of views) {
          await walkTo(page, view)
          await picture(`${view}-${look.width}-${look.scheme}`)
          await isWell(page, view)
        }
        expect(faults).toEqual([])
      },
    )

    it('counts the lamps, lists the dark one first, and draws its chart when asked', async () => {
      const { page, faults, picture } = await visit(phone, 'streetlight')
      await page.getByRole('heading', { name: '8灯中 1灯に異常があります' }).waitFor()
      await page.getByText('点灯 7 · 消灯 0 · 異常 1').waitFor()
      const order = page.locator('[data-lamp]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-lamp')))
      expect(await order).toEqual(['5', '1', '2', '3', '4', '6', '7', '8'])
      expect(await page.locator('.chart').count()).toBe(0)
      await page.locator('[data-lamp="5"]').click()
      await page.locator('.chart canvas').waitFor()
      expect(await page.locator('.chart').count()).toBe(1)
      expect(await page.getByRole('button', { name: '灯5', exact: true }).getAttribute('aria-pressed')).toBe('true')
      await page.getByRole('button', { name: '灯6', exact: true }).click()
      await page.locator('.chart').getByRole('heading', { name: '灯6 電力' }).waitFor()
      await isWell(page)
      await picture('lamps-chart')
      expect(faults).toEqual([])
    })

    it.each([phone, desk])(
      'lists the sites under one marker, by keyboard too, worst first ($width px)',
      async (look) => {
        const { page, faults, picture } = await visit(look, 'overview')
        await page.locator('.marker').first().waitFor()
        const group = page.getByRole('button', { name: '2地点の一覧（要対応）' })
        const zoomOut = page.getByRole('button', { name: '縮小' })
        await until('one marker for both sites', 30_000, async () => {
          if ((await group.count()) === 1) return true
          await zoomOut.click()
          return undefined
        })
        expect(await group.textContent()).toBe('2')
        await group.focus()
        await page.keyboard.press('Enter')
        const popup = page.getByRole('region', { name: 'この場所の2地点' })
        await popup.waitFor()
        const names = popup.getByRole('link')
        expect(await names.allTextContents()).toEqual([`${streetlight}要対応`, `${paddy}正常`])
        expect(await page.locator('.popup a:focus').textContent()).toBe(`${streetlight}要対応`)
        await isWell(page)
        await picture(`group-${look.width}`)
        await page.keyboard.press('Escape')
        await popup.waitFor({ state: 'detached' })
        expect(await page.locator('.marker-group:focus').count()).toBe(1)
        await page.keyboard.press('Enter')
        await popup.getByRole('button', { name: '地図を拡大する' }).click()
        await group.waitFor({ state: 'detached' })
        await page.getByRole('button', { name: `${paddy} (正常)` }).waitFor()
        expect(faults).toEqual([])
      },
    )

    it('would be told of a faint text, a nameless button, a box that is too wide and a squeezed word', async () => {
      const { page } = await visit(phone, 'gateways')
      // The page's policy lets no markup bring styles of its own: a script has to set them.
      await page.evaluate(`(() => {
        const main = document.querySelector('main')
        const narrow = '<p class="narrow">squeezed</p><details><summary>more</summary><p class="narrow">folded</p></details>'
        main.insertAdjacentHTML('beforeend', '<p class="faint">faint</p><button></button><div class="wide">wide</div>' + narrow)
        main.querySelector(':scope > .faint').style.cssText = 'color: #ccc; background: #fff'
        main.querySelector(':scope > .wide').style.width = '500px'
        for (const one of main.querySelectorAll('.narrow')) one.style.width = '1em'
      })()`)
      const found = (await accessibilityFaults(page)).join('\n')
      expect(found).toContain('color-contrast')
      expect(found).toContain('button-name')
      expect(await sidewaysOverflow(page)).toContain('DIV wide')
      expect(await squeezedTexts(page)).toEqual(['P narrow: squeezed'])
    })

    it('needs no sideways scrolling in English on a phone', async () => {
      const { page, faults, picture } = await visit(phone, 'overview')
      await page.getByRole('button', { name: 'English' }).click()
      for (const view of views) {
        await walkTo(page, view)
        await picture(`${view}-360-english`)
        await isWell(page, view)
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
    await saysItReconnects(page)
    expect(await level.textContent()).toBe('6.0 cm')
    await page.locator('tr', { has: level }).getByText('切断前の値').waitFor()
    await page.locator('.site-head').getByText('切断前: 正常').waitFor()
    expect(await page.title()).toContain('再接続中')
    await isWell(page)
    await picture('lost')
    city.setLevelRegister(888)
    await city.hub.start()
    await level.and(page.getByText('8.9 cm', { exact: true })).waitFor()
    await isLive(page)
    await notice.waitFor({ state: 'detached' })
    expect(await page.locator('.stale, .badge-stale').count()).toBe(0)
    expect(await page.evaluate(`globalThis.visit`)).toBe('first')
    await picture('back')
  })

  // Not the browser's own offline mode: now and then it lets an event stream that is already open go on.
  it('does not stay green when the network goes without a word, and is live again when it comes back', async () => {
    const target = { host: '127.0.0.1', port: city.hub.httpPort }
    const link = await createLink({ listen: { port: 0 }, target, clock: systemClock })
    onTestFinished(() => link.close())
    const { page, faults } = await visit(phone, 'overview', `http://127.0.0.1:${link.port}`)
    // Live are the readings; the sites, whose states are to become old, come by lists of their own.
    await page.locator('.site-row .badge').first().waitFor()
    expect(faults).toEqual([])
    link.halfOpen()
    await saysItReconnects(page)
    await page.locator('main.stale .badge-stale').first().waitFor()
    link.restore()
    await isLive(page)
    expect(await page.locator('.stale, .badge-stale').count()).toBe(0)
  })
})

/** The badge is not green, and says since when. */
async function saysItReconnects(page: Page): Promise<void> {
  await page.locator('.fresh-lost', { hasText: /再接続中….*\d+:\d\d:\d\d から（\d+秒）/ }).waitFor()
  expect(await page.locator('.fresh-live').count()).toBe(0)
}

const silentSite = 'kimitsu/small-city/silent'

/** A camera's verdict in words, as long as a device may send; otherwise like the first series of the paddy. */
function textReading(items: readonly Item[]): Item {
  const like = items.find(({ site }) => site === 'kimitsu/small-city/koito-1')
  const about = { device: 'camera-9', channel: 'verdict', series: 'kimitsu/small-city/camera-9:verdict' }
  return {
    ...like,
    ...about,
    unit: null,
    value: null,
    text: `scratch${'-'.repeat(600)}`,
    quality: 'good',
    reason: null,
  }
}

type Item = Readonly<Record<string, unknown>>
type Add = (items: readonly Item[]) => readonly Item[]

/** Lets the hub's answer through with more in it. */
async function addToAnswers(page: Page, lists: Readonly<Record<string, Add>>): Promise<void> {
  await page.route('**/api/v1/now', async (route) => {
    const response = await route.fetch()
    const now = (await response.json()) as Readonly<Record<string, readonly Item[]>>
    const added = Object.entries(lists).map(([list, add]) => [list, add(now[list] ?? [])])
    await route.fulfill({ response, json: { ...now, ...Object.fromEntries(added) } })
  })
  for (const [list, add] of Object.entries(lists)) {
    await page.route(`**/api/v1/${list}`, async (route) => {
      const response = await route.fetch()
      const { items } = (await response.json()) as { items: readonly Item[] }
      await route.fulfill({ response, json: { items: add(items) } })
    })
  }
}

/** Shows a view and waits until all that it draws late is there. */
async function walkTo(page: Page, view: View, landmark = landmarks[view]): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hashes[view])}`)
  await page.locator(landmark).first().waitFor()
  await scrollThrough(page)
}

/** What each view shows when it has its content; with a lamp dark. */
const landmarks: Readonly<Record<View, string>> = {
  overview: '.answer .alarm',
  paddy: '.chart',
  streetlight: '.lamps',
  alarms: '[data-section="todo"] .alarm',
  gateways: 'tbody .badge-good',
}
