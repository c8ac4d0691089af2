// A browser whose push service is the test's own: what the hub encrypts is opened there and handed to the page's real service worker.
import type { CDPSession, Page } from 'playwright-core'
import type { Browser as Subscription } from '../notifications/push-service.ts'

/** As a browser subscribes; only who carries the messages is another. Call it before the page is opened. */
export async function subscribeAs(page: Page, { endpoint, p256dh, auth }: Subscription): Promise<void> {
  const keys = JSON.stringify({ p256dh, auth })
  await page.addInitScript(`(() => {
    const kept = 'test.subscribed'
    const made = (applicationServerKey) => ({
      endpoint: ${JSON.stringify(endpoint)},
      options: { applicationServerKey },
      toJSON: () => ({ endpoint: ${JSON.stringify(endpoint)}, keys: ${keys} }),
      unsubscribe: async () => (localStorage.removeItem(kept), true),
    })
    const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0)).buffer
    PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
      localStorage.setItem(kept, applicationServerKey)
      return made(bytes(applicationServerKey))
    }
    PushManager.prototype.getSubscription = async () => {
      const key = localStorage.getItem(kept)
      return key === null ? null : made(bytes(key))
    }
  })()`)
}

interface Registrations {
  readonly registrations: readonly { readonly registrationId: string; readonly scopeURL: string }[]
}

/** Hands a message to the service worker of the page as the browser itself does. */
export async function pusherOf(page: Page): Promise<(data: string) => Promise<void>> {
  const session: CDPSession = await page.context().newCDPSession(page)
  const { origin } = new URL(page.url())
  const found = new Promise<string>((resolve) => {
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }: Registrations) => {
      const own = registrations.find(({ scopeURL }) => scopeURL === `${origin}/`)
      if (own !== undefined) resolve(own.registrationId)
    })
  })
  await session.send('ServiceWorker.enable')
  return async (data) => {
    await session.send('ServiceWorker.deliverPushMessage', { origin, registrationId: await found, data })
  }
}

export interface ShownNotice {
  readonly title: string
  readonly body: string
  readonly tag: string
  readonly lang: string
  readonly data: { readonly link: string }
}

export async function shownNotices(page: Page): Promise<readonly ShownNotice[]> {
  return await page.evaluate<readonly ShownNotice[]>(`navigator.serviceWorker.getRegistration('/').then(async (own) =>
    (await own.getNotifications()).map(({ title, body, tag, lang, data }) => ({ title, body, tag, lang, data })))`)
}

/** A person presses the notice, if one is shown. The browser lets a worker bring a window to the front only then, so that alone is left out. */
export async function pressNotice(page: Page): Promise<void> {
  const [worker] = page.context().serviceWorkers()
  if (worker === undefined) throw new Error('no service worker runs')
  await worker.evaluate(`registration.getNotifications().then(([notification]) =>
    notification && dispatchEvent(new NotificationEvent('notificationclick', { notification })))`)
}
