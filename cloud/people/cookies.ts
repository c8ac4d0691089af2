// The cookies of the door: the session, and a secret that ties what a browser begins before it is signed in to that browser.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { newSecret } from './secrets.ts'

type Asked = Pick<FastifyRequest, 'headers' | 'protocol'>
type CookieNames = Readonly<Record<'plain' | 'secure', string>>

/** With TLS only as `__Host-`, which no other site and no plain connection can set. */
export const sessionCookie: CookieNames = { plain: 'musubi', secure: '__Host-musubi' }
const doorCookie: CookieNames = { plain: 'musubi-door', secure: '__Host-musubi-door' }
const doorS = 3_600

export function cookieOf({ headers, protocol }: Asked, names: CookieNames): string | undefined {
  const name = protocol === 'https' ? names.secure : names.plain
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [key = '', value] = pair.split('=', 2)
    if (key.trim() === name) return value?.trim()
  }
  return undefined
}

/** Lax: a link in a mail opens the page signed in, and no other site can post. */
export function setCookie(
  reply: FastifyReply,
  { protocol }: Pick<FastifyRequest, 'protocol'>,
  names: CookieNames,
  value: string,
  maxAgeS: number,
): void {
  const [name, secure] = protocol === 'https' ? [names.secure, '; Secure'] : [names.plain, '']
  reply.header('set-cookie', `${name}=${value}; Path=/; Max-Age=${maxAgeS}; HttpOnly; SameSite=Lax${secure}`)
}

/** The browser's own secret at the door; '' where it has none yet. */
export function doorOf(request: Asked): string {
  return cookieOf(request, doorCookie) ?? ''
}

/** The same, made where there is none. */
export function keepDoor(request: FastifyRequest, reply: FastifyReply): string {
  const door = doorOf(request) || newSecret()
  setCookie(reply, request, doorCookie, door, doorS)
  return door
}

/** Both, whichever the browser has. */
export function dropSession(reply: FastifyReply): void {
  for (const protocol of ['http', 'https'] as const) setCookie(reply, { protocol }, sessionCookie, '', 0)
}
