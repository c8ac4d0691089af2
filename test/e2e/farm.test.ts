// A farmer's morning on a phone: which paddy needs what, a date that was missing entered by keyboard alone, the water let in, and two flights compared.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { debianPackage } from '../debian.ts'
import { until } from '../programs/until.ts'
import { isWell, launchBrowser, type Look, openScreen, type Screen, sidewaysOverflow, tabTo } from './screen.ts'
import { type SmallCity, startSmallCity } from './small-city.ts'

const phone = { width: 360, height: 780, scheme: 'light' } as const satisfies Look
const desk = { width: 1440, height: 900 } as const
const paddy = 'kimitsu/small-city/koito-1'
const limitMs = 60_000
const dayMs = 86_400_000

/** A local day so many days ago, `2026-07-24`. */
function daysAgo(days: number): string {
  return new Date(Date.now() + 9 * 3_600_000 - days * dayMs).toISOString().slice(0, 10)
}

describe.skipIf(!debianPackage('chromium'))('the farmer’s screens', { timeout: 4 * limitMs }, () => {
  let city: SmallCity
  let browser: Browser

  beforeAll(async () => {
    city = await startSmallCity({ farm: true })
    city.setLevelRegister(600)
    browser = await launchBrowser()
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await city?.close()
  }, 60_000)

  async function visit(look: Look, address: string): Promise<Screen> {
    const screen = await openScreen(browser, look)
    onTestFinished(() => screen.close())
    await screen.page.goto(`${city.url}/${address}`)
    await screen.page.locator('.fresh-live').waitFor()
    return screen
  }

  async function isWellInGloves(page: Page): Promise<void> {
    await isWell(page)
    const small = await page.evaluate<
      readonly string[]
    >(`[...document.querySelectorAll('main button, main summary, main select, main input, main .paddy-open')]
      .filter((element) => element.getBoundingClientRect().height > 0 && element.getBoundingClientRect().height < 44)
      .map((element) => element.outerHTML)`)
    expect(small).toEqual([])
  }

  /** Of large letters 4.5 would do; in the sun it does not. */
  async function answerContrast(page: Page): Promise<number> {
    return await page.evaluate<number>(`(() => {
      const rgb = (text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number)
      const light = (text) => {
        const [r, g, b] = rgb(text).map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
      }
      const act = document.querySelector('.paddy-act')
      const ground = act.closest('.paddy-open, .paddy-answer')
      const [a, b] = [getComputedStyle(act).color, getComputedStyle(ground).backgroundColor].map(light).toSorted((x, y) => y - x)
      return (a + 0.05) / (b + 0.05)
    })()`)
  }

  /** The order of day, month and year is the browser's own. */
  async function typeDay(page: Page, day: string): Promise<void> {
    const [year = '', month = '', date = ''] = day.split('-')
    const orders = [
      [month, date, year],
      [year, '/', month, date],
      [date, month, year],
    ]
    for (const order of orders) {
      await page.keyboard.type(order.join(''))
      if ((await page.evaluate<string>('document.activeElement.value')) === day) return
      for (let part = 0; part < 3; part += 1) await page.keyboard.press('ArrowLeft')
    }
    throw new Error(`the date ${day} could not be typed`)
  }

  const setField = async (settings: object): Promise<void> => {
    const address = `${city.url}/api/v1/field-settings/${encodeURIComponent(paddy)}`
    const body = JSON.stringify(settings)
    const answer = await fetch(address, { method: 'PUT', headers: { 'content-type': 'application/json' }, body })
    expect(answer.status).toBe(200)
  }

  async function winterDepth(): Promise<number | undefined> {
    const answer = await city.hub.get(`/api/v1/field-settings/${encodeURIComponent(paddy)}`)
    return ((await answer.json()) as { settings: { winterDepthM?: number } }).settings.winterDepthM
  }

  it('tell what to do, take a date by keyboard alone, and follow the water until it is enough', async () => {
    await until('the paddy at the hub', limitMs, async () => {
      const known = await city.hub.get(`/api/v1/field-settings/${encodeURIComponent(paddy)}`)
      return known.ok ? true : undefined
    })
    // All but the date of transplanting: a field after its harvest, which is to be flooded 10 cm deep.
    await setField({ cultivar: 'koshihikari', depthZeroM: 0, headed: daysAgo(80), winterDepthM: 0.1 })
    // A page that is open asks each minute.
    await until('advice that knows these settings', limitMs, async () => {
      const advice = await (await city.hub.get(`/api/v1/advice?site=${paddy}`)).text()
      return advice.includes('移植日が設定されていません') ? true : undefined
    })
    const { page, faults, picture } = await visit(phone, '#/farm')
    const card = page.locator(`[data-site="${paddy}"]`)
    await card.getByRole('heading', { name: 'わかりません：設定か測定値が足りません' }).waitFor()
    await card.getByText('移植日が設定されていません').waitFor()
    await page.getByRole('cell', { name: 'mm', exact: true }).waitFor()
    await picture('farm-1-unknown-360')
    await isWellInGloves(page)

    await tabTo(page, '.paddy-open')
    await page.keyboard.press('Enter')
    await page.locator('.paddy-answer').waitFor()
    await page.locator('.plot canvas, .plot').first().waitFor()
    await tabTo(page, '.paddy-settings > summary')
    await page.keyboard.press('Enter')
    await tabTo(page, '.paddy-settings input[type=date]')
    await typeDay(page, daysAgo(160))
    await page.keyboard.press('Enter')
    await page.getByText('保存しました').waitFor()
    await page.getByRole('heading', { level: 1, name: '入水 2 cm' }).waitFor()
    await page.locator('.season-mark', { hasText: '移植' }).getByText('160日前').waitFor()
    expect(await answerContrast(page)).toBeGreaterThanOrEqual(7)
    await isWellInGloves(page)
    await picture('farm-2-paddy-360')

    await page.getByRole('link', { name: 'すべての田' }).click()
    await page.getByRole('heading', { level: 1, name: '1枚のうち1枚に作業があります' }).waitFor()
    await card.getByRole('heading', { name: '入水 2 cm' }).waitFor()
    await page.getByRole('button', { name: '大きな文字' }).click()
    await page.locator('.farm-large').waitFor()
    await picture('farm-3-large-360')
    expect(await sidewaysOverflow(page)).toEqual([])
    city.setLevelRegister(810)
    await card.getByRole('heading', { name: '止水' }).waitFor()
    expect(await answerContrast(page)).toBeGreaterThanOrEqual(7)
    await page.setViewportSize(desk)
    await picture('farm-4-stop-1440')
    expect(await sidewaysOverflow(page)).toEqual([])
    expect(faults).toEqual([])
  })

  it('say that somebody else has set the field meanwhile, and let the farmer choose whose settings hold', async () => {
    const known = { cultivar: 'koshihikari', transplanted: daysAgo(160), depthZeroM: 0, headed: daysAgo(80) }
    await setField(known)
    const { page, faults, picture } = await visit(phone, `#/farm/${paddy}`)
    await page.locator('.paddy-settings > summary').click()
    const winter = page.getByLabel('冬の湛水の深さ')
    await winter.fill('5')
    await setField({ ...known, winterDepthM: 0.12 })
    await page.getByRole('button', { name: '保存する' }).click()
    await page.getByText('ほかの人が設定を変えました').waitFor()
    await picture('farm-6-stale-360')
    await isWellInGloves(page)
    await page.getByRole('button', { name: '自分の設定で上書きする' }).click()
    await page.getByText('保存しました').waitFor()
    expect(await winterDepth()).toBe(0.05)

    await winter.fill('7')
    await setField({ ...known, winterDepthM: 0.12 })
    await page.getByRole('button', { name: '保存する' }).click()
    await page.getByRole('button', { name: 'ほかの人の設定を読み込む' }).click()
    await page.getByText('ほかの人が設定を変えました').waitFor({ state: 'detached' })
    expect([await winter.inputValue(), await winterDepth()]).toEqual(['12', 0.12])
    expect(faults.filter((fault) => !fault.includes('412'))).toEqual([])
  })

  it('show two flights over the field, told apart by a border that the keys move', async () => {
    await until('the cover of two flights', limitMs, async () => {
      const found = await city.hub.get(`/api/v1/events?kind=canopy&from=${Date.now() - 600 * dayMs}`)
      const { items } = (await found.json()) as { readonly items: readonly { readonly source: string }[] }
      return items.filter(({ source }) => source === 'koito-1').length === 2 ? true : undefined
    })
    const { page, faults, picture } = await visit(phone, `#/drone/${paddy}`)
    await page.getByText(/葉の広がりは \d+% から \d+% になりました/).waitFor()
    await expect(page.locator('.drone-heat').count()).resolves.toBe(2)
    await tabTo(page, '.drone-slider input')
    const border = (): Promise<string> => page.locator('.drone-over').evaluate((element) => element.style.clipPath)
    expect(await border()).toContain('50%')
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowRight')
    await page.locator('input[aria-valuetext="左 1%、右 99%"]').waitFor()
    expect(await border()).toContain('1%')
    await tabTo(page, '.drone-flight summary')
    await page.keyboard.press('Enter')
    await page.getByRole('img', { name: /空撮の画像 DJI_/ }).waitFor()
    await picture('farm-5-drone-360')
    await isWellInGloves(page)
    expect(faults).toEqual([])
  })
})
