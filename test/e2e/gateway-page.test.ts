// The page of one gateway as its operator uses it, over hub and gateway as they run: examine, fetch, look, find, follow, update.
import { readFile } from 'node:fs/promises'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { debianPackage } from '../debian.ts'
import { until } from '../programs/until.ts'
import { type CaredGateway, startCaredGateway } from './cared-gateway.ts'
import { isWell, launchBrowser, type Look, openAt, type Screen, tabTo } from './screen.ts'

const limitMs = 60_000
const looks = [
  { width: 360, height: 780, scheme: 'light' },
  { width: 1280, height: 800, scheme: 'light' },
] as const satisfies readonly Look[]

describe.skipIf(!debianPackage('chromium'))('the page of a gateway', { timeout: 3 * limitMs }, () => {
  let cared: CaredGateway
  let browser: Browser

  beforeAll(async () => {
    cared = await startCaredGateway()
    browser = await launchBrowser()
  }, 2 * limitMs)

  afterAll(async () => {
    await browser?.close()
    await cared?.close()
  }, limitMs)

  async function visit(look: Look): Promise<Screen> {
    const screen = await openAt(browser, cared.url, look)
    screen.page.setDefaultTimeout(limitMs)
    await screen.page.getByRole('heading', { level: 1, name: '小糸排水機場' }).waitFor()
    await screen.page.locator('.site-head').getByText('接続中').waitFor()
    return screen
  }

  /** Unix ms; undefined while it is away. */
  async function connectedSince(): Promise<number | undefined> {
    const { items } = (await (await cared.hub.get('/api/v1/gateways')).json()) as {
      items: readonly { readonly state: string; readonly since: number }[]
    }
    return items.find(({ state }) => state === 'online')?.since
  }

  const row = (page: Page, kind: string): Locator =>
    page.locator('.care-row', { has: page.locator(`[data-care="${kind}"]`) })
  const press = (page: Page, kind: string) => page.locator(`[data-care="${kind}"]`).click()
  const records = (page: Page): Locator => page.locator('section', { hasText: '操作の記録' }).locator('tbody tr')

  describe.each(looks)('at $width × $height', (look) => {
    it('lets its operator examine it and fetch what a repair needs, and keeps who did so', async () => {
      const { page, faults, picture } = await visit(look)
      await page.getByLabel('担当者名').fill('佐藤 花子')
      await picture(`gateway-1-open-${look.width}`)
      await isWell(page)

      await press(page, 'doctor')
      await row(page, 'doctor').getByText('装置の応答を待っています').waitFor()
      await row(page, 'doctor').locator('.care-verdict').waitFor()
      expect(await row(page, 'doctor').locator('.care-findings li').count()).toBeGreaterThan(2)
      await row(page, 'doctor').locator('.care-findings').getByText('証明書', { exact: true }).waitFor()
      await picture(`gateway-2-doctor-${look.width}`)
      await isWell(page)

      await press(page, 'diagnostic-bundle')
      const link = row(page, 'diagnostic-bundle').getByRole('link')
      await link.waitFor()
      const [download] = await Promise.all([page.waitForEvent('download'), link.click()])
      const bundle = await readFile(await download.path(), 'utf8')
      expect(Object.keys(JSON.parse(bundle) as object)).toEqual(expect.arrayContaining(['findings', 'config', 'log']))
      expect(bundle).not.toContain(cared.secret)

      await press(page, 'frame')
      const frame = row(page, 'frame').locator('img')
      await until('the frame is drawn', limitMs, () =>
        frame.evaluate((image) => (image as { naturalWidth?: number }).naturalWidth || undefined),
      )
      await records(page).filter({ hasText: '診断データ' }).getByText('佐藤 花子').first().waitFor()
      await picture(`gateway-3-files-${look.width}`)
      await isWell(page)
      expect(faults).toEqual([])
    })

    it('says what its devices answer, live, and which fails since when and why; what waits; how long its certificate holds', async () => {
      const { page, faults, picture } = await visit(look)
      const answer = page.locator('.answer[data-verdict]')
      await answer.getByText(/^\d+系列すべて届いています$/).waitFor()
      const probe = page.locator('[data-device="level-1"]')
      await probe.locator('[data-channel="water-level"]').getByText(/cm$/).waitFor()
      await page.getByText('滞りなく送れています').waitFor()
      const certificate = page.locator('section', { has: page.getByRole('heading', { name: '証明書' }) })
      await certificate.getByText(/^有効です。残り\d+日$/).waitFor()
      await certificate.getByText(/koito-pump/).waitFor()
      await picture(`gateway-9-answers-${look.width}`)
      await isWell(page)

      cared.disturbProbe(true)
      onTestFinished(() => cared.disturbProbe(false))
      await answer.getByText('が応答しません').waitFor()
      await answer.getByText(/前から: 機器がエラーを返しました$/).waitFor()
      expect(await page.locator('[data-device]').first().getAttribute('data-device')).toBe('level-1')
      await probe.locator('.quality-bad').first().waitFor()
      await page
        .locator('[data-bus="bus"]')
        .getByText(/機器がエラーを返しました \d+回/)
        .waitFor()
      await picture(`gateway-10-silent-${look.width}`)
      await isWell(page)

      cared.disturbProbe(false)
      await answer.getByText(/^\d+系列すべて届いています$/).waitFor()
      await tabTo(page, '[data-device="level-1"] a')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { level: 1, name: '水位' }).waitFor()
      expect(decodeURIComponent(page.url())).toContain('koito-pump/level-1:')
      expect(faults).toEqual([])
    })

    it('blinks its light, so that it is found in its cabinet', async () => {
      const { page, faults } = await visit(look)
      await press(page, 'identify')
      await row(page, 'identify').getByText('30秒間点滅しています').waitFor()
      await until('the light is lit', limitMs, async () => ((await cared.brightness()) === '255' ? true : undefined))
      await until('the light is dark', limitMs, async () => ((await cared.brightness()) === '0' ? true : undefined))
      expect(faults).toEqual([])
    })

    it('shows its log as it is written, until it is told to stop', async () => {
      const { page, faults, picture } = await visit(look)
      await press(page, 'log')
      const log = page.locator('.log')
      await log.getByText('the gateway agent runs').first().waitFor()
      await press(page, 'identify')
      await log.getByText('a command of the hub').last().waitFor()
      expect(await log.textContent()).not.toContain(cared.secret)
      await picture(`gateway-4-log-${look.width}`)
      await isWell(page)
      await page.getByRole('button', { name: '表示をやめる' }).click()
      await page.getByRole('button', { name: '動作記録を見る' }).waitFor()
      await until('the gateway was told to stop', limitMs, async () => {
        const answer = await cared.hub.get('/api/v1/commands?limit=10')
        const { items } = (await answer.json()) as {
          items: { kind: string; state: string; arguments: Record<string, unknown> }[]
        }
        const told = items.find(({ kind, arguments: given }) => kind === 'log' && given['seconds'] === 0)
        return told?.state === 'done' ? true : undefined
      })
      expect(faults).toEqual([])
    })

    it('says at a glance that a restart is meant, and is back by itself', async () => {
      const { page, faults, picture } = await visit(look)
      const before = await connectedSince()
      await press(page, 'restart')
      await picture(`gateway-5-sure-${look.width}`)
      await isWell(page)
      await page.getByRole('button', { name: '本当に再起動する' }).click()
      await row(page, 'restart').getByText('再起動しています').waitFor()
      await until('it is connected anew', limitMs, async () =>
        ((await connectedSince()) ?? before) === before ? undefined : true,
      )
      await page.locator('[data-care="doctor"]:enabled').waitFor()
      await page.locator('.site-head').getByText('接続中').waitFor()
      expect(faults).toEqual([])
    })
  })

  it('says which update runs, and why one that it took back does not', async () => {
    await cared.offer({ intervalS: 0.4, unitId: 1 })
    const { page, faults, picture } = await visit(looks[0])
    const running = page.locator('[data-running="1"]')
    await running.waitFor()
    await running.getByText('動作中: 第1版').waitFor()
    await page.locator('[data-result="applied"]').waitFor()
    await page.getByText('第1版の配信: 適用済み').waitFor()
    await isWell(page)
    await cared.offer({ intervalS: 0.4, unitId: 9 })
    await page.locator('[data-result="rolled-back"]').waitFor()
    await page.getByText('第2版の配信: 元に戻しました').waitFor()
    await page.getByText('応答していた機器が応答しなくなりました').waitFor()
    await running.waitFor()
    for (const look of looks) {
      await page.setViewportSize(look)
      await picture(`gateway-6-update-${look.width}`)
      await isWell(page)
    }
    await page.goto(`${cared.url.replace(/#.*/, '')}#/rollouts`)
    const halted = page.locator('[data-rollout][data-state="halted"]')
    await halted.getByText('1台で適用できず、止まっています').waitFor()
    await halted.locator('[data-progress="failed"]').getByText('応答していた機器が応答しなくなりました').waitFor()
    expect(await page.locator('[data-rollout][data-state="done"]').count()).toBe(1)
    for (const look of looks) {
      await page.setViewportSize(look)
      await picture(`rollouts-1-halted-${look.width}`)
      await isWell(page)
    }
    await halted.getByLabel('担当者名').fill('佐藤')
    await halted.getByRole('button', { name: '続ける' }).press('Enter')
    await halted.getByRole('button', { name: '失敗した1台をそのままにして続けます' }).press('Enter')
    await page.getByText('完了。1台中 1台は適用できませんでした').waitFor()
    expect(faults).toEqual([])
  })

  it('speaks English when asked, and fits', async () => {
    const { page, faults, picture } = await visit(looks[0])
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('heading', { name: 'Care from afar' }).waitFor()
    await page.getByText(/^All \d+ series answer$/).waitFor()
    await isWell(page)
    await picture('gateway-7-english')
    await page.setViewportSize({ width: 768, height: 1024 })
    await page.emulateMedia({ colorScheme: 'dark' })
    await isWell(page)
    await picture('gateway-7-english-dark-768')
    await page.setViewportSize({ width: 1440, height: 900 })
    await isWell(page)
    await picture('gateway-7-english-dark-1440')
    expect(faults).toEqual([])
  })

  it('offers nothing to press while the unit is away, and says so', async () => {
    const { page, faults, picture } = await visit(looks[0])
    await cared.edge.end('SIGTERM')
    await page.getByText('装置が止められているため、いまは操作できません').waitFor()
    await page.locator('.answer').getByText('装置につながりません').waitFor()
    await page.getByText('通信が切れている間、値は装置にたまり').waitFor()
    await page.locator('[data-device="level-1"]').getByText('切断前: 応答あり').waitFor()
    for (const button of await page.locator('[data-care]').all()) expect(await button.isDisabled()).toBe(true)
    await picture('gateway-8-away')
    await isWell(page)
    await page.getByRole('button', { name: /ほかの\d+件も見る/ }).click()
    await until('more records', limitMs, async () => ((await records(page).count()) > 5 ? true : undefined))
    await cared.edge.start()
    await page.locator('[data-care="doctor"]:enabled').waitFor()
    expect(faults).toEqual([])
  })
})
