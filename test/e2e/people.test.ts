// The screens of whoever looks after people: invite with a link, roles, suspension, tenants, and the audit log.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { debianPackage } from '../debian.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { browserAt, goodPassword } from '../people/browser.ts'
import { isWell, launchBrowser, type Look, openAt, type Screen } from './screen.ts'

const phone = { width: 360, height: 780, scheme: 'light' } as const satisfies Look
const desk = { width: 1440, height: 900, scheme: 'light' } as const satisfies Look

describe.skipIf(!debianPackage('chromium'))('the pages of people and of the audit log', { timeout: 120_000 }, () => {
  let folder: string
  let hub: HubUnderTest
  let browser: Browser
  let url: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-people-'))
    hub = await createHub(join(folder, 'hub'), [])
    url = `http://127.0.0.1:${hub.httpPort}`
    browser = await launchBrowser()
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await hub?.end('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  const open = (path: string, look: Look): Promise<Screen> => openAt(browser, `${url}${path}`, look)
  async function signIn(page: Page, name: string, password: string): Promise<void> {
    await page.getByLabel('名前（ID）またはメールアドレス').fill(name)
    await page.getByLabel('パスワード', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'サインインする' }).click()
  }
  const isIn = (page: Page, name: string) => page.locator('.own-menu-open').getByText(name).waitFor()

  it('make the first admin of a hub that knew nobody, who then sets a password', async () => {
    const { page, picture } = await open('/#/people', phone)
    await page.getByRole('heading', { name: '最初の管理者を決める' }).waitFor()
    await picture('people-1-first')
    await isWell(page)
    await page.getByLabel('ID（サインインに使う名前）').fill('sato')
    await page.getByLabel('表示する名前').fill('佐藤 花子')
    await page.getByRole('button', { name: '管理者になって、パスワードを決める' }).click()
    await page.getByRole('heading', { name: 'パスワードを決める' }).waitFor()
    await page.getByLabel('新しいパスワード').fill(goodPassword)
    await page.getByRole('button', { name: '決めてサインインする' }).click()
    await isIn(page, '佐藤 花子')
    expect((await browserAt(url).ask('GET', '/api/v1/people')).status).toBe(401)
  })

  it('invite somebody by a link; who signs in by it has that role, and sees what is theirs alone', async () => {
    const { page, picture } = await open('/#/people', phone)
    await signIn(page, 'sato', goodPassword)
    await page.getByRole('heading', { name: '利用者の一覧（1人）' }).waitFor()
    for (const [id, ja, en] of [
      ['farm-koito', '小糸営農組合', 'Koito farmers'],
      ['city-lights', '道路管理課', 'Roads'],
    ] as const) {
      await page.getByRole('button', { name: '組織を加える' }).click()
      await page.getByLabel('ID（ゲートウェイの証明書と同じもの）').fill(id)
      await page.getByLabel('名前（日本語）').fill(ja)
      await page.getByLabel('名前（英語）').fill(en)
      await page.getByRole('button', { name: '保存する' }).click()
      await page.locator('.tenant-list').getByText(ja).waitFor()
    }
    await page.getByRole('button', { name: '利用者を招待する' }).click()
    await page.getByLabel('ID（サインインに使う名前）').fill('Tanaka')
    await page.getByLabel('表示する名前').fill('田中 一郎')
    await page.getByRole('button', { name: '招待のリンクを作る' }).click()
    await page.getByText('IDは半角の小文字・数字').waitFor()
    await page.getByLabel('ID（サインインに使う名前）').fill('tanaka')
    await page.locator('.role-field').getByLabel('組織').selectOption('farm-koito')
    await page.locator('.role-field').getByLabel('役割').selectOption('operator')
    await page.getByText('警報の確認・保留・担当').waitFor()
    await picture('people-2-invite')
    await isWell(page)
    await page.getByRole('button', { name: '招待のリンクを作る' }).click()
    await page.getByRole('heading', { name: '田中 一郎 さんのリンク' }).waitFor()
    await picture('people-3-link')
    await isWell(page)
    const link = await page.locator('.handed-link input').inputValue()
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/sign-in#link=./)
    await page.getByRole('button', { name: '渡しました' }).click()
    expect(await page.locator('.handed-link').count()).toBe(0)
    const { page: invited } = await open(new URL(link).pathname + new URL(link).hash, phone)
    await invited.getByLabel('新しいパスワード').fill(`${goodPassword} t`)
    await invited.getByRole('button', { name: '決めてサインインする' }).click()
    await isIn(invited, '田中 一郎')
    await invited.goto(`${url}/#/people`)
    await invited.getByRole('heading', { name: 'いまの状況' }).or(invited.locator('.fresh-live')).first().waitFor()
    const tanaka = browserAt(url)
    await tanaka.ask('POST', '/api/v1/session', { name: 'tanaka', password: `${goodPassword} t` })
    expect((await tanaka.ask('GET', '/api/v1/people')).status).toBe(403)
    const { items } = (await tanaka.ask('GET', '/api/v1/tenants')).body as { items: { id: string }[] }
    expect(items.map(({ id }) => id)).toEqual(['farm-koito'])
  })

  it('give another role, suspend, resume, make a new link and remove, each asked for first', async () => {
    const { page, picture } = await open('/#/people', desk)
    await signIn(page, 'sato', goodPassword)
    const card = page.locator('[data-person="tanaka"]')
    await card.getByText('利用中').waitFor()
    await picture('people-4-desk')
    await isWell(page)
    await page.getByRole('button', { name: '田中 一郎 さんを変更する' }).click()
    await page.locator('.role-field').getByLabel('役割').selectOption('manager')
    await page.getByRole('button', { name: 'ほかの組織の役割を加える' }).click()
    await picture('people-5-roles')
    await page.getByRole('button', { name: '保存する' }).click()
    await card.getByText('道路管理課').waitFor()
    await card.getByText('責任者').waitFor()
    await page.getByRole('button', { name: '田中 一郎 さんを停止する' }).click()
    await card.getByText('すぐにサインアウトさせ').waitFor()
    await isWell(page)
    await page.getByRole('button', { name: 'はい、実行する' }).click()
    await card.getByText('停止中').waitFor()
    await page.getByRole('button', { name: '田中 一郎 さんを再開する' }).click()
    await card.getByText('利用中').waitFor()
    await page.getByRole('button', { name: '田中 一郎 さんの新しいリンクを作る' }).click()
    await page.getByRole('button', { name: 'はい、実行する' }).click()
    await page.getByRole('heading', { name: '田中 一郎 さんのリンク' }).waitFor()
    await card.getByText('まだサインインしていません').waitFor()
    await page.getByRole('button', { name: '田中 一郎 さんを削除する' }).click()
    await page.getByRole('button', { name: 'はい、実行する' }).click()
    await card.waitFor({ state: 'detached' })
    // The last admin of the city stays one.
    await page.getByRole('button', { name: '佐藤 花子 さんを変更する' }).click()
    await page.locator('.role-field').getByLabel('役割').selectOption('viewer')
    await page.getByRole('button', { name: '保存する' }).click()
    await page.getByText('市全体の管理者は、少なくとも1人必要です').waitFor()
  })

  it.each([phone, desk])(
    'show what was done, find it by person and subject, and say that the log is whole ($width px)',
    async (look) => {
      const { page, picture } = await open('/#/audit', look)
      await signIn(page, 'sato', goodPassword)
      await page.getByText('記録はすべてつながっています').waitFor()
      await page.locator('.audit-record').first().waitFor()
      await picture(`audit-1-${look.width}`)
      await isWell(page)
      await page.getByLabel('対象や操作').fill('tanaka')
      await page.getByRole('button', { name: '探す' }).click()
      await page.locator('.audit-record').getByText('組織を加えた').first().waitFor({ state: 'detached' })
      await page.locator('.audit-record').getByText('利用者を削除した').waitFor()
      await page.locator('.audit-record', { hasText: '利用者を招待した' }).getByText('詳しく').click()
      await page.getByText('POST /api/v1/people', { exact: true }).waitFor()
      await page.getByText('farm-koito:operator', { exact: true }).waitFor()
      await picture(`audit-2-${look.width}`)
      await isWell(page)
      await page.getByLabel('人（名前かID）').fill('だれでもない')
      await page.getByRole('button', { name: '探す' }).click()
      await page.getByText('当てはまる記録はありません').waitFor()
      await page.getByRole('button', { name: '条件を消す' }).click()
      await page.locator('.audit-record').getByText('組織を加えた').first().waitFor()
      const saving = page.waitForEvent('download')
      await page.getByRole('link', { name: 'すべて書き出す' }).click()
      expect((await saving).suggestedFilename()).toBe('audit.jsonl')
    },
  )

  it('show the records before, a page at a time', async () => {
    const sato = browserAt(url)
    await sato.ask('POST', '/api/v1/session', { name: 'sato', password: goodPassword })
    for (let index = 0; index < 50; index += 1) {
      const body = { name: { ja: `小糸 ${index}`, en: `Koito ${index}` }, kind: 'farm' }
      await sato.ask('PUT', '/api/v1/tenants/farm-koito', body)
    }
    const { page } = await open('/#/audit', phone)
    await signIn(page, 'sato', goodPassword)
    await page.locator('.audit-record').nth(49).waitFor()
    expect(await page.locator('.audit-record').count()).toBe(50)
    await page.getByRole('button', { name: '前の記録も表示する' }).click()
    await page.locator('.audit-record').nth(51).waitFor()
  })
})
