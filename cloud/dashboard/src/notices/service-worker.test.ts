// The worker as a browser runs it, with the parts of a browser that it asks for: what it shows, opens and renews.
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { createContext, runInContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { unknownNotice } from '../text/notice-texts.ts'
import { labelOf } from './this-browser.ts'

const code = stripTypeScriptTypes(readFileSync(new URL('service-worker.ts', import.meta.url), 'utf8'))
const scope = 'https://hub.city.example.jp/musubi/'
const payload = {
  v: 1,
  title: '【重要】水位が低い',
  body: '入水してください',
  link: `${scope}#/alarms`,
  severity: 'major',
  tag: 'tag-1',
  timeMs: 1,
  language: 'ja',
}

interface Shown {
  readonly title: string
  readonly options: Readonly<Record<string, unknown>> & { readonly data: { readonly link: string } }
}

function runWorker(given: { readonly windows?: readonly string[]; readonly search?: string } = {}) {
  const listeners = new Map<string, (event: object) => void>()
  const shown: Shown[] = []
  const opened: string[] = []
  const told: unknown[] = []
  const requests: { readonly url: string; readonly body: unknown }[] = []
  const subscription = {
    endpoint: 'https://push.example.jp/2',
    toJSON: () => ({ endpoint: 'https://push.example.jp/2', keys: { p256dh: 'p', auth: 'a' } }),
  }
  const subscribed: unknown[] = []
  const context = createContext({
    URL,
    TextEncoder,
    crypto,
    unknownNotice,
    location: { href: `${scope}sw.js${given.search ?? ''}` },
    registration: {
      scope,
      showNotification: async (title: string, options: Shown['options']) => void shown.push({ title, options }),
      pushManager: { subscribe: async (options: object) => (subscribed.push(options), subscription) },
    },
    clients: {
      claim: async () => undefined,
      matchAll: async () =>
        (given.windows ?? []).map((url) => ({
          url,
          focus: async () => void told.push(`focus ${url}`),
          postMessage: (message: unknown) => void told.push(message),
        })),
      openWindow: async (url: string) => void opened.push(url),
    },
    skipWaiting: async () => undefined,
    fetch: async (url: string, init?: { readonly body: string }) => {
      if (init === undefined) return { json: async () => ({ pushKey: 'KEY' }) }
      requests.push({ url, body: JSON.parse(init.body) as unknown })
      return {}
    },
    addEventListener: (name: string, listener: (event: object) => void) => listeners.set(name, listener),
  })
  runInContext(code, context)
  const send = async (name: string, event: object): Promise<void> => {
    const works: Promise<unknown>[] = []
    listeners.get(name)?.({ ...event, waitUntil: (work: Promise<unknown>) => works.push(work) })
    await Promise.all(works)
  }
  const push = async (text: string) => await send('push', { data: { text: () => text } })
  const press = async (link: string) =>
    await send('notificationclick', { notification: { data: { link }, close: () => undefined } })
  return { push, press, send, shown, opened, told, requests, subscribed }
}

describe('the worker that shows notices', () => {
  it.each([
    [`${scope}#/alarms`, `${scope}#/alarms`],
    ['https://hub.example.com/#/site/kimitsu/a', `${scope}#/site/kimitsu/a`],
    ['https://evil.example.com/field/', `${scope}#/alarms`],
    ['javascript:alert(1)', `${scope}#/alarms`],
    ['https://hub.city.example.jp/elsewhere', `${scope}#/alarms`],
    ['https://[', `${scope}#/alarms`],
    [null, `${scope}#/alarms`],
  ])('keeps within this dashboard what a message links to: %s', async (link, to) => {
    const worker = runWorker()
    await worker.push(JSON.stringify({ ...payload, link }))
    expect(worker.shown[0]?.options.data.link).toBe(to)
  })

  it('keeps a critical notice on the screen, and lets the newer state of an alarm take the place of the older', async () => {
    const worker = runWorker()
    await worker.push(JSON.stringify({ ...payload, severity: 'critical' }))
    await worker.push(JSON.stringify(payload))
    const shared = { body: payload.body, tag: 'tag-1', renotify: true, lang: 'ja', timestamp: 1 }
    expect(worker.shown[0]).toMatchObject({ title: payload.title, options: { ...shared, requireInteraction: true } })
    expect(worker.shown[1]).toMatchObject({ options: { ...shared, requireInteraction: false } })
  })

  it.each(['', 'null', '[]', '{"v":2,"title":"x","body":"y","tag":"z"}', '{"v":1,"title":1,"body":"y","tag":"z"}'])(
    'shows that there is something where it cannot read %j',
    async (text) => {
      const worker = runWorker()
      await worker.push(text)
      expect(worker.shown).toMatchObject([{ title: unknownNotice.title, options: { body: unknownNotice.body } }])
    },
  )

  it('opens a dashboard where none is open, beside the field page too', async () => {
    const worker = runWorker({ windows: [`${scope}field/`, 'https://hub.city.example.jp/other'] })
    await worker.press(`${scope}#/alarms`)
    expect(worker.opened).toEqual([`${scope}#/alarms`])
    expect(worker.told).toEqual([])
  })

  it('leads the dashboard that is open there, without loading it again', async () => {
    const worker = runWorker({ windows: [`${scope}#/gateways`] })
    await worker.press(`${scope}#/alarms`)
    expect(worker.opened).toEqual([])
    expect(worker.told).toEqual([{ kind: 'musubi.open', hash: '#/alarms' }, `focus ${scope}#/gateways`])
  })

  it('subscribes again with the same key where the browser ends a subscription, and tells the hub which one it replaces', async () => {
    const worker = runWorker({ search: '?person=sato' })
    const oldSubscription = { endpoint: 'https://push.example.jp/1', options: { applicationServerKey: 'OLD KEY' } }
    await worker.send('pushsubscriptionchange', { oldSubscription })
    expect(worker.subscribed).toEqual([{ userVisibleOnly: true, applicationServerKey: 'OLD KEY' }])
    expect(worker.requests).toMatchObject([
      {
        url: `${scope}api/v1/notifications/browsers?person=sato`,
        body: { endpoint: 'https://push.example.jp/2', keys: { p256dh: 'p', auth: 'a' } },
      },
    ])
    // SHA-256 of the old address, as the hub names a subscription.
    expect(worker.requests[0]?.body).toMatchObject({ replaces: expect.stringMatching(/^[0-9a-f]{32}$/) as string })
  })

  it('asks the hub for its key where the browser does not say what it ended', async () => {
    const worker = runWorker()
    await worker.send('pushsubscriptionchange', {})
    expect(worker.subscribed).toEqual([{ userVisibleOnly: true, applicationServerKey: 'KEY' }])
    expect(worker.requests[0]?.body).not.toHaveProperty('replaces')
  })
})

describe('the name of a device', () => {
  it.each([
    [
      'Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36',
      'Chrome / Android',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1',
      'Safari / iPhone',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0',
      'Edge / Windows',
    ],
    ['curl/8', ''],
  ])('of %s', (userAgent, name) => {
    expect(labelOf(userAgent)).toBe(name)
  })
})
