// The city staff's job at a desk and on a phone: from the map to the lamp that needs a crew, to the file for the crew; the month of the access points; alarms handled together.
import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { debianPackage } from '../debian.ts'
import { until } from '../programs/until.ts'
import { darkLamps, type LitCity, startLitCity } from './lit-city.ts'
import { isWell, launchBrowser, type Look, openScreen, type Screen, tabTo } from './screen.ts'

const phone = { width: 360, height: 780, scheme: 'light' } as const satisfies Look
const desk = { width: 1440, height: 900, scheme: 'dark' } as const satisfies Look

describe.skipIf(!debianPackage('chromium'))("the city staff's screens", { timeout: 120_000 }, () => {
  let city: LitCity
  let browser: Browser

  beforeAll(async () => {
    city = await startLitCity()
    browser = await launchBrowser()
  }, 180_000)

  afterAll(async () => {
    await browser?.close()
    await city?.close()
  }, 60_000)

  async function visit(look: Look, hash: string): Promise<Screen> {
    const screen = await openScreen(browser, look)
    onTestFinished(() => screen.close())
    await screen.page.goto(`${city.url}/${hash}`)
    await screen.page.locator('.fresh-live').waitFor()
    return screen
  }

  async function savedFile(page: Page, press: () => Promise<void>): Promise<string> {
    const [download] = await Promise.all([page.waitForEvent('download'), press()])
    return await readFile(await download.path(), 'utf8')
  }

  it('leads from the worst mark of the map to the lamp and to the list for a crew, by keyboard alone', async () => {
    const { page, faults, picture } = await visit(desk, '#/city')
    await page.locator('[data-class="wifi"]', { hasText: '%' }).waitFor()
    expect(await page.locator('[data-severity="major"] b').textContent()).toBe(String(darkLamps.length))
    // The list and the map begin with what is worst.
    const worst = page.locator('.mark-row').first()
    await worst.getByText('市役所通り 街路灯 灯5').waitFor()
    await page.locator('.city-map [data-count]').first().waitFor()
    await picture('city-1440-dark')
    await isWell(page)

    await page.getByLabel('名前で探す').fill('灯６')
    await page.getByText('1件', { exact: true }).waitFor()
    await page.getByLabel('名前で探す').press('Tab')
    await page.keyboard.press('Enter')
    await page.locator('.popup a', { hasText: '詳しく見る' }).waitFor()
    await isWell(page)
    await page.keyboard.press('Escape')
    await page.locator('.popup').waitFor({ state: 'detached' })
    // A layer that is switched off takes its marks away.
    await page.getByLabel('名前で探す').fill('')
    await page.locator('[data-layer="streetlight"]').press('Space')
    await page.locator('.mark-row', { hasText: '灯5' }).waitFor({ state: 'detached' })

    await page.locator('[data-class="streetlight"] a').focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: '出動リスト' }).waitFor()
    for (const lamp of darkLamps) await page.locator('[data-visit]', { hasText: `灯${lamp}` }).waitFor()
    // Where the list of lights has it, not where its cabinet stands.
    await page.locator('[data-visit]', { hasText: '35.33600' }).waitFor()
    await tabTo(page, '.dispatch-acts button')
    const csv = await savedFile(page, () => page.keyboard.press('Enter'))
    expect(csv.startsWith('\uFEFF優先度,場所,理由,発生,緯度,経度,作業指示\r\n')).toBe(true)
    expect(csv.trim().split('\r\n')).toHaveLength(1 + darkLamps.length)
    expect(csv).toContain('今日,市役所通り 街路灯 灯5,街路灯が点灯していない')
    await page.locator('[data-cabinet] summary').first().press('Enter')
    await page.locator('tr[data-lamp$=" 1"]', { hasText: 'kWh' }).waitFor()
    await page.locator('.day-up').first().waitFor()
    await picture('streetlights-1440-dark')
    await isWell(page)
    expect(faults).toEqual([])
  })

  it('shows the access points, their outages and their month, and gives it as a file', async () => {
    const { page, faults, picture } = await visit(phone, '#/access-points')
    await page.getByText('2台すべて稼働しています').waitFor()
    await page.getByText('いちばん混むのは18時台').waitFor()
    await page.locator('[data-thing$="ap-2"] .day-down').first().waitFor()
    const row = page.locator('table.ap-month tr[data-site$="ap-2"]')
    // The days told may lie in the month before; which it is can be said only once this month has come.
    const noDays = page.locator('[data-print-part="ap-month"] .empty')
    await row.or(noDays).waitFor()
    if (await noDays.isVisible()) await page.getByRole('button', { name: '前の月' }).click()
    await row.waitFor()
    await picture('access-points-360')
    await isWell(page)
    const csv = await savedFile(page, () => page.locator('#ap-month ~ * a[download]').first().click())
    expect(csv.startsWith('\uFEFF年月,場所')).toBe(true)
    expect(csv).toContain('公民館2')
    expect(faults).toEqual([])
  })

  it('handles several alarms in one act and says what became of each', async () => {
    const { page, faults, picture } = await visit(phone, '#/alarms')
    await page.getByRole('button', { name: 'まとめて操作' }).click()
    await page.getByLabel(`すべて選ぶ（${darkLamps.length}件）`).check()
    await page.getByText(`${darkLamps.length}件を選択中`).waitFor()
    await picture('alarms-bulk-360')
    await isWell(page)
    await page.getByRole('button', { name: '確認した' }).click()
    await page.getByText(`${darkLamps.length}件すべて完了しました`).waitFor()
    expect(await page.locator('[data-outcome="done"]').count()).toBe(darkLamps.length)
    await until('acknowledged alarms', 10_000, async () => {
      const { items } = (await (await city.hub.get('/api/v1/alarms?state=open')).json()) as {
        items: readonly { acknowledged: boolean }[]
      }
      return items.every(({ acknowledged }) => acknowledged) ? true : undefined
    })
    await page.getByRole('button', { name: 'まとめて操作を終える' }).click()
    await page.locator('[data-section="handled"]').waitFor()
    expect(faults).toEqual([])
  })
})
