// Keeps a page in the phone, so that it opens without network. The build puts `pageName`, `keptFiles` and `version` above it.
declare const pageName: string
declare const keptFiles: readonly string[]
declare const version: string

interface Waitable extends Event {
  waitUntil(work: Promise<unknown>): void
}

interface Fetching extends Waitable {
  readonly request: Request
  respondWith(answer: Promise<Response>): void
}

interface Worker {
  readonly registration: { readonly scope: string }
  readonly clients: { claim(): Promise<void> }
  addEventListener(name: 'install' | 'activate', listener: (event: Waitable) => void): void
  addEventListener(name: 'fetch', listener: (event: Fetching) => void): void
}

const worker = globalThis as unknown as Worker
const prefix = `musubi-${pageName}-`
const cacheName = prefix + version

worker.addEventListener('install', (event) => {
  // Past the browser's own cache, so that one version is never made of two.
  const requests = keptFiles.map((file) => new Request(new URL(file, worker.registration.scope), { cache: 'reload' }))
  event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll(requests)))
})

worker.addEventListener('activate', (event) => {
  const old = async (): Promise<void> => {
    const names = (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== cacheName)
    await Promise.all(names.map((name) => caches.delete(name)))
    await worker.clients.claim()
  }
  event.waitUntil(old())
})

worker.addEventListener('fetch', (event) => {
  const { request } = event
  if (request.method !== 'GET') return
  const isPage = request.mode === 'navigate' && request.url.startsWith(worker.registration.scope)
  const wanted = isPage ? worker.registration.scope : request.url
  event.respondWith(keptOrFetched(wanted, request))
})

/** What is kept is the same in the network; all else, readings above all, comes from there alone. */
async function keptOrFetched(url: string, request: Request): Promise<Response> {
  const cache = await caches.open(cacheName)
  return (await cache.match(url)) ?? (await fetch(request))
}
