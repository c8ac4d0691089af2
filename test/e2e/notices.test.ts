// A person says how they want to be told, and is told: on a phone and at a desk, with a real push from the hub to the worker.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { stringify } from 'yaml'
import { debianPackage } from '../debian.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { type PushService, startPushService } from '../notifications/push-service.ts'
import { type SmtpReceiver, startSmtpReceiver } from '../notifications/smtp-receiver.ts'
import { testCertificate } from '../notifications/test-certificate.ts'
import { until } from '../programs/until.ts'
import { pressNotice, pusherOf, shownNotices, subscribeAs } from './pushed-browser.ts'
import { isEasyToPress, isLive, isWell, launchBrowser, type Look, openScreen, type Screen } from './screen.ts'

const phone = { width: 360, height: 780, scheme: 'light' } as const satisfies Look
const desk = { width: 1440, height: 900, scheme: 'light' } as const satisfies Look
const night = { ...phone, scheme: 'dark' } as const satisfies Look
const marked = '<img src=x onerror="document.title=1">佐藤'

describe.skipIf(!debianPackage('chromium'))('the notices of a person', { timeout: 120_000 }, () => {
  let folder: string
  let hub: HubUnderTest
  let browser: Browser
  let service: PushService
  let mail: SmtpReceiver
  let url: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-notices-'))
    service = await startPushService(await testCertificate(folder))
    mail = await startSmtpReceiver(undefined, { security: 'none' })
    const settings = join(folder, 'notifications.yaml')
    const contact = (id: string, name: string, role: string) => {
      return { id, name, language: 'ja', email: `${id}@example.jp`, tenants: [{ tenant: 'kimitsu', role }] }
    }
    const file = {
      publicUrl: 'https://hub.city.example.jp',
      push: { contact: 'mailto:musubi@city.example.jp' },
      email: { host: '127.0.0.1', port: mail.port, security: 'none', from: 'musubi@city.example.jp' },
      allowAddresses: ['127.0.0.0/8'],
      ca: { file: 'test.cert.pem' },
      contacts: [contact('sato', marked, 'operator'), contact('suzuki', '鈴木 一郎', 'manager')],
    }
    await writeFile(settings, stringify(file))
    hub = await createHub(join(folder, 'hub'), ['--notifications', settings])
    url = `http://127.0.0.1:${hub.httpPort}`
    browser = await launchBrowser()
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await hub?.end('SIGKILL')
    await service?.stop()
    await mail?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  async function open(hash: string, look: Look = phone, prepare?: (page: Page) => Promise<void>): Promise<Screen> {
    const screen = await openScreen(browser, look)
    onTestFinished(() => screen.close())
    await prepare?.(screen.page)
    await screen.page.goto(`${url}/${hash}`)
    await isLive(screen.page)
    return screen
  }

  /** Somebody else saves the only rota under another name. */
  /** Another person gives the only rota or policy a name. */
  async function renameElsewhere(list: 'rotas' | 'escalations', name: string): Promise<void> {
    const body = list === 'rotas' ? 'rota' : 'policy'
    const { items } = (await (await hub.get(`/api/v1/${list}`)).json()) as {
      readonly items: readonly {
        readonly tenant: string
        readonly id: string
        readonly rota?: object
        readonly policy?: object
      }[]
    }
    const [only] = items
    const answer = await fetch(`${url}/api/v1/${list}/${only?.tenant}/${only?.id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...only?.[body], name }),
    })
    expect(answer.status).toBe(200)
  }

  async function isFit(page: Page): Promise<void> {
    await isWell(page)
    await isEasyToPress(page, 'main button, main summary, main select, header button')
  }

  /** On a phone, and the same page at a desk. */
  async function isWellAtBoth(page: Page, picture: Screen['picture'], name: string): Promise<void> {
    for (const { width, height } of [phone, desk]) {
      await page.setViewportSize({ width, height })
      await picture(`${name}-${width}`)
      await isFit(page)
    }
    await page.setViewportSize(phone)
  }

  const chooseWho = async (page: Page, id: string) => {
    await page.getByLabel('だれの設定ですか').selectOption(id)
    await page.getByRole('heading', { name: '受け取る方法' }).waitFor()
  }
  const preferencesOf = async (id: string) => {
    const response = await hub.get(`/api/v1/notifications/preferences?person=${id}`)
    return ((await response.json()) as { readonly preferences: Readonly<Record<string, unknown>> }).preferences
  }

  it('arrive on this device after one press: encrypted by the hub, shown by the worker, and a press opens the alarms', async () => {
    const { pushKey } = (await (await hub.get('/api/v1/notifications')).json()) as { readonly pushKey: string }
    const { page, faults, picture } = await open('#/notices', phone, async (opened) => {
      await opened.context().grantPermissions(['notifications'], { origin: url })
      await subscribeAs(opened, service.subscribe('phone', pushKey))
    })
    await page.getByText('だれの設定ですか').waitFor()
    await picture('notices-1-who-360')
    await isFit(page)
    await chooseWho(page, 'sato')
    expect(await page.title()).not.toBe('1')
    const channel = page.locator('[data-channel="push"]')
    await channel.getByText('端末がまだありません').waitFor()
    await page.getByRole('button', { name: 'この端末で受け取る' }).click()
    await page.locator('[data-push="on"]').waitFor()
    await page.locator('.mark-here').waitFor()
    await channel.getByText('1 台').waitFor()
    await picture('notices-2-subscribed-360')
    await isFit(page)

    const deliver = await pusherOf(page)
    await channel.getByRole('button', { name: '端末への通知 をためしに送る' }).click()
    await channel.getByText('送りました').waitFor()
    const push = await until('a push', 15_000, () => Promise.resolve(service.pushes[0]))
    // Once more where the worker was just being started or stopped; a notice of the same tag takes the place of the first.
    const shown = await until('a notice', 15_000, async () => {
      await deliver(JSON.stringify(push.payload))
      return (await shownNotices(page))[0]
    })
    expect(shown).toEqual({
      title: push.payload.title,
      body: push.payload.body,
      tag: push.payload.tag,
      lang: 'ja',
      // Written for another name of the hub, opened at this one.
      data: { link: `${url}/#/alarms` },
    })
    await page.evaluate(`location.hash = '#/gateways'`)
    await pressNotice(page)
    await page.getByRole('heading', { name: '警報', level: 1 }).waitFor()
    await until('no notice is left', 15_000, async () => {
      if ((await shownNotices(page)).length === 0) return true
      // One that was delivered again above was shown only now.
      await pressNotice(page)
      return undefined
    })
    await page.goto(`${url}/#/notices`)
    await page.getByRole('button', { name: 'この端末で受け取るのをやめる' }).click()
    await page.locator('[data-push="off"]').waitFor()
    expect(await (await hub.get('/api/v1/notifications/browsers?person=sato')).json()).toEqual({ items: [] })
    expect(faults.filter((fault) => !fault.includes('404'))).toEqual([])
  })

  it('say in words why a browser does not take them', async () => {
    const { page, picture } = await open('#/notices', night, async (opened) => {
      await opened.addInitScript(`Object.defineProperty(Notification, 'permission', { get: () => 'denied' })`)
    })
    await chooseWho(page, 'sato')
    await page.getByText('このサイトの通知は、ブラウザーの設定で止められています').waitFor()
    expect(await page.getByRole('button', { name: 'この端末で受け取る' }).count()).toBe(0)
    await picture('notices-3-denied-360')
    await isFit(page)
    const { page: apple } = await open('#/notices', phone, async (opened) => {
      await opened.addInitScript(`delete window.PushManager
        Object.defineProperty(navigator, 'userAgent', { get: () => 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari' })`)
    })
    await chooseWho(apple, 'sato')
    await apple.getByText('ホーム画面に追加').waitFor()
  })

  it('are set as the person likes, saved at once, and a refusal shows what holds', async () => {
    const { page, picture } = await open('#/notices')
    await chooseWho(page, 'suzuki')
    await page.getByLabel('重さ').first().selectOption('minor')
    await page.getByLabel('静かにする時間をもうける').check()
    await page.getByLabel('始まり').fill('21:30')
    await page.getByRole('button', { name: '日', exact: true }).click()
    await page.getByLabel(/^まとめて知らせる/).selectOption('daily')
    await page.getByLabel('知らせの言葉').selectOption('en')
    await page.getByRole('button', { name: 'メール を先にする' }).click()
    await page.locator('[data-outcome="saved"]').waitFor()
    const saved = await until('what was chosen', 15_000, async () => {
      const found = await preferencesOf('suzuki')
      return (found['channels'] as readonly string[])[0] === 'email' ? found : undefined
    })
    expect(saved).toMatchObject({
      topics: [{ severity: 'minor' }],
      quietHours: { from: '21:30', days: [1, 2, 3, 4, 5, 6] },
      digest: 'daily',
      language: 'en',
    })
    await isWellAtBoth(page, picture, 'notices-4-settings')
    await page.route('**/api/v1/notifications/preferences*', async (route) => {
      if (route.request().method() === 'PUT') await route.fulfill({ status: 503, body: '{}' })
      else await route.continue()
    })
    await page.getByLabel('知らせの言葉').selectOption('ja')
    await page.locator('[data-outcome="failed"]').waitFor()
    await until('what holds', 15_000, async () =>
      (await page.getByLabel('知らせの言葉').inputValue()) === 'en' ? true : undefined,
    )
    await picture('notices-5-refused-360')
    await isFit(page)
  })

  it('stand in the log with what became of them, and what was given up goes out again', async () => {
    mail.faults.push('permanent')
    const { page, picture } = await open('#/notices')
    await chooseWho(page, 'suzuki')
    await page.getByRole('button', { name: 'メール をためしに送る' }).click()
    await page.getByText('送りました').waitFor()
    await until('a dead letter', 15_000, async () => {
      const { items } = (await (await hub.get('/api/v1/deliveries?state=dead')).json()) as { items: readonly unknown[] }
      return items.length > 0 ? items : undefined
    })
    await page.getByRole('button', { name: 'メニュー' }).click()
    await picture('notices-6-menu-360')
    await page.getByRole('link', { name: '送信の記録' }).click()
    const row = page.locator('[data-state="dead"]')
    await row.getByText('鈴木 一郎').waitFor()
    await row.getByText('証拠と詳しいこと').click()
    await row.getByText('suzuki@example.jp').waitFor()
    await isWellAtBoth(page, picture, 'notices-7-log')
    await row.getByRole('button', { name: '鈴木 一郎 へもう一度送る' }).click()
    await row.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: '送信済み' }).click()
    await until('a letter', 15_000, async () => {
      await page.getByRole('button', { name: '読み直す' }).click()
      return (await page.locator('[data-state="delivered"]').count()) > 0 ? true : undefined
    })
  })

  it('are for whoever is on call: a rota with holidays, a stand-in, and what happens where nobody answers', async () => {
    const { page, faults, picture } = await open('#/duty', night)
    await page.getByText('当番表はまだありません').waitFor()
    await page.getByRole('button', { name: '当番表を作る' }).click()
    await page.getByRole('button', { name: '保存する' }).click()
    await page.getByText('空いているところを入れてください').waitFor()
    await page.getByLabel('名前').fill('夜間 <b>当番</b>')
    for (const id of ['suzuki', 'sato'])
      await page.getByRole('combobox', { name: /^週ごとに交代する人/ }).selectOption(id)
    await page.getByRole('button', { name: `${marked} を上へ` }).click()
    await page.getByLabel('土日・祝日は別の人にする').check()
    await page.getByRole('combobox', { name: /^土日・祝日の人/ }).selectOption('suzuki')
    await picture('notices-8-rota-form-360')
    await isFit(page)
    await page.getByRole('button', { name: '保存する' }).click()
    const card = page.locator('[data-rota]')
    await card.getByRole('heading', { name: '夜間 <b>当番</b>' }).waitFor()
    await card.locator('.duty-day').nth(13).waitFor()
    expect(await card.locator('.duty-day').count()).toBe(14)
    expect(await page.locator('main img, main .duty-card h3 b').count()).toBe(0)

    await card.getByRole('button', { name: '代わる予定を入れる' }).click()
    await card.getByLabel('代わる人').selectOption('suzuki')
    const at = (ms: number) => new Date(ms + 9 * 3_600_000).toISOString().slice(0, 16)
    await card.getByLabel('いつから').fill(at(Date.now() - 3_600_000))
    await card.getByLabel('いつまで').fill(at(Date.now() - 7_200_000))
    await card.getByRole('button', { name: '保存する' }).click()
    await card.getByText('終わりは始まりより後に').waitFor()
    await card.getByLabel('いつまで').fill(at(Date.now() + 7_200_000))
    await card.getByRole('button', { name: '保存する' }).click()
    await card.locator('.duty-now').getByText('鈴木 一郎').waitFor()
    await card.locator('.duty-shift-now').getByText('代わり').waitFor()

    await card.getByRole('button', { name: /を変える$/ }).click()
    const rotaForm = page.locator('.duty-form')
    await rotaForm.getByLabel('名前').fill('こちらの当番')
    await renameElsewhere('rotas', 'よその当番')
    await rotaForm.getByRole('button', { name: '保存する' }).click()
    await rotaForm.getByText('書いている間に、ほかの人が設定を変えました').waitFor()
    await picture('notices-12-rota-stale-360')
    await isFit(page)
    await rotaForm.getByRole('button', { name: 'ほかの人の設定を読み込む' }).click()
    await expect.poll(() => rotaForm.getByLabel('名前').inputValue()).toBe('よその当番')
    await rotaForm.getByLabel('名前').fill('こちらの当番')
    await renameElsewhere('rotas', 'またよその当番')
    await rotaForm.getByRole('button', { name: '保存する' }).click()
    await rotaForm.getByRole('button', { name: '自分の設定で上書きする' }).click()
    await card.getByRole('heading', { name: 'こちらの当番' }).waitFor()
    await card.locator('.duty-shift-now').getByText('代わり').waitFor()

    await page.getByRole('button', { name: '決まりを作る' }).click()
    const form = page.locator('.duty-form')
    await form.getByLabel('名前').fill('夜の呼び出し')
    await form.getByRole('button', { name: '当番: こちらの当番' }).first().click()
    await form.getByRole('button', { name: '鈴木 一郎' }).last().click()
    await picture('notices-9-policy-form-360')
    await isFit(page)
    await form.getByRole('button', { name: '保存する' }).click()
    const policy = page.locator('[data-policy]')
    await policy.getByText('15分後').waitFor()
    await isWellAtBoth(page, picture, 'notices-10-duty')

    await policy.getByRole('button', { name: /を変える$/ }).click()
    await form.getByLabel('名前').fill('こちらの呼び出し')
    await renameElsewhere('escalations', 'よその呼び出し')
    await form.getByRole('button', { name: '保存する' }).click()
    await form.getByText('書いている間に、ほかの人が設定を変えました').waitFor()
    await picture('notices-13-policy-stale-360')
    await isFit(page)
    await form.getByRole('button', { name: 'ほかの人の設定を読み込む' }).click()
    await expect.poll(() => form.getByLabel('名前').inputValue()).toBe('よその呼び出し')
    await form.getByLabel('名前').fill('夜の呼び出し')
    await form.getByRole('button', { name: '保存する' }).click()
    await policy.getByRole('heading', { name: '夜の呼び出し' }).waitFor()
    await page.getByRole('button', { name: 'English' }).click()
    await picture('notices-11-duty-en-360')
    await page.getByRole('button', { name: '日本語' }).click()
    await policy.getByRole('button', { name: '夜の呼び出し を消す' }).click()
    await policy.getByRole('button', { name: '本当に消す' }).click()
    await policy.waitFor({ state: 'detached' })
    expect(faults.filter((fault) => !fault.includes('412'))).toEqual([])
  })
})
