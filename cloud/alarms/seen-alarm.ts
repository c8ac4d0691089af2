// What each route of one alarm begins with: the alarm, where the caller may see it, and who the caller is.
import type { FastifyRequest } from 'fastify'
import { seenOr404, tenantOfKey } from '../people/principal.ts'
import { actorOf } from '../people/request-principal.ts'
import type { Alarm } from './alarm.ts'
import type { AlarmBook } from './alarm-book.ts'

/** The alarm of the path. Throws `not-found` for one of another tenant too. */
export async function seenAlarm(
  book: AlarmBook,
  request: FastifyRequest<{ Params: { id: string }; Body: unknown }>,
): Promise<Alarm> {
  const { id } = request.params
  const alarm = seenOr404(await book.find(id), ({ gateway }) => gateway, request.scope, `alarm ${id}`)
  request.audited = { subject: `${alarm.rule} ${alarm.subject}`, tenant: tenantOfKey(alarm.gateway) }
  return alarm
}

/** Who did it. */
export function byOf(
  request: Pick<FastifyRequest, 'principal'> & {
    readonly body: unknown
  },
): string | undefined {
  const { body } = request
  const said = typeof body === 'object' && body !== null && 'by' in body && typeof body.by === 'string' ? body.by : ''
  return actorOf(request, said) || undefined
}
