// The page by which people sign in: three files, served to everybody, so that it stands even where the dashboard is not built.
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'

const files = [
  ['/sign-in', 'sign-in.html', 'text/html; charset=utf-8'],
  ['/sign-in/sign-in.css', 'sign-in.css', 'text/css; charset=utf-8'],
  ['/sign-in/sign-in.js', 'sign-in.js', 'text/javascript; charset=utf-8'],
] as const

export function addSignInPage(server: FastifyInstance): void {
  for (const [path, file, type] of files) {
    const text = readFileSync(new URL(`page/${file}`, import.meta.url), 'utf8')
    server.get(path, { config: { right: 'public' }, schema: { hide: true } }, (_request, reply) =>
      reply.type(type).header('cache-control', 'no-cache').send(text),
    )
  }
}
