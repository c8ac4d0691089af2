// The door of the dashboard: an invitation sets a password, a password lets in, a viewer may look and not act, an ended session shows the door.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret, TOTP } from 'otpauth'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { debianPackage } from '../debian.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { browserAt, goodPassword } from '../people/browser.ts'
import { isWell, launchBrowser, type Look, openAt, openScreen, type Screen } from './screen.ts'

const phone = { width: 360, height: 780, scheme: 'light' } as const satisfies Look

describe.skipIf(!debianPackage('chromium'))('the door of the dashboard', { timeout: 120_000 }, () => {
  let folder: string
  let hub: HubUnderTest
  let browser: Browser
  let url: string
  let invitation: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-door-'))
    hub = await createHub(join(folder, 'hub'), [])
    url = `http://127.0.0.1:${hub.httpPort}`
    browser = await launchBrowser()
    const memberships = [{ tenant: '*', role: 'admin' }]
    const made = await browserAt(url).ask('POST', '/api/v1/people', { id: 'sato', name: '佐藤 花子', memberships })
    invitation = String(made.body['link'])
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await hub?.end('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  const open = (path: string, look: Look = phone): Promise<Screen> => openAt(browser, `${url}${path}`, look)

  const isIn = (page: Page, name: string) => page.locator('.own-menu-open').getByText(name).waitFor()

  it('takes an invitation: its secret leaves the address, a weak password is refused in words, a good one lets in', async () => {
    const { page, picture } = await open(`/sign-in#link=${invitation}`)
    await page.getByRole('heading', { name: 'パスワードを決める' }).waitFor()
    expect(page.url()).not.toContain(invitation)
    await page.getByLabel('新しいパスワード').fill('sato sato sato')
    await page.getByRole('button', { name: '決めてサインインする' }).click()
    await page.getByText('このパスワードは弱すぎます').waitFor()
    await picture('door-1-weak')
    await isWell(page)
    await page.getByLabel('新しいパスワード').fill(goodPassword)
    await page.getByRole('button', { name: '決めてサインインする' }).click()
    await isIn(page, '佐藤 花子')
    await page.locator('.fresh-live').waitFor()
    expect(new URL(page.url()).pathname).toBe('/')
    await picture('door-2-in')
    await isWell(page)
  })

  it('asks at the door for nothing of the city, and inside for each answer of the first page once', async () => {
    const { page } = await openScreen(browser, phone)
    onTestFinished(() => page.context().close())
    let asked: string[] = []
    page.on('request', (request) => {
      const path = new URL(request.url()).pathname
      if (path.startsWith('/api/v1/')) asked.push(path.slice('/api/v1/'.length))
    })
    await page.goto(`${url}/#/farm`)
    await page.getByRole('heading', { name: 'サインイン' }).waitFor()
    expect(new Set(asked)).toEqual(new Set(['session', 'ui']))
    await page.getByLabel('名前（ID）またはメールアドレス').fill('sato')
    await page.getByLabel('パスワード', { exact: true }).fill(goodPassword)
    await page.getByRole('button', { name: 'サインインする' }).click()
    await isIn(page, '佐藤 花子')
    asked = []
    await page.reload()
    await page.locator('.fresh-live').waitFor()
    await page.getByRole('heading', { name: '田んぼ' }).waitFor()
    expect(asked.toSorted()).toEqual(['advice', 'field-settings', 'now', 'session', 'stream', 'ui'])
  })

  it('tells an invitation that was used already', async () => {
    const { page } = await open(`/sign-in#link=${invitation}`)
    await page.getByLabel('新しいパスワード').fill(`${goodPassword} 2`)
    await page.getByRole('button', { name: '決めてサインインする' }).click()
    await page.getByText('このリンクは使用済みか、期限切れです').waitFor()
    await isWell(page)
  })

  it.each([phone, { width: 1280, height: 800, scheme: 'dark' }] as const)(
    'lets in by name and password, and out again ($width px, $scheme)',
    async (look) => {
      const { page, picture } = await open('/', look)
      await page.getByRole('heading', { name: 'サインイン' }).waitFor()
      await page.getByLabel('名前（ID）またはメールアドレス').fill('sato')
      await page.getByLabel('パスワード', { exact: true }).fill('wrong wrong wrong')
      await page.getByRole('button', { name: 'サインインする' }).click()
      await page.getByText('サインインできません').waitFor()
      await picture(`door-3-failed-${look.width}`)
      await isWell(page)
      await page.getByLabel('パスワード', { exact: true }).fill(goodPassword)
      await page.getByRole('button', { name: 'サインインする' }).click()
      await isIn(page, '佐藤 花子')
      await page.locator('.fresh-live').waitFor()
      await page.reload()
      await isIn(page, '佐藤 花子')
      await picture(`door-4-in-${look.width}`)
      await isWell(page)
      await page.getByRole('button', { name: '佐藤 花子 さんのメニュー' }).click()
      await page.getByRole('button', { name: 'サインアウト' }).click()
      await page.getByRole('heading', { name: 'サインイン' }).waitFor()
    },
  )

  it('tells an engineer at the field page that reports wait for a sign-in, and leads back there', async () => {
    const { page, picture } = await open('/field/')
    await page.getByText('ハブへの送信にはサインインが必要です').waitFor()
    await page.getByRole('button', { name: '新しく設置する' }).waitFor()
    await picture('door-7-field')
    await isWell(page)
    await page.getByRole('link', { name: 'サインインする' }).click()
    await page.getByLabel('名前（ID）またはメールアドレス').fill('sato')
    await page.getByLabel('パスワード', { exact: true }).fill(goodPassword)
    await page.getByRole('button', { name: 'サインインする' }).click()
    await page.getByRole('button', { name: '新しく設置する' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/field/')
    expect(await page.getByText('ハブへの送信にはサインインが必要です').count()).toBe(0)
  })

  it('lets a viewer look and not act, and shows the door when the session is ended from elsewhere', async () => {
    const admin = browserAt(url)
    await admin.ask('POST', '/api/v1/session', { name: 'sato', password: goodPassword })
    const memberships = [{ tenant: '*', role: 'viewer' }]
    const made = await admin.ask('POST', '/api/v1/people', { id: 'yamada', name: '山田', memberships })
    expect(made.status, made.text).toBe(201)
    const { page, picture } = await open(`/sign-in#link=${String(made.body['link'])}`)
    await page.getByLabel('新しいパスワード').fill(`${goodPassword} y`)
    await page.getByRole('button', { name: '決めてサインインする' }).click()
    await isIn(page, '山田')
    await page.evaluate(`location.hash = '#/maintenance'`)
    await page.getByText('この操作をする権限がありません').waitFor()
    await picture('door-5-viewer')
    await isWell(page)
    const person = await admin.ask('PATCH', '/api/v1/people/yamada', { suspended: true })
    expect(person.status, person.text).toBe(200)
    await page.getByRole('heading', { name: 'サインイン' }).waitFor()
    await isWell(page)
  })

  it('asks for a code where a second factor is on, and takes a recovery code', async () => {
    const password = `${goodPassword} y`
    const sato = browserAt(url)
    await sato.ask('POST', '/api/v1/session', { name: 'sato', password: goodPassword })
    const memberships = [{ tenant: '*', role: 'operator' }]
    const made = await sato.ask('POST', '/api/v1/people', { id: 'suzuki', name: '鈴木', memberships })
    const suzuki = browserAt(url)
    await suzuki.ask('POST', '/api/v1/session/link', { link: made.body['link'], password })
    const { secret } = (await suzuki.ask('POST', '/api/v1/me/totp', { password })).body
    const code = new TOTP({ secret: Secret.fromBase32(String(secret)) }).generate()
    const confirmed = await suzuki.ask('POST', '/api/v1/me/totp/confirm', { password, code })
    expect(confirmed.status, confirmed.text).toBe(200)
    const [recovery = ''] = confirmed.body['codes'] as readonly string[]

    const { page, picture } = await open('/')
    await page.getByLabel('名前（ID）またはメールアドレス').fill('suzuki')
    await page.getByLabel('パスワード', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'サインインする' }).click()
    await page.getByText('認証アプリに表示された6けたの数字').waitFor()
    await picture('door-6-code')
    await isWell(page)
    await page.getByLabel('確認コード').fill(recovery)
    await page.getByRole('button', { name: 'サインインする' }).click()
    await isIn(page, '鈴木')
  })
})
