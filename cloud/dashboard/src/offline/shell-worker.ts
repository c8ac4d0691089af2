// Keeps the dashboard's own files, so that it opens without a network and says then what it last saw. Answers of the API are never kept here.
// The build puts it into `sw.js` beside the worker of notices, with `keptFiles`, `entryFile` and `version` above it.
declare const keptFiles: readonly string[]
/** Its name stands in the page of this version and of no other. */
declare const entryFile: string
declare const version: string

interface Waitable extends Event {
  waitUntil(work: Promise<unknown>): void
}

interface Fetching extends Waitable {
  readonly request: Request
  /** Begun by the browser while this worker was still starting; undefined where it does not do that. */
  readonly preloadResponse: Promise<Response | undefined>
  respondWith(answer: Promise<Response>): void
}

interface Worker {
  readonly registration: {
    readonly scope: string
    readonly navigationPreload?: { enable(): Promise<void> }
  }
  addEventListener(name: 'install' | 'activate', listener: (event: Waitable) => void): void
  addEventListener(name: 'fetch', listener: (event: Fetching) => void): void
}

const shell = globalThis as unknown as Worker
const prefix = 'musubi-shell-'
const cacheName = prefix + version
/** A hub that takes longer is as good as away; the page asks it for its version as soon as it answers. */
const pageLimitMs = 6000

shell.addEventListener('install', (event) => event.waitUntil(keepFiles()))

async function keepFiles(): Promise<void> {
  const cache = await caches.open(cacheName)
  const page = await fetch(pageAddress(), { cache: 'reload' })
  // Between this worker and the page a newer version may have come: its worker will keep it.
  if (!page.ok || !(await page.clone().text()).includes(entryFile)) throw new Error('the page is of another version')
  await cache.put(pageAddress(), page)
  await cache.addAll(keptFiles.map((file) => new URL(file, shell.registration.scope).href))
}

shell.addEventListener('activate', (event) => {
  const old = async (): Promise<void> => {
    const names = (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== cacheName)
    await Promise.all(names.map((name) => caches.delete(name)))
    await shell.registration.navigationPreload?.enable()
  }
  event.waitUntil(old())
})

shell.addEventListener('fetch', (event) => {
  const { request } = event
  if (request.method !== 'GET') return
  const path = request.url.replace(/[?#].*$/, '')
  if (request.mode === 'navigate') {
    if (path === pageAddress()) event.respondWith(pageOf(event))
  } else if (path.startsWith(`${shell.registration.scope}assets/`)) event.respondWith(fileOf(request))
})

function pageAddress(): string {
  return shell.registration.scope
}

/** From the hub, so that nobody works with an older version while it can be asked; what is kept only where it cannot. */
async function pageOf(event: Fetching): Promise<Response> {
  const kept = async (): Promise<Response | undefined> => await (await caches.open(cacheName)).match(pageAddress())
  try {
    const answer = await within((async () => (await event.preloadResponse) ?? (await fetch(event.request)))())
    // A proxy answers for a hub that is away.
    return answer.status >= 500 ? ((await kept()) ?? answer) : answer
  } catch (thrown) {
    const page = await kept()
    if (page === undefined) throw thrown
    return page
  }
}

async function within<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the hub does not answer')), pageLimitMs)
  })
  return await Promise.race([work, limit]).finally(() => clearTimeout(timer))
}

/** Files under `assets/` carry their hash in their names and never change: what is kept is what the hub would send. */
async function fileOf(request: Request): Promise<Response> {
  const cache = await caches.open(cacheName)
  const kept = await cache.match(request.url)
  if (kept !== undefined) return kept
  const answer = await fetch(request)
  // The map is too large to be kept for everybody; whoever has looked at it has it from then on.
  if (answer.ok) await cache.put(request.url, answer.clone())
  return answer
}
