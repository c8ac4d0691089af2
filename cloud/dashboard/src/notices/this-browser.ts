// This browser as a place where notices arrive: what it can do, what its owner has allowed, and its subscription at the hub.
import type { NoticeApi } from '../api/notice-api.ts'

/**
 * `insecure`: browsers push only to pages that came over HTTPS. `home-screen`: an iPhone pushes only to pages that were put on
 * its home screen. `denied`: the person, or whoever set up the machine, has forbidden it.
 */
export type PushState = 'insecure' | 'home-screen' | 'unsupported' | 'denied' | 'off' | 'on'

/** `blocked`: the browser or its network does not reach a push service. `dismissed`: the question was left without an answer. */
export type PushFault = 'denied' | 'dismissed' | 'blocked' | 'refused'

const keptKey = 'musubi.push'
const limitMs = 20_000

/** Id of the subscription at the hub; undefined: this browser is not subscribed. */
export interface ThisBrowser {
  readonly state: PushState
  readonly id: string | undefined
}

/** `known`: ids that the hub tells this person's notices. */
export async function lookAtThisBrowser(known: readonly string[]): Promise<ThisBrowser> {
  const state = ability()
  if (state !== undefined) return { state, id: undefined }
  const id = await subscribedId()
  return { state: id !== undefined && known.includes(id) ? 'on' : 'off', id }
}

function ability(): Exclude<PushState, 'on' | 'off'> | undefined {
  if (!isSecureContext) return 'insecure'
  const canPush = 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window
  if (!canPush) return isAppleTouch() ? 'home-screen' : 'unsupported'
  return Notification.permission === 'denied' ? 'denied' : undefined
}

/** An iPad says that it is a Mac, which has no touch screen. */
function isAppleTouch(): boolean {
  return (
    /iPhone|iPad|iPod/.test(navigator.userAgent) ||
    (/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1)
  )
}

/**
 * Asks the person, so call it from a press. `person`: whose notices, where nobody signs in. Resolves with what is in the way;
 * undefined: notices arrive here from now on. Rejects where the hub refuses.
 */
export async function subscribeHere(
  api: NoticeApi,
  given: { readonly pushKey: string; readonly person: string | undefined },
): Promise<PushFault | undefined> {
  const permission = await Notification.requestPermission()
  if (permission !== 'granted') return permission === 'denied' ? 'denied' : 'dismissed'
  let subscription: PushSubscription
  try {
    subscription = await within(subscribed(given))
  } catch {
    return 'blocked'
  }
  await tell(api, subscription, labelOf(navigator.userAgent))
  return undefined
}

async function subscribed({ pushKey, person }: { readonly pushKey: string; readonly person: string | undefined }) {
  const address = new URL('./sw.js', document.baseURI)
  // The worker renews a subscription by itself, and has to know for whom.
  if (person !== undefined) address.searchParams.set('person', person)
  const scope = new URL('./', document.baseURI).pathname
  const registration = await navigator.serviceWorker.register(address, { scope, updateViaCache: 'none' })
  await navigator.serviceWorker.ready
  const earlier = await registration.pushManager.getSubscription()
  if (earlier !== null && !isFor(earlier, pushKey)) await earlier.unsubscribe()
  return await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: pushKey })
}

/** After a hub has new push keys, what browsers subscribed with the old ones is dead. */
function isFor({ options }: PushSubscription, pushKey: string): boolean {
  const key = options.applicationServerKey
  if (key === null) return false
  const base64 = btoa(String.fromCharCode(...new Uint8Array(key)))
  return base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '') === pushKey.replace(/=+$/, '')
}

async function tell(api: NoticeApi, subscription: PushSubscription, label: string | undefined): Promise<void> {
  const { endpoint, keys } = subscription.toJSON()
  if (endpoint === undefined || keys?.['p256dh'] === undefined || keys['auth'] === undefined) {
    throw new TypeError('this subscription has no keys')
  }
  const replaces = kept()
  const { id } = await api.addBrowser({
    endpoint,
    keys: { p256dh: keys['p256dh'], auth: keys['auth'] },
    ...(label === undefined ? {} : { label }),
    ...(replaces === undefined ? {} : { replaces }),
  })
  keep(id)
}

/** Where the browser has made a new subscription while nobody was signed in, the hub is told of it now. Never rejects. */
export async function renewHere(api: NoticeApi): Promise<void> {
  const before = kept()
  if (before === undefined || ability() !== undefined) return
  try {
    const subscription = await ownSubscription()
    if (subscription === undefined || (await idOf(subscription.endpoint)) === before) return
    await tell(api, subscription, undefined)
  } catch {
    // The next visit tries again; until then notices come by the person's other channels.
  }
}

/** Notices do not arrive here any more, at the hub and at the push service. Rejects where the hub does not answer. */
export async function unsubscribeHere(api: NoticeApi): Promise<void> {
  const subscription = await ownSubscription()
  keep(undefined)
  if (subscription === undefined) return
  await api.removeBrowser(await idOf(subscription.endpoint))
  await subscription.unsubscribe()
}

/** Follows a press on a notice to what it is about, while the dashboard is open. */
export function followNotices(): void {
  if (!('serviceWorker' in navigator)) return
  navigator.serviceWorker.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    const { kind, hash } = (data ?? {}) as { readonly kind?: unknown; readonly hash?: unknown }
    if (kind === 'musubi.open' && typeof hash === 'string' && hash.startsWith('#/')) location.hash = hash
  })
}

async function ownSubscription(): Promise<PushSubscription | undefined> {
  const registration = await navigator.serviceWorker.getRegistration(new URL('./', document.baseURI))
  return (await registration?.pushManager.getSubscription()) ?? undefined
}

async function subscribedId(): Promise<string | undefined> {
  const subscription = await ownSubscription()
  return subscription === undefined ? undefined : await idOf(subscription.endpoint)
}

/** As the hub names a subscription. */
async function idOf(endpoint: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(endpoint)))
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .slice(0, 32)
}

async function within<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no push service answers')), limitMs)
  })
  return await Promise.race([work, limit]).finally(() => clearTimeout(timer))
}

const browsers = [
  [/Edg(?:A|iOS)?\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/SamsungBrowser\//, 'Samsung Internet'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
] as const
const systems = [
  [/iPhone|iPod/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/CrOS/, 'ChromeOS'],
  [/Macintosh/, 'Mac'],
  [/Linux/, 'Linux'],
] as const

/** `Chrome / Android`: by which its owner knows a device among theirs. */
export function labelOf(userAgent: string): string {
  const name = (list: readonly (readonly [RegExp, string])[]) => list.find(([pattern]) => pattern.test(userAgent))?.[1]
  return [name(browsers), name(systems)].filter((part) => part !== undefined).join(' / ')
}

function kept(): string | undefined {
  try {
    return localStorage.getItem(keptKey) ?? undefined
  } catch {
    return undefined
  }
}

function keep(id: string | undefined): void {
  try {
    if (id === undefined) localStorage.removeItem(keptKey)
    else localStorage.setItem(keptKey, id)
  } catch {
    // Then the subscription is renewed by the worker alone.
  }
}
