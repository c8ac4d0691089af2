// Jobs done without a mouse or a touch: a hub gets its first admin, who invites somebody; a citizen reports a broken road; staff send a crew.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { debianPackage } from '../debian.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { browserAt, goodPassword } from '../people/browser.ts'
import { until } from '../programs/until.ts'
import { isWell, launchBrowser, type Look, openAt, pressByKey, tabTo } from './screen.ts'

const desk = { width: 1440, height: 900, scheme: 'light' } as const satisfies Look

describe.skipIf(!debianPackage('chromium'))('by keyboard alone', { timeout: 120_000 }, () => {
  let folder: string
  let hub: HubUnderTest
  let browser: Browser
  let url: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-keyboard-'))
    hub = await createHub(join(folder, 'hub'), [])
    url = `http://127.0.0.1:${hub.httpPort}`
    browser = await launchBrowser()
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await hub?.end('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  const type = (page: Page, text: string): Promise<void> => page.keyboard.insertText(text)
  /** Whoever has not signed in is told so: 401, which is no fault. */
  const besidesTheDoor = (faults: readonly string[]): readonly string[] =>
    faults.filter((fault) => !fault.startsWith('401') && !fault.includes('Unauthorized'))

  it('a hub that knew nobody gets an admin, who invites a person by a link', async () => {
    const { page, picture } = await openAt(browser, `${url}/#/people`, desk)
    await page.getByRole('heading', { name: '最初の管理者を決める' }).waitFor()
    await tabTo(page, 'input')
    await type(page, 'sato')
    await page.keyboard.press('Tab')
    await type(page, '佐藤 花子')
    await pressByKey(page, 'button', '管理者になって')
    await page.getByRole('heading', { name: 'パスワードを決める' }).waitFor()
    await tabTo(page, 'input[type=password]')
    await type(page, goodPassword)
    await page.keyboard.press('Enter')
    await page.locator('.own-menu-open').getByText('佐藤 花子').waitFor()

    await pressByKey(page, '.own-menu-open')
    await pressByKey(page, 'a[href="#/people"]')
    await page.getByRole('heading', { name: '利用者の一覧（1人）' }).waitFor()
    await pressByKey(page, 'button', '利用者を招待する')
    await page.getByLabel('ID（サインインに使う名前）').waitFor()
    await tabTo(page, 'form input')
    await type(page, 'tanaka')
    await page.keyboard.press('Tab')
    await type(page, '田中 一郎')
    await pressByKey(page, 'button', '招待のリンクを作る')
    await page.getByRole('heading', { name: '田中 一郎 さんのリンク' }).waitFor()
    await picture('keyboard-1-invited')
    await pressByKey(page, 'button', '渡しました')
    await page.locator('.handed-link').waitFor({ state: 'detached' })
  })

  it('a citizen puts the pin on a broken road and sends the report; staff send a crew and close it', async () => {
    const { page, faults, picture } = await openAt(browser, `${url}/citizen/`, desk)
    await pressByKey(page, 'button', '道路の破損')
    await page.locator('.pin-surface svg').waitFor()
    await tabTo(page, '.pin-surface')
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowUp', '+', 'Shift+ArrowLeft']) await page.keyboard.press(key)
    await page.getByText('ピンの場所を送ります').waitFor()
    await picture('keyboard-2-pin')
    await isWell(page)
    const placed = await page.locator('[data-position]').getAttribute('data-position')
    await tabTo(page, 'textarea')
    await type(page, '横断歩道の前に穴があります')
    await pressByKey(page, 'button', '送る')
    await page.locator('[data-state="received"]').waitFor()

    const { page: staff, faults: found } = await openAt(browser, `${url}/#/reports`, desk)
    await staff.getByRole('button', { name: 'サインインする' }).waitFor()
    await tabTo(staff, 'input')
    await type(staff, 'sato')
    await tabTo(staff, 'input[type=password]')
    await type(staff, goodPassword)
    await staff.keyboard.press('Enter')
    await staff.locator('[data-report="1"]').getByText('横断歩道の前に穴があります').first().waitFor()
    await pressByKey(staff, '[data-report="1"] summary, [data-report="1"] button', '詳しく・対応する')
    await pressByKey(staff, 'button', '作業指示を出す')
    await pressByKey(staff, '[data-order="dispatched"]')
    await pressByKey(staff, '[data-order="fixed"]')
    await staff.locator('[data-report="1"]').waitFor({ state: 'detached' })
    await until('the citizen is told', 20_000, async () => {
      await page.reload()
      return (await page.locator('[data-state="mended"]').count()) === 1 ? true : undefined
    })
    const sato = browserAt(url)
    await sato.ask('POST', '/api/v1/session', { name: 'sato', password: goodPassword })
    const { items } = (await sato.ask('GET', '/api/v1/citizen-reports?state=all')).body as {
      items: { position: { lat: number; lon: number } }[]
    }
    // A metre is as near as the city asks.
    const [lat, lon] = placed!.split(',').map((degrees) => Number(Number(degrees).toFixed(5)))
    expect(items.map(({ position }) => position)).toEqual([{ lat, lon }])
    expect(besidesTheDoor(found)).toEqual([])
    expect(faults).toEqual([])
  })
})
