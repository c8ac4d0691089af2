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
import { accessibilityFaults, launchBrowser, type Look, openScreen, type Screen, sidewaysOverflow } from './screen.ts'

const phone = { width: 360, height: 780, scheme: 'light' } as const satisfies Look
const desk = { width: 1440, height: 900, scheme: 'light' } as const satisfies Look
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
    hub = await createHub(join(folder, 'hub'), ['--tile-url', 'none', '--notifications', settings])
    url = `http://127.0.0.1:${hub.httpPort}`
    browser = await launchBrowser()
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await hub?.end('SIGKILL')
    await service?.stop()
    await mail?.stop()
    await rm(folder, { recursive: true, force: true })
  }, 60_000)

  async function open(hash: string, look: Look = phone, prepare?: (page: Page) => Promise<void>): Promise<Screen> {
    const screen = await openScreen(browser, look)
    onTestFinished(() => screen.close())
    await prepare?.(screen.page)
    await screen.page.goto(`${url}/${hash}`)
    await screen.page.locator('.fresh-live').waitFor()
    return screen
  }

  async function isWell(page: Page): Promise<void> {
    expect(await sidewaysOverflow(page)).toEqual([])
    expect(await accessibilityFaults(page)).toEqual([])
    const small = await page.evaluate<
      readonly string[]
    >(`[...document.querySelectorAll('main button, main summary, main select, header button')]
      .filter((element) => element.getBoundingClientRect().height > 0 && element.getBoundingClientRect().height < 43.5)
      .map((element) => element.outerHTML)`)
    expect(small).toEqual([])
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
    await isWell(page)
    await chooseWho(page, 'sato')
    expect(await page.title()).not.toBe('1')
    const channel = page.locator('[data-channel="push"]')
    await channel.getByText('端末がまだありません').waitFor()
    await page.getByRole('button', { name: 'この端末で受け取る' }).click()
    await page.locator('[data-push="on"]').waitFor()
    await page.locator('.mark-here').waitFor()
    await channel.getByText('1 台').waitFor()
    await picture('notices-2-subscribed-360')
    await isWell(page)

    const deliver = await pusherOf(page)
    await channel.getByRole('button', { name: '端末への通知 をためしに送る' }).click()
    await channel.getByText('送りました').waitFor()
    const push = await until('a push', 15_000, () => Promise.resolve(service.pushes[0]))
    await deliver(JSON.stringify(push.payload))
    const shown = await until('a notice', 15_000, async () => (await shownNotices(page))[0])
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
    expect(await shownNotices(page)).toEqual([])
    await deliver('no document')
    expect((await until('a notice', 15_000, async () => (await shownNotices(page))[0])).title).toBe('むすび')

    await page.goto(`${url}/#/notices`)
    await page.getByRole('button', { name: 'この端末で受け取るのをやめる' }).click()
    await page.locator('[data-push="off"]').waitFor()
    expect(await (await hub.get('/api/v1/notifications/browsers?person=sato')).json()).toEqual({ items: [] })
    expect(faults.filter((fault) => !fault.includes('404'))).toEqual([])
  })

  it('say in words why a browser does not take them', async () => {
    const { page, picture } = await open('#/notices', phone, async (opened) => {
      await opened.addInitScript(`Object.defineProperty(Notification, 'permission', { get: () => 'denied' })`)
    })
    await chooseWho(page, 'sato')
    await page.getByText('このサイトの通知は、ブラウザーの設定で止められています').waitFor()
    expect(await page.getByRole('button', { name: 'この端末で受け取る' }).count()).toBe(0)
    await picture('notices-3-denied-360')
    await isWell(page)
    const { page: apple } = await open('#/notices', phone, async (opened) => {
      await opened.addInitScript(`delete window.PushManager
        Object.defineProperty(navigator, 'userAgent', { get: () => 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari' })`)
    })
    await chooseWho(apple, 'sato')
    await apple.getByText('ホーム画面に追加').waitFor()
  })

  it.each([phone, desk])(
    'are set as the person likes, saved at once, and a refusal shows what holds ($width px)',
    async (look) => {
      const { page, picture } = await open('#/notices', look)
      await chooseWho(page, 'suzuki')
      await page.getByLabel('重さ').first().selectOption('minor')
      await page.locator('[data-outcome="saved"]').waitFor()
      await page.getByLabel('どこの').first().selectOption('all')
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
      await picture(`notices-4-settings-${look.width}`)
      await isWell(page)
      await page.route('**/api/v1/notifications/preferences*', async (route) => {
        if (route.request().method() === 'PUT') await route.fulfill({ status: 503, body: '{}' })
        else await route.continue()
      })
      await page.getByLabel('知らせの言葉').selectOption('ja')
      await page.locator('[data-outcome="failed"]').waitFor()
      await until('what holds', 15_000, async () =>
        (await page.getByLabel('知らせの言葉').inputValue()) === 'en' ? true : undefined,
      )
      await picture(`notices-5-refused-${look.width}`)
      await isWell(page)
      // For the next width.
      const back = { ...saved, channels: ['push', 'line', 'email'], quietHours: null }
      const headers = { 'content-type': 'application/json' }
      const body = JSON.stringify(back)
      await fetch(`${url}/api/v1/notifications/preferences?person=suzuki`, { method: 'PUT', headers, body })
    },
  )

  it.each([phone, desk])(
    'stand in the log with what became of them, and what was given up goes out again ($width px)',
    async (look) => {
      mail.faults.push('permanent')
      const { page, picture } = await open('#/notices', look)
      await chooseWho(page, 'suzuki')
      await page.getByRole('button', { name: 'メール をためしに送る' }).click()
      await page.getByText('送りました').waitFor()
      await until('a dead letter', 15_000, async () => {
        const { items } = (await (await hub.get('/api/v1/deliveries?state=dead')).json()) as {
          items: readonly unknown[]
        }
        return items.length > 0 ? items : undefined
      })
      await page.getByRole('button', { name: 'メニュー' }).click()
      await picture(`notices-6-menu-${look.width}`)
      await page.getByRole('link', { name: '送信の記録' }).click()
      const row = page.locator('[data-state="dead"]')
      await row.getByText('鈴木 一郎').waitFor()
      await row.getByText('証拠と詳しいこと').click()
      await row.getByText('suzuki@example.jp').waitFor()
      await picture(`notices-7-log-${look.width}`)
      await isWell(page)
      await row.getByRole('button', { name: '鈴木 一郎 へもう一度送る' }).click()
      await row.waitFor({ state: 'detached' })
      await page.getByRole('button', { name: '送信済み' }).click()
      await until('a letter', 15_000, async () => {
        await page.getByRole('button', { name: '読み直す' }).click()
        return (await page.locator('[data-state="delivered"]').count()) > 0 ? true : undefined
      })
      await isWell(page)
    },
  )
})
