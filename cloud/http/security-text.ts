// Where a finder of a weakness turns to: `/.well-known/security.txt` (RFC 9116), for as long as the city has named a contact.
import type { FastifyInstance } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'

/** RFC 9116 §2.5.5 asks for less than a year: whoever reads an old copy shall look again. */
const lifeMs = 180 * 86_400_000

/** A contact as a URI; a bare e-mail address becomes one. Undefined for none. Throws `config.invalid`. */
export function readContact(text: string): string | undefined {
  if (text === '') return undefined
  if (/^(mailto:|tel:\+?)\S+$|^https:\/\/\S+$/.test(text) && URL.canParse(text)) return text
  if (/^[^\s@:]+@[^\s@:]+$/.test(text)) return `mailto:${text}`
  throw new AppError('config.invalid', `--security-contact is "${text}"; it is an e-mail address, https:// or tel:`)
}

/** Adds the route. `contact`: a URI; undefined: there is no such page. */
export function addSecurityText(
  server: FastifyInstance,
  { contact, clock }: { readonly contact: string | undefined; readonly clock: Clock },
): void {
  if (contact === undefined) return
  const options = { config: { right: 'public' }, schema: { hide: true } } as const
  server.get('/.well-known/security.txt', options, (_request, reply) => {
    const expires = new Date(clock.now() + lifeMs).toISOString().replace(/\.\d+Z$/, 'Z')
    const lines = [`Contact: ${contact}`, `Expires: ${expires}`, 'Preferred-Languages: ja, en']
    return reply.type('text/plain; charset=utf-8').send(`${lines.join('\n')}\n`)
  })
}
