// Shows a notice that comes by Web Push, opens what it is about, and renews the subscription when the browser makes a new one.
// The build puts it into `sw.js` with `unknownNotice` above it, beside what keeps the dashboard's files (offline/shell-worker.ts).
declare const unknownNotice: { readonly title: string; readonly body: string }

interface Waitable extends Event {
  waitUntil(work: Promise<unknown>): void
}

interface Pushed extends Waitable {
  readonly data: { text(): string } | null
}

interface Clicked extends Waitable {
  readonly notification: { readonly data: unknown; close(): void }
}

interface Changed extends Waitable {
  readonly oldSubscription?: PushSubscription | null
  readonly newSubscription?: PushSubscription | null
}

interface ShownPage {
  readonly url: string
  focus(): Promise<unknown>
  postMessage(message: unknown, transfer: readonly never[]): void
}

interface Worker {
  readonly location: { readonly href: string }
  readonly registration: {
    readonly scope: string
    readonly pushManager: PushManager
    showNotification(title: string, options: object): Promise<void>
  }
  readonly clients: {
    claim(): Promise<void>
    matchAll(options: object): Promise<readonly ShownPage[]>
    openWindow(url: string): Promise<unknown>
  }
  skipWaiting(): Promise<void>
  addEventListener(name: 'install' | 'activate', listener: (event: Waitable) => void): void
  addEventListener(name: 'push', listener: (event: Pushed) => void): void
  addEventListener(name: 'notificationclick', listener: (event: Clicked) => void): void
  addEventListener(name: 'pushsubscriptionchange', listener: (event: Changed) => void): void
}

/** What the hub sends: cloud/notifications/channels/web-push-channel.ts. */
interface Payload {
  readonly v: 1
  readonly title: string
  readonly body: string
  readonly link: string | null
  readonly severity: string
  readonly tag: string
  readonly timeMs: number
  readonly language: 'ja' | 'en'
}

const worker = globalThis as unknown as Worker
const alarmsHash = '#/alarms'

worker.addEventListener('install', (event) => event.waitUntil(worker.skipWaiting()))
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()))

worker.addEventListener('push', (event) => {
  const { title, ...options } = noticeOf(event.data?.text() ?? '')
  event.waitUntil(worker.registration.showNotification(title, options))
})

/** A browser takes away the right to push where a push shows nothing: what is not understood is told as an alarm too. */
function noticeOf(text: string) {
  const payload = payloadOf(text)
  const link = address(payload?.link ?? null)
  const shared = { icon: beside('field/icon-192.png'), badge: beside('badge.png'), data: { link } }
  if (payload === undefined) return { ...unknownNotice, tag: 'unknown', ...shared }
  const { title, body, tag, timeMs, language, severity } = payload
  const isCritical = severity === 'critical'
  return {
    title,
    body,
    tag,
    renotify: true,
    timestamp: timeMs,
    lang: language,
    requireInteraction: isCritical,
    ...shared,
  }
}

function payloadOf(text: string): Payload | undefined {
  try {
    const given = JSON.parse(text) as Partial<Payload> | null
    const isKnown = given?.v === 1 && typeof given.title === 'string' && typeof given.body === 'string'
    return isKnown && typeof given.tag === 'string' && given.tag !== '' ? (given as Payload) : undefined
  } catch {
    return undefined
  }
}

function beside(path: string): string {
  return new URL(path, worker.registration.scope).href
}

/** Within this dashboard, whatever name of the hub the message was written for. */
function address(link: string | null): string {
  const { scope } = worker.registration
  try {
    const { href, hash } = new URL(link ?? alarmsHash, scope)
    if (href.startsWith(scope)) return href
    return new URL(hash.startsWith('#/') ? hash : alarmsHash, scope).href
  } catch {
    return new URL(alarmsHash, scope).href
  }
}

worker.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const { link } = (event.notification.data ?? {}) as { readonly link?: string }
  event.waitUntil(open(link ?? address(null)))
})

/** In the dashboard that is open already, without loading it again; else in a new one. */
async function open(url: string): Promise<void> {
  const page = (link: string): string => new URL(link).href.replace(/[?#].*$/, '')
  const windows = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const shown = windows.find((window) => page(window.url) === page(url))
  if (shown === undefined) {
    await worker.clients.openWindow(url)
    return
  }
  shown.postMessage({ kind: 'musubi.open', hash: new URL(url).hash }, [])
  await shown.focus()
}

worker.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renew(event)))

/** Where nobody is signed in any more the hub refuses; the dashboard does it again when it is next opened. */
async function renew({ oldSubscription, newSubscription }: Changed): Promise<void> {
  const key = oldSubscription?.options.applicationServerKey ?? (await hubKey())
  if (key === undefined) return
  const fresh =
    newSubscription ??
    (await worker.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }))
  const replaces =
    oldSubscription === null || oldSubscription === undefined ? {} : { replaces: await idOf(oldSubscription.endpoint) }
  const { endpoint, keys } = fresh.toJSON()
  const { search } = new URL(worker.location.href)
  await fetch(beside(`api/v1/notifications/browsers${search}`), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ endpoint, keys, ...replaces }),
  })
}

async function hubKey(): Promise<string | undefined> {
  const answer = await fetch(beside('api/v1/notifications'))
  const { pushKey } = (await answer.json()) as { readonly pushKey?: string | null }
  return pushKey ?? undefined
}

/** As the hub names a subscription. */
async function idOf(endpoint: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(endpoint)))
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .slice(0, 32)
}
