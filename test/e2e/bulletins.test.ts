// A message of the disaster broadcast from the desk to the street, in Chromium: written, looked at once more, sent, read by citizens, replaced, called off.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { ensureDashboard } from '../../bin/build-dashboard.ts'
import { birth, gatewayTopic, type RunningCloud, runCloud } from '../cloud/running-cloud.ts'
import { debianPackage } from '../debian.ts'
import { isEasyToPress, isLive, isWell, launchBrowser, type Look, openAt, openScreen } from './screen.ts'

const looks = [
  { width: 360, scheme: 'light' },
  { width: 1440, scheme: 'dark' },
] as const satisfies readonly Look[]

describe.skipIf(!debianPackage('chromium'))('messages of the disaster broadcast', { timeout: 120_000 }, () => {
  let folder: string
  let hub: RunningCloud
  let browser: Browser

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-bulletins-'))
    hub = await runCloud(folder, { more: { dashboardFolder: await ensureDashboard() } })
    await hub.cloud.tap({ topic: gatewayTopic('status'), payload: birth({ sites: [], devices: [] }) })
    browser = await launchBrowser()
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await hub?.stop()
    await rm(folder, { recursive: true, force: true })
  }, 60_000)

  /** The hub's own number of the message with this title. */
  async function idOf(title: string): Promise<string> {
    const answer = await fetch(`${hub.url}/api/v1/bulletins?state=all`)
    const { items } = (await answer.json()) as {
      readonly items: readonly { readonly id: string; readonly texts: { readonly ja?: { readonly title: string } } }[]
    }
    const found = items.find(({ texts }) => texts.ja?.title === title)
    if (found === undefined) throw new Error(`no message "${title}"`)
    return found.id
  }

  async function replace(id: string, title: string): Promise<void> {
    const body = {
      tenant: 'kimitsu',
      identifier: `update-${title}`,
      kind: 'update',
      references: [id],
      severity: 'severe',
      texts: { ja: { title, text: '雨はやみました。' } },
      expires: Date.now() + 3_600_000,
    }
    const answer = await fetch(`${hub.url}/api/v1/bulletins`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    expect(`${answer.status} ${answer.ok ? '' : await answer.text()}`).toMatch(/^20\d /)
  }

  /** What stands on the first page of the citizens, as a new visitor sees it. */
  async function citizens(look: Look, see: (page: Page) => Promise<void>): Promise<void> {
    const screen = await openScreen(browser, look)
    await screen.page.goto(`${hub.url}/citizen/`)
    await see(screen.page)
    expect(screen.faults).toEqual([])
    await screen.close()
  }

  it.each(looks)('are written, checked, sent, read, replaced and called off ($width px, $scheme)', async (look) => {
    const title = `大雨のお知らせ${look.width}`
    const { page, faults, picture } = await openAt(browser, `${hub.url}/#/bulletins`, look)
    await page.getByRole('heading', { level: 1, name: '防災情報' }).waitFor()
    await isLive(page)
    await page.getByText('発表中の情報はありません。').waitFor()
    await write(page, title)
    await picture(`bulletins-1-form-${look.width}`)
    await isWell(page)
    await isEasyToPress(page)
    await page.getByRole('button', { name: '内容を確かめる' }).press('Enter')
    const check = page.locator('.bulletin-check')
    await check.getByText(title).waitFor()
    await check.getByText(/重大 · まもなく行動 · 6時間 · 小糸、周西/).waitFor()
    await picture(`bulletins-2-check-${look.width}`)
    await isWell(page)
    await check.getByRole('button', { name: '直す' }).click()
    expect(await page.getByLabel('件名（日本語）').inputValue()).toBe(title)
    await page.getByRole('button', { name: '内容を確かめる' }).click()
    await check.getByRole('button', { name: '発表する' }).click()
    await page.getByText('発表しました。').waitFor()
    const card = page.locator('[data-bulletin]', { hasText: title })
    await card.getByText('対象: 小糸、周西').waitFor()
    await picture(`bulletins-3-sent-${look.width}`)
    await isWell(page)
    await citizens(look, async (home) => {
      await home.getByRole('heading', { level: 3, name: title }).waitFor()
      await home.getByText('川に近づかないでください。').waitFor()
      await isWell(home)
    })

    const later = `${title}（第2報）`
    await replace(await idOf(title), later)
    await page.getByRole('button', { name: 'これまで全部' }).click()
    await page.locator('[data-bulletin]', { hasText: '更新済み' }).getByRole('heading', { name: title }).waitFor()
    const newest = page.locator('[data-bulletin]', { hasText: later })
    await newest.getByRole('button', { name: `「${later}」を解除する` }).press('Enter')
    await picture(`bulletins-4-sure-${look.width}`)
    await isWell(page)
    await newest.getByRole('button', { name: 'やめる' }).click()
    await newest.getByRole('button', { name: `「${later}」を解除する` }).click()
    await newest.getByRole('button', { name: '本当に解除する' }).click()
    await newest.locator('.bulletin-mark').getByText('解除').first().waitFor()
    await newest.getByText('この情報は解除されました').waitFor()
    expect(await newest.count()).toBe(1)
    await picture(`bulletins-5-cancelled-${look.width}`)
    await isWell(page)
    await page.getByRole('button', { name: '発表中' }).click()
    await page.getByText('発表中の情報はありません。').waitFor()
    await citizens(look, async (home) => {
      await home.getByRole('heading').first().waitFor()
      await home.waitForLoadState('networkidle')
      expect(await home.getByText(title).count()).toBe(0)
    })
    expect(faults).toEqual([])
  })

  it('say in English what there is, and that a hub out of reach has not taken one', async () => {
    const { page, picture } = await openAt(browser, `${hub.url}/#/bulletins`, looks[0])
    onTestFinished(() => page.unrouteAll())
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('heading', { level: 1, name: 'Disaster messages' }).waitFor()
    await page.getByText('Send a message').click()
    await page.getByLabel('Title (Japanese)').fill('届かないお知らせ')
    await page.getByRole('button', { name: 'Check it' }).click()
    await page.route('**/api/v1/bulletins', (route) =>
      route.request().method() === 'POST' ? route.abort('connectionfailed') : route.continue(),
    )
    await page.locator('.bulletin-check').getByRole('button', { name: 'Send' }).click()
    await page.getByRole('alert').getByText('That was not done. Check the connection and press again.').waitFor()
    await picture('bulletins-6-english')
    await isWell(page)
    await page.unrouteAll()
    await page.locator('.bulletin-check').getByRole('button', { name: 'Send' }).click()
    await page.getByText('Sent.').waitFor()
    expect(await page.locator('[data-bulletin]', { hasText: '届かないお知らせ' }).count()).toBe(1)
  })
})

async function write(page: Page, title: string): Promise<void> {
  await page.locator('.bulletin-form summary').click()
  await page.getByLabel('件名（日本語）').fill(title)
  await page.getByLabel('本文（日本語）').fill('川に近づかないでください。')
  await page.getByLabel(/対象の地区/).fill('小糸、周西')
  await page.getByLabel('程度').selectOption('severe')
  await page.getByLabel('急ぎ方').selectOption('expected')
  await page.getByLabel('有効な時間').selectOption('6')
}
