// The files of the dashboard: pages that are asked for anew each time, and what they are made of, which never changes.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import { type Principal, scopeOf } from '../people/principal.ts'

const yearS = 31_536_000

/** What people type, and the page that they mean. */
const pagesOfTheirOwn = {
  '/field': 'field/',
  '/citizen': 'citizen/',
  '/public': 'citizen/',
  '/report': 'citizen/#report',
} as const

/** `folder`: the built dashboard; undefined, or one that was not built: none of its files is served. */
export async function addDashboard(server: FastifyInstance, folder: string | undefined): Promise<void> {
  const isBuilt = folder !== undefined && existsSync(join(folder, 'index.html'))
  if (isBuilt) await addFiles(server, folder)
  // Behind a proxy the path may have something before it: the browser adds the slash to what it asked for.
  for (const [path, page] of Object.entries(pagesOfTheirOwn)) {
    server.get(path, { config: { right: 'public' }, schema: { hide: true } }, (_request, reply) => reply.redirect(page))
  }
  server.setNotFoundHandler((request, reply) => {
    const page = request.method === 'GET' && /text\/html/.test(request.headers.accept ?? '')
    if (isBuilt && page && !/^\/(api|docs|metrics|healthz)\b/.test(request.url)) return reply.sendFile('door.html')
    throw new AppError('not-found', `nothing is at ${request.method} ${request.url}`)
  })
}

/** Hashes for the content security policy of the scripts that stand in the built page itself. */
export async function scriptsInPage(folder: string | undefined): Promise<readonly string[]> {
  const page = join(folder ?? '', 'index.html')
  if (folder === undefined || !existsSync(page)) return []
  const found = (await readFile(page, 'utf8')).matchAll(/<script>([^]*?)<\/script>/g)
  return Array.from(found, ([, code = '']) => `'sha256-${createHash('sha256').update(code).digest('base64')}'`)
}

/** Files under `assets/` carry their hash in the name and never change; every other path of a page is the application's. */
async function addFiles(server: FastifyInstance, folder: string): Promise<void> {
  await server.register(fastifyStatic, {
    root: folder,
    preCompressed: true,
    cacheControl: false,
    setHeaders(reply, path) {
      const lasting = path.includes('/assets/')
      void reply.header('cache-control', lasting ? `public, max-age=${yearS}, immutable` : 'no-cache')
    },
  })
  // The same application either way: one page asks for the city at once, which at the door would be refused.
  server.get('/', { config: { right: 'public' }, schema: { hide: true } }, ({ principal }, reply) => {
    if (principal.kind === 'person') reply.header('link', '<./api/v1/session>; rel=preload; as=fetch; crossorigin')
    return reply.header('vary', 'cookie').sendFile(seesTheCity(principal) ? 'index.html' : 'door.html')
  })
}

function seesTheCity(principal: Principal): boolean {
  const { tenants } = scopeOf(principal, 'see')
  return principal.limited !== true && (tenants === 'all' || tenants.length > 0)
}
