// One's own account in Chromium: a passkey by a virtual authenticator, a second factor before anything else, the city's identity provider.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret, TOTP } from 'otpauth'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { debianPackage } from '../debian.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { browserAt, goodPassword, newPerson } from '../people/browser.ts'
import { type CityAccounts, startCityAccounts } from '../people/city-accounts.ts'
import { isWell, launchBrowser, type Look, openAt, type Screen } from './screen.ts'

const phone = { width: 360, height: 780, scheme: 'light' } as const satisfies Look
const desk = { width: 1280, height: 900, scheme: 'light' } as const satisfies Look

describe.skipIf(!debianPackage('chromium'))("one's own account", { timeout: 120_000 }, () => {
  let folder: string
  let hub: HubUnderTest
  let city: CityAccounts
  let browser: Browser
  let url: string
  let admin: ReturnType<typeof browserAt>

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-account-'))
    city = await startCityAccounts()
    const file = join(folder, 'provider.yaml')
    await writeFile(file, city.file)
    await writeFile(join(folder, 'secret'), city.secret)
    hub = await createHub(join(folder, 'hub'), ['--identity-provider', file])
    // Passkeys need a name.
    url = `http://localhost:${hub.httpPort}`
    city.open(`${url}/api/v1/session/provider/callback`)
    browser = await launchBrowser()
    admin = await newPerson(browserAt(url), url, 'admin', [{ tenant: '*', role: 'admin' }])
    await newPerson(admin, url, 'sato', [{ tenant: '*', role: 'manager' }])
    await admin.ask('PATCH', '/api/v1/people/sato', { name: '佐藤 花子' })
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await hub?.end('SIGKILL')
    await city?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const open = (path: string, look: Look = phone): Promise<Screen> => openAt(browser, `${url}${path}`, look)

  async function signIn(page: Page, id: string): Promise<void> {
    await page.getByLabel('名前（ID）またはメールアドレス').fill(id)
    await page.getByLabel('パスワード', { exact: true }).fill(`${goodPassword} ${id}`)
    await page.getByRole('button', { name: 'サインインする' }).click()
  }

  /** A device that asks for a finger, and always gets the right one. */
  async function giveDevice(page: Page): Promise<void> {
    const debug = await page.context().newCDPSession(page)
    await debug.send('WebAuthn.enable')
    const options = {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    } as const
    await debug.send('WebAuthn.addVirtualAuthenticator', { options })
  }

  it('gets a passkey, by which one then comes in without a name, and keeps it in order', async () => {
    const { page, picture } = await open('/#/account')
    await giveDevice(page)
    await signIn(page, 'sato')
    await page.getByRole('heading', { name: 'アカウント', level: 1 }).waitFor()
    await page.getByText('この端末', { exact: true }).waitFor()
    await picture('account-1-phone')
    await isWell(page)
    await page.getByLabel('端末の名前').fill('佐藤の電話')
    await page.getByRole('button', { name: 'この端末のパスキーを追加' }).click()
    const question = page.getByRole('dialog', { name: 'パスワードの確認' })
    await question.getByLabel('パスワード').fill('wrong wrong wrong')
    await question.getByRole('button', { name: '続ける' }).click()
    await question.getByText('パスワードが違います').waitFor()
    await picture('account-2-question')
    await isWell(page)
    await question.getByLabel('パスワード').fill(`${goodPassword} sato`)
    await question.getByRole('button', { name: '続ける' }).click()
    await page.getByRole('heading', { name: '回復コード' }).waitFor()
    await picture('account-3-codes')
    await isWell(page)
    await page.getByRole('button', { name: '控えました' }).click()
    await page.getByText('佐藤の電話').waitFor()

    await page.getByRole('button', { name: '佐藤 花子' }).click()
    await page.getByRole('button', { name: 'サインアウト' }).click()
    await page.getByRole('button', { name: 'パスキーでサインイン' }).waitFor()
    await picture('account-4-door')
    await isWell(page)
    await page.getByRole('button', { name: 'パスキーでサインイン' }).click()
    await page.getByRole('heading', { name: 'アカウント', level: 1 }).waitFor()
    await page.getByRole('button', { name: 'ほかをすべて終了する' }).click()
    await page.getByRole('button', { name: 'ほかをすべて終了する' }).waitFor({ state: 'detached' })
    await page.getByText('新しいトークン').click()
    await page.getByLabel('何に使うか').fill('水位の集計')
    await page.getByRole('button', { name: 'トークンを作る' }).click()
    await page.getByText('今しか表示されません').waitFor()
    await picture('account-5-token')
    await isWell(page)
    await page.getByRole('button', { name: '控えました' }).click()
    await page.getByRole('button', { name: '水位の集計 を無効にする' }).click()
    await page.getByRole('button', { name: '本当に無効にする' }).click()
    await page.getByText('水位の集計').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: '佐藤の電話 を消す' }).click()
    await page.getByRole('button', { name: '本当に消す' }).click()
    await page.getByText('佐藤の電話').waitFor({ state: 'detached' })
    await isWell(page)
  })

  it('is all that an engineer from elsewhere gets before a second factor is set up', async () => {
    await newPerson(admin, url, 'hara', [{ tenant: '*', role: 'engineer' }])
    const { page, picture } = await open('/')
    await page.context().setExtraHTTPHeaders({ 'x-forwarded-for': '203.0.113.9' })
    await page.goto(`${url}/field/`)
    await page.getByRole('link', { name: 'サインインする' }).click()
    await signIn(page, 'hara')
    await page.getByRole('heading', { name: '二つ目の確認を設定' }).waitFor()
    await picture('account-6-factor')
    await isWell(page)
    await page.getByRole('button', { name: '認証アプリを設定する' }).click()
    const question = page.getByRole('dialog', { name: 'パスワードの確認' })
    await question.getByLabel('パスワード').fill(`${goodPassword} hara`)
    await question.getByRole('button', { name: '続ける' }).click()
    const secret = (await page.locator('code.secret').textContent()) ?? ''
    await picture('account-7-totp')
    await isWell(page)
    const code = new TOTP({ secret: Secret.fromBase32(secret.replaceAll(' ', '')) }).generate()
    await page.getByLabel('6けたの数字').fill(code)
    await page.getByRole('button', { name: '確かめて有効にする' }).click()
    await page.getByRole('button', { name: '控えました' }).click()
    await page.getByRole('button', { name: '新しく設置する' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/field/')
    await page.goto(`${url}/#/account`)
    await page.getByText('有効です').waitFor()
  })

  it('is reached by an account of the city once an invitation has linked it, and refused in words before', async () => {
    city.account = 'stranger'
    const { page, picture } = await open('/')
    await page.getByRole('button', { name: '市の職員でサインイン' }).click()
    await page.getByText('まだ「むすび」の利用者と結び付いていません').waitFor()
    await picture('account-8-unknown')
    await isWell(page)
    const person = { id: 'tanaka', name: '田中', memberships: [{ tenant: '*', role: 'viewer' }] }
    const { body } = await admin.ask('POST', '/api/v1/people', person)
    city.account = 't.tanaka'
    const { page: invited, picture: look } = await open(`/sign-in#link=${String(body['link'])}`, desk)
    await invited.getByRole('button', { name: '市の職員で始める' }).click()
    await invited.locator('.fresh-live').waitFor()
    await invited.evaluate(`location.hash = '#/account'`)
    await invited.getByText('このアカウントでサインインできます').waitFor()
    await look('account-9-desk')
    await isWell(invited)
  })
})
