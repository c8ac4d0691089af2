// The whole job of reading a chart, in Chromium: from a site by keys into a span, compared with another series, saved as CSV and picture, read as a table.
import { readFile } from 'node:fs/promises'
import type { Browser, Download, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { debianPackage } from '../debian.ts'
import { until } from '../programs/until.ts'
import { isWell, launchBrowser, openScreen } from './screen.ts'
import { type SmallCity, startSmallCity } from './small-city.ts'

const paddy = '#/site/kimitsu/small-city/koito-1'
const level = 'kimitsu/small-city/level-probe:water-level'
const heat = 'kimitsu/small-city/level-probe:water-temperature'

describe.skipIf(!debianPackage('chromium'))('a chart in a browser', { timeout: 240_000 }, () => {
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

  it.each([
    { width: 1440, scheme: 'light' },
    { width: 360, scheme: 'dark' },
  ] as const)(
    'is zoomed by keys, compared, saved as CSV and picture, and read as a table ($width px, $scheme)',
    async (look) => {
      const screen = await openScreen(browser, look)
      onTestFinished(() => screen.close())
      const { page, faults, picture } = screen
      await page.goto(`${city.url}/${paddy}`)
      await page.getByRole('button', { name: '1時間', exact: true }).click()
      await aSpikeIsSeen(page, city)
      await zoomByKeys(page)
      await page.getByRole('link', { name: '大きく表示・くらべる' }).first().click()
      await page.getByRole('heading', { level: 1, name: '水位' }).waitFor()
      await addTemperature(page)
      await picture(`chart-${look.width}`)
      await isWell(page)

      // The city is seconds old: a quarter of the hour about the first of its spans may end before its first reading.
      await page.getByRole('button', { name: '全体' }).click()
      await page.getByRole('button', { name: '全体' }).and(page.locator(':disabled')).waitFor()
      const csv = await saved(page, 'CSVを保存')
      expect(csv.suggestedFilename()).toMatch(/^musubi_小糸-1号田_水位_水温_\d{8}-\d{4}_\d{8}-\d{4}\.csv$/)
      const lines = (await readFile(await csv.path(), 'utf8')).split('\r\n')
      expect(lines[0]).toBe('\uFEFFseries,time,value,unit,quality,text')
      expect(new Set(lines.slice(1, -1).map((line) => line.split(',')[0]))).toEqual(new Set([level, heat]))
      const png = await saved(page, '画像を保存')
      expect(png.suggestedFilename()).toMatch(/^musubi_小糸-1号田_水位_水温_.*\.png$/)
      const bytes = await readFile(await png.path())
      expect(bytes.subarray(1, 4).toString()).toBe('PNG')
      expect(bytes.readUInt32BE(16)).toBeGreaterThanOrEqual(1200)

      await readAsTable(page)
      await isWell(page)
      expect(faults).toEqual([])
    },
  )

  it('is zoomed by wheel, by a brush of the mouse and by two fingers, and moved by one', async () => {
    const screen = await openScreen(browser, { width: 1440, scheme: 'light' })
    onTestFinished(() => screen.close())
    const { page, faults } = screen
    await page.goto(`${city.url}/#/chart/${encodeURIComponent(`${level}!1h`).replaceAll('%2F', '/')}`)
    await page.locator('.plot canvas').waitFor()
    const whole = page.getByRole('button', { name: '全体' })

    await plotPoint(page, 0.5).then(({ x, y }) => page.mouse.move(x, y))
    await page.keyboard.down('Control')
    await page.mouse.wheel(0, -600)
    await page.keyboard.up('Control')
    const byWheelMs = await shownLength(page, (ms) => ms < hourMs)
    await page.mouse.wheel(0, -600)
    expect(await shownLength(page, () => true)).toBe(byWheelMs)

    await whole.click()
    await addressBecomes(page, (address) => spanOf(address) === undefined)
    const [from, to] = [await plotPoint(page, 0.25), await plotPoint(page, 0.5)]
    await page.mouse.move(from.x, from.y)
    await page.mouse.down()
    await page.mouse.move(to.x, to.y, { steps: 5 })
    await page.mouse.up()
    const brushedMs = await shownLength(page, (ms) => ms < hourMs)
    expect(brushedMs).toBeGreaterThan(0.2 * hourMs)
    expect(brushedMs).toBeLessThan(0.3 * hourMs)

    await whole.click()
    await addressBecomes(page, (address) => spanOf(address) === undefined)
    await touch(page, [
      [0.45, 0.55],
      [0.25, 0.75],
    ])
    // The fingers end five times as far apart as they began; the address may be read while they still move.
    const pinchedMs = await shownLength(page, (ms) => Math.abs(ms - hourMs / 5) < hourMs / 50)
    const before = spanOf(page.url())
    await touch(page, [[0.3], [0.7]])
    await addressBecomes(page, (address) => (spanOf(address)?.fromMs ?? Infinity) < (before?.fromMs ?? 0))
    expect(await shownLength(page, () => true)).toBeCloseTo(pinchedMs, -4)
    expect(faults).toEqual([])
  })

  it('shows what a link says: series, length, span and what is laid over', async () => {
    const screen = await openScreen(browser, { width: 1440, scheme: 'light' })
    onTestFinished(() => screen.close())
    const { page, faults } = screen
    const name = (text: string): string => encodeURIComponent(text).replaceAll('%2F', '/')
    await page.goto(`${city.url}/#/chart/${name(`${level}!7d!week!20261101-000000_20261102-000000`)}`)
    await page.locator('.plot canvas').waitFor()
    await page.locator('.read-out-time', { hasText: '2026/11/01 00:00 〜 2026/11/02 00:00' }).waitFor()
    expect(await page.locator('.read-out-name').allTextContents()).toEqual(['水位', '水位・前週'])
    await page.locator('.plot-empty').waitFor()
    await page.getByRole('button', { name: '全体' }).click()
    await page.locator('.plot-empty').waitFor({ state: 'detached' })
    await addressBecomes(page, (address) => !address.includes('20261101'))
    expect(faults).toEqual([])
  })
})

const hourMs = 3_600_000

/** What the address says is zoomed into, Unix ms as if the clock were UTC's; undefined: nothing is. */
function spanOf(address: string): { readonly fromMs: number; readonly toMs: number } | undefined {
  const stamps = /(\d{8}-\d{6})_(\d{8}-\d{6})/.exec(address)?.slice(1)
  if (stamps === undefined) return undefined
  const [fromMs = 0, toMs = 0] = stamps.map((stamp) =>
    Date.parse(stamp.replace(/(....)(..)(..)-(..)(..)(..)/, '$1-$2-$3T$4:$5:$6Z')),
  )
  return { fromMs, toMs }
}

/** The length of what is zoomed into, once it is settled and fits. */
async function shownLength(page: Page, fits: (lengthMs: number) => boolean): Promise<number> {
  return await until('the span of what is shown', 20_000, () => {
    const span = spanOf(page.url())
    const lengthMs = span === undefined ? Number.NaN : span.toMs - span.fromMs
    return Promise.resolve(fits(lengthMs) && lengthMs > 0 ? lengthMs : undefined)
  })
}

/** On the plot itself, at a share of its width. */
async function plotPoint(page: Page, share: number): Promise<{ readonly x: number; readonly y: number }> {
  const box = await page.locator('.plot .u-over').boundingBox()
  if (box === null) throw new Error('there is no plot')
  return { x: box.x + share * box.width, y: box.y + box.height / 2 }
}

/** Fingers go from the first to the last places, each a share of the width of the plot, as a person's would. */
async function touch(page: Page, [first, last]: readonly [readonly number[], readonly number[]]): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const send = async (type: 'touchStart' | 'touchMove' | 'touchEnd', shares: readonly number[]) => {
    const touchPoints = await Promise.all(shares.map(async (share, id) => ({ ...(await plotPoint(page, share)), id })))
    await session.send('Input.dispatchTouchEvent', { type, touchPoints })
  }
  const steps = 8
  await send('touchStart', first)
  for (let step = 1; step <= steps; step += 1) {
    await send(
      'touchMove',
      first.map((share, finger) => share + (((last[finger] ?? share) - share) * step) / steps),
    )
  }
  await send('touchEnd', [])
  await session.detach()
}

/** A value that stood in the register for two polls is in the envelope, whatever the width of its spans. */
async function aSpikeIsSeen(page: Page, city: SmallCity): Promise<void> {
  await page.locator('.plot canvas').first().waitFor()
  city.setLevelRegister(1234)
  await page.locator('.read-out-curves b', { hasText: '最大 12.3 cm' }).waitFor()
  city.setLevelRegister(600)
  await page.locator('[data-channel="water-level"]', { hasText: '6.0 cm' }).waitFor()
  await page.locator('.read-out-curves b', { hasText: '最大 12.3 cm' }).waitFor()
}

async function addressBecomes(page: Page, fits: (address: string) => boolean): Promise<void> {
  await until('the address of what is shown', 20_000, () => Promise.resolve(fits(page.url()) ? true : undefined))
}

/** The cursor is told aloud, the span becomes shorter, and the way back is there. */
async function zoomByKeys(page: Page): Promise<void> {
  const plot = page.getByRole('application').first()
  await plot.focus()
  const aloud = page.locator('p[aria-live="polite"]', { hasText: /\d+\/\d+ \d\d:\d\d:\d\d.*cm/ })
  // The city is seconds old: the middle of its only span may be still to come, and End then leads nowhere.
  await until('a value that is told aloud', 20_000, async () => {
    await plot.press('End')
    return await aloud.waitFor({ timeout: 2_000 }).then(
      () => true,
      () => undefined,
    )
  })
  await plot.press('+')
  await plot.press('+')
  await page.getByRole('button', { name: '全体' }).and(page.locator(':enabled')).waitFor()
}

async function addTemperature(page: Page): Promise<void> {
  await page.getByRole('searchbox').fill('水温')
  await page.getByRole('button', { name: /水温を加える/ }).click()
  await page.locator('.read-out-name', { hasText: '水温' }).waitFor()
  await expect.poll(() => page.locator('.plot-units span').allTextContents()).toEqual(['cm', '℃'])
  await addressBecomes(page, (address) => address.includes('water-temperature'))
  await page.locator('.plot canvas').waitFor()
}

async function saved(page: Page, button: string): Promise<Download> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).click(),
  ])
  await page.getByText(`${download.suggestedFilename()} を保存しました`).waitFor()
  return download
}

async function readAsTable(page: Page): Promise<void> {
  await page.getByText('表で見る').click()
  const table = page.getByRole('table', { name: /水位・水温/ })
  await table.waitFor()
  const heads = ['時刻（日本標準時）', '水位', '水温', '記号']
  await expect.poll(() => table.getByRole('columnheader').allTextContents()).toEqual(heads)
  await table.getByRole('cell', { name: /cm/ }).first().waitFor()
  await page.getByText(/\d+行中 1〜\d+行/).waitFor()
}
