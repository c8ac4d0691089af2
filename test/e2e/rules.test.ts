// Rules as an engineer writes them in the office: found, tried on the past, saved and in force, switched off and taken back.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { debianPackage } from '../debian.ts'
import { isEasyToPress, isLive, isWell, launchBrowser, type Look, openAt, type Screen } from './screen.ts'
import { type SmallCity, startSmallCity } from './small-city.ts'

const phone = { width: 360, height: 780, scheme: 'light' } as const satisfies Look
const desk = { width: 1280, height: 800, scheme: 'light' } as const satisfies Look

describe.skipIf(!debianPackage('chromium'))('the rules screens', { timeout: 120_000 }, () => {
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

  async function visit(look: Look): Promise<Screen> {
    const screen = await openAt(browser, `${city.url}/#/rules`, look)
    await isLive(screen.page)
    return screen
  }

  async function isFit(page: Page): Promise<void> {
    await isWell(page)
    await isEasyToPress(page)
  }

  it('takes a rule from a word about it over the past into force, and out of it again', async () => {
    city.setLevelRegister(600)
    const { page, faults, picture } = await visit(phone)
    await page.getByRole('heading', { level: 1, name: '警報の規則' }).waitFor()
    await page.getByLabel('規則を探す').fill('水位')
    await page.locator('.rule-row').first().waitFor()
    await picture('rules-1-list-360')
    await isFit(page)
    await page.setViewportSize(desk)
    await picture('rules-1-list-1280')
    await page.setViewportSize(phone)

    await page.getByText('新しい規則を作る').click()
    await picture('rules-2-kinds-360')
    await isFit(page)
    await page.getByRole('link', { name: /^しきい値/ }).click()
    await page.getByLabel('警報の名前（日本語）').fill('水が多すぎる')
    await page.getByLabel('何をすればよいか（日本語）').fill('水尻を開けてください')
    await page.getByLabel('測定項目').selectOption('water-level')
    await page.getByRole('button', { name: '過去30日' }).click()
    await page.getByText('「これ未満で鳴らす」か「これを超えたら鳴らす」を入れてください').waitFor()
    await picture('rules-3-fault-360')
    await page.getByLabel('これを超えたら鳴らす').first().fill('3')
    await page.getByLabel('続いたら鳴らす').fill('0')
    await page.getByRole('button', { name: '過去30日' }).click()
    await page.getByText('過去30日では1回鳴りました（1か所）').waitFor()
    await page.locator('.rule-times li', { hasText: '小糸 1号田' }).waitFor()
    await picture('rules-3-form-360')
    await isFit(page)
    await page.setViewportSize(desk)
    await picture('rules-3-form-1280')
    await isFit(page)
    await page.setViewportSize(phone)
    await page.getByLabel('担当者名').fill('佐藤 花子')
    await page.getByRole('button', { name: '保存してすぐ使う' }).click()
    const row = page.locator('.rule-row', { hasText: '水が多すぎる' })
    await row.getByText('水位が 3.0 cm 超').waitFor()
    await row.getByText('この組織').waitFor()
    await page.getByRole('navigation').getByRole('link', { name: '警報' }).click()
    await page.locator('.alarm', { hasText: '水が多すぎる' }).getByText('水尻を開けてください').waitFor()

    await page.goto(`${city.url}/#/rules`)
    await row.getByRole('link').click()
    await page.getByRole('button', { name: 'この規則を止める' }).waitFor()
    const id = page.url().split('/').at(-1) ?? ''
    const rule = (await (await city.hub.get(`/api/v1/rules/kimitsu/${id}`)).json()) as { rule: object }
    const other = await fetch(`${city.url}/api/v1/rules/kimitsu/${id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', 'if-match': '"1"' },
      body: JSON.stringify({ ...rule.rule, above: 0.04 }),
    })
    expect(other.status).toBe(200)
    await page.getByRole('button', { name: 'この規則を止める' }).click()
    await page.getByText('ほかの人が先にこの規則を変更しました').waitFor()
    await picture('rules-4-stale-360')
    await page.getByRole('button', { name: '読み直す' }).click()
    await page.getByText('ほかの人が先にこの規則を変更しました').waitFor({ state: 'detached' })
    expect(await page.getByLabel('これを超えたら鳴らす').first().inputValue()).toBe('4')
    await page.getByText('変更の履歴').click()
    await page.locator('.rule-history li').nth(1).getByText('佐藤 花子').waitFor()
    await picture('rules-5-history-360')
    await isFit(page)
    await page.getByRole('button', { name: 'この規則を止める' }).click()
    await row.getByText('停止中').waitFor()
    await row.getByRole('link').click()
    await page.getByRole('button', { name: 'この規則を削除する' }).click()
    await page.getByRole('button', { name: '削除する', exact: true }).click()
    await row.waitFor({ state: 'detached' })
    expect(faults.filter((fault) => !/412|422/.test(fault))).toEqual([])
  })

  it.each(['rate', 'dead-man', 'event', 'composite', 'expression', 'gateway-offline'])(
    'has a form for %s that fits a phone, in English too',
    async (kind) => {
      const { page, faults, picture } = await visit(phone)
      await page.goto(`${city.url}/#/rules/kimitsu/new/${kind}`)
      await page.getByRole('heading', { level: 1, name: '新しい規則を作る' }).waitFor()
      if (kind === 'composite') await page.getByRole('button', { name: '規則を加える' }).click()
      await picture(`rules-6-${kind}-360`)
      await isFit(page)
      await page.getByRole('button', { name: 'English' }).click()
      await page.getByRole('heading', { level: 1, name: 'New rule' }).waitFor()
      await isFit(page)
      expect(faults).toEqual([])
    },
  )
})
