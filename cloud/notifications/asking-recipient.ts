// Who asks, as somebody who may be told: themselves where people sign in, else the contact that they name.
import type { FastifyRequest } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Recipient } from './notice.ts'
import type { PersonQuery } from './notification-schemas.ts'
import type { Notifications } from './notifications.ts'

/**
 * Who asks, as somebody who may be told. Throws `not-found` where they are nobody's recipient, `people.forbidden` for a token
 * that would change what its person is told.
 */
export function meOf(
  request: FastifyRequest<{ Querystring: PersonQuery }>,
  { recipients }: Notifications,
  why: 'read' | 'change' = 'read',
): Recipient {
  const { principal } = request
  if (why === 'change' && principal.kind === 'token') {
    throw new AppError('people.forbidden', 'a token changes nothing about how its person is told')
  }
  const all = recipients()
  const only = all.length === 1 ? all[0]?.id : undefined
  const id = principal.kind === 'open' ? (request.query.person ?? only) : principal.person
  const me = all.find((recipient) => recipient.id === id)
  if (me !== undefined) return me
  throw new AppError('not-found', 'there is nobody to be told; where nobody signs in, ?person= names a contact')
}
