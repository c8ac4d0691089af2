// Alarms as the person on duty handles them on a phone with gloves on and at a desk: what to do first, one card a storm, one or two taps an act.
import type { Browser, Locator, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { debianPackage } from '../debian.ts'
import { until } from '../programs/until.ts'
import { isEasyToPress, isLive, isWell, launchBrowser, type Look, openAt, type Screen } from './screen.ts'
import { type SmallCity, startSmallCity } from './small-city.ts'

const phone = { width: 360, height: 780, scheme: 'light' } as const satisfies Look
const desk = { width: 1280, height: 800, scheme: 'light' } as const satisfies Look
const lampOut = '街路灯が点灯していない'
const lowWater = '水位が低い'
const letWaterIn = '水口を開けて入水してください'

describe.skipIf(!debianPackage('chromium'))('the alarms page', { timeout: 120_000 }, () => {
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

  async function visit(look: Look, hash = '#/alarms'): Promise<Screen> {
    const screen = await openAt(browser, `${city.url}/${hash}`, look)
    await isLive(screen.page)
    return screen
  }

  async function isFit(page: Page): Promise<void> {
    await isWell(page)
    await isEasyToPress(page, 'main button, main summary')
  }

  const section = (page: Page, name: string): Locator => page.locator(`[data-section="${name}"]`)
  const cardOf = (within: Page | Locator, title: string): Locator => within.locator('.alarm', { hasText: title })

  async function openAlarms(): Promise<readonly { readonly id: string; readonly suppressions: readonly string[] }[]> {
    const { items } = (await (await city.hub.get('/api/v1/alarms')).json()) as {
      items: { id: string; suppressions: string[] }[]
    }
    return items
  }

  it('says first what to do, and takes an alarm through its whole life by taps alone', async () => {
    city.setLevelRegister(100)
    const { page, faults, picture } = await visit(phone)
    const card = cardOf(section(page, 'todo'), lowWater)
    await card.waitFor()
    expect(await card.locator('> :first-child').textContent()).toBe(letWaterIn)
    await picture('alarms-1-todo-360')
    await isFit(page)

    await card.getByRole('button', { name: '自分が対応する' }).click()
    await card.getByText('先に担当者名を入れてください').waitFor()
    await card.getByLabel('担当者名').fill('佐藤 花子')
    await picture('alarms-2-nameless-360')
    await isFit(page)
    await card.getByRole('button', { name: '自分が対応する' }).click()
    await card.getByText('担当: 佐藤 花子').waitFor()

    await card.getByRole('button', { name: 'ほかの操作' }).click()
    await card.getByLabel('コメント').fill('田んぼに向かっています')
    await card.getByRole('button', { name: '書き込む' }).click()
    await card.locator('[data-action="commented"]').getByText('田んぼに向かっています').waitFor()
    await card.locator('[data-action="assigned"]').waitFor()
    await picture('alarms-3-more-360')
    await isFit(page)

    const noise = sharp({
      create: {
        width: 900,
        height: 600,
        channels: 3,
        background: '#7a9a54',
        noise: { type: 'gaussian', mean: 128, sigma: 40 },
      },
    })
    await card
      .locator('input[type="file"]')
      .setInputFiles({ name: 'p.jpg', mimeType: 'image/jpeg', buffer: await noise.jpeg().toBuffer() })
    const thumbnail = card.locator('.photo-small img')
    await thumbnail.waitFor()
    await until('the small picture', 10_000, async () =>
      (await page.evaluate(`document.querySelector('.photo-small img')?.naturalWidth`)) === 320 ? true : undefined,
    )
    await thumbnail.click()
    const large = page.getByRole('dialog')
    await large.getByText('佐藤 花子').waitFor()
    await picture('alarms-3-photo-360')
    await isFit(page)
    await large.getByRole('button', { name: '閉じる' }).click()
    await thumbnail.click()
    await large.getByRole('button', { name: '削除する' }).click()
    await large.getByRole('button', { name: '本当に削除する' }).click()
    await thumbnail.waitFor({ state: 'detached' })
    await card.locator('.alarm-log summary').click()

    await card.getByRole('button', { name: '作業を手配する' }).click()
    const handled = cardOf(section(page, 'handled'), lowWater)
    await handled.getByText(/作業 \d+号: 手配中/).waitFor()
    await handled.getByRole('button', { name: '出動した' }).click()
    await handled.getByText(/出動中/).waitFor()
    await handled.getByRole('button', { name: '修理した' }).click()
    await handled.getByText(/修理済み/).waitFor()
    await handled.getByRole('button', { name: '直ったのを確認した' }).click()
    await handled.getByText('警報がまだ続いているため').waitFor()
    await picture('alarms-4-order-360')
    await isFit(page)

    city.setLevelRegister(600)
    await handled
      .or(cardOf(section(page, 'ended'), lowWater))
      .getByText('復旧')
      .first()
      .waitFor()
    const mended = cardOf(page.locator('main'), lowWater)
    await mended.getByRole('button', { name: '直ったのを確認した' }).click()
    await mended.getByRole('button', { name: '）を確認した' }).click()
    await mended.waitFor({ state: 'detached' })
    await page.getByText('対応が必要な警報はありません').waitFor()
    await page.getByRole('button', { name: 'これまで' }).click()
    const past = cardOf(page.locator('main'), lowWater).first()
    await past.getByText('完了').waitFor()
    await past.getByText('確認: 佐藤 花子').or(past.getByText('担当: 佐藤 花子')).first().waitFor()
    expect(faults.filter((fault) => !fault.includes('409'))).toEqual([])
  })

  it('puts an alarm aside in two taps, keeps it in sight with how many there are, and takes it back', async () => {
    city.setLevelRegister(100)
    const { page, faults, picture } = await visit(phone)
    const card = cardOf(section(page, 'todo'), lowWater)
    await card.getByRole('button', { name: 'ほかの操作' }).click()
    await card.getByRole('button', { name: '8時間', exact: true }).click()
    await card.waitFor({ state: 'detached' })
    await page.locator('[data-quiet="shelved"]').getByText('保留中 1').waitFor()
    await page.getByText('対応が必要な警報はありません').waitFor()
    await picture('alarms-5-shelved-360')
    await isFit(page)
    await page.locator('.quiet-alarms summary').first().click()
    const shelved = cardOf(page.locator('.quiet-alarms'), lowWater)
    await shelved.getByText(/保留中 .*まで/).waitFor()
    await picture('alarms-6-quiet-360')
    await isFit(page)
    await shelved.getByRole('button', { name: '保留をやめる' }).click()
    await card.waitFor()
    await page.locator('.quiet-alarms').waitFor({ state: 'detached' })
    city.setLevelRegister(600)
    await cardOf(section(page, 'ended'), lowWater).getByRole('button', { name: '）を確認した' }).click()
    await cardOf(page.locator('main'), lowWater).waitFor({ state: 'detached' })
    expect(faults).toEqual([])
  })

  it('hides the alarms of a place where somebody works, and says who works there until when', async () => {
    const { page, faults, picture } = await visit(phone, '#/site/kimitsu/small-city/koito-1')
    await page.getByRole('link', { name: 'ここで保守作業を始める' }).click()
    await page.getByText('予定はありません').waitFor()
    expect(await page.getByLabel('場所').inputValue()).toBe('kimitsu/small-city/koito-1')
    await page.getByLabel('作業の内容').fill('水位計の清掃')
    await page.getByLabel('担当者名').fill('鈴木')
    await page.getByRole('button', { name: '4時間' }).click()
    await picture('alarms-7-window-360')
    await isFit(page)
    await page.getByRole('button', { name: '作業を登録する' }).click()
    const window = page.locator('.window', { hasText: '小糸 1号田' })
    await window.getByText('作業中').waitFor()
    await window.getByText('水位計の清掃').waitFor()
    await window.getByText('鈴木').waitFor()
    city.setLevelRegister(100)
    await until('the alarm is hidden', 30_000, async () =>
      (await openAlarms()).some(({ suppressions }) => suppressions.includes('maintenance')) ? true : undefined,
    )
    await picture('alarms-8-windows-360')
    await isFit(page)
    await page.setViewportSize(desk)
    await picture('alarms-8-windows-1280')
    await isFit(page)
    await page.setViewportSize(phone)
    await page.getByRole('main').getByRole('link', { name: '警報' }).click()
    await page.locator('[data-quiet="maintenance"]').getByText('保守作業中 1').waitFor()
    await page.goBack()
    await window.getByRole('button', { name: '作業を終える' }).click()
    await page.getByText('予定はありません').waitFor()
    await page.getByRole('navigation').getByRole('link', { name: '警報' }).click()
    await cardOf(section(page, 'todo'), lowWater).waitFor()
    city.setLevelRegister(600)
    await cardOf(section(page, 'ended'), lowWater).getByRole('button', { name: '）を確認した' }).click()
    expect(faults).toEqual([])
  })

  it('makes one card of a storm, with its count, one tap for all of it and each alarm behind one more', async () => {
    for (const lamp of [1, 2, 3, 4, 5, 6]) city.cabinet.setFault(lamp, 'lamp-out')
    const { page, faults, picture } = await visit(phone)
    const storm = page.locator('[data-storm]', { hasText: lampOut })
    await storm.getByText('まとめて6件').waitFor()
    expect(await section(page, 'todo').locator('.alarm-grid > .alarm').count()).toBe(1)
    await picture('alarms-9-storm-360')
    await isFit(page)
    await page.setViewportSize(desk)
    await picture('alarms-9-storm-1280')
    await isFit(page)
    await page.setViewportSize(phone)
    await storm.getByText('1件ずつ見る').click()
    await until('each of them', 10_000, async () => ((await storm.locator('.alarm').count()) === 6 ? true : undefined))
    await isFit(page)
    await storm.getByText('1件ずつ見る').click()
    await storm.getByRole('button', { name: 'の6件をすべて保留する' }).click()
    await picture('alarms-9-storm-shelve-360')
    await isFit(page)
    await storm.getByRole('button', { name: 'の6件をすべて保留する' }).click()
    await page.locator('.alarm-filter summary').click()
    await page.getByLabel('重さ').selectOption('minor')
    await page.getByText('件のうち0件').waitFor()
    await picture('alarms-9-filter-360')
    await isFit(page)
    await page.getByRole('button', { name: '絞り込みをやめる' }).click()
    await storm.getByRole('button', { name: 'の6件はすべて自分が対応する' }).click()
    await storm.getByLabel('担当者名').fill('佐藤 花子')
    await storm.getByRole('button', { name: 'の6件はすべて自分が対応する' }).click()
    await storm.getByRole('button', { name: 'の6件はすべて自分が対応する' }).waitFor({ state: 'detached' })
    await storm.getByRole('button', { name: '6件をすべて確認した' }).click()
    await section(page, 'handled').locator('[data-storm]').getByText('まとめて6件').waitFor()
    await page.getByText('対応が必要な警報はありません').waitFor()
    await page.getByRole('navigation').getByRole('link', { name: '概況' }).click()
    await page.getByRole('heading', { level: 1, name: 'いま対応が必要な警報はありません' }).waitFor()
    await page.getByText('対応中の警報が1件あります').waitFor()
    expect(faults).toEqual([])
  })

  it.each([phone, desk, { ...phone, scheme: 'dark' }] as const)(
    'shows a lost gateway as the cause, with how many it hides ($width px, $scheme)',
    async (look) => {
      await city.loseGateway()
      const { page, faults, picture } = await visit(look)
      const lost = cardOf(section(page, 'todo'), 'ゲートウェイとの通信が切れた')
      await lost.getByText('これが原因の警報6件をまとめています').waitFor()
      await page.locator('[data-quiet="gateway-offline"]').getByText('通信断のため 6').waitFor()
      await picture(`alarms-10-lost-${look.width}-${look.scheme}`)
      await isFit(page)
      await page.locator('.quiet-alarms summary').first().click()
      await picture(`alarms-11-hidden-${look.width}-${look.scheme}`)
      await isFit(page)
      expect(faults).toEqual([])
    },
  )

  it('speaks English when asked, and fits', async () => {
    const { page, faults, picture } = await visit(phone)
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('heading', { name: 'To be done' }).waitFor()
    await page
      .locator('.alarm')
      .first()
      .getByRole('button', { name: /^More about/ })
      .click()
    await picture('alarms-12-english')
    await isFit(page)
    await page.evaluate(`location.hash = '#/maintenance'`)
    await page.getByRole('heading', { level: 1, name: 'Maintenance windows' }).waitFor()
    await isFit(page)
    expect(faults).toEqual([])
  })
})
