// Every error of the API as an RFC 9457 problem document.
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { AppError, errorCodes, type ErrorCode } from '../../broker/contract/app-error.ts'
import type { Log } from '../../broker/contract/ports.ts'
import type { Problem } from './schemas.ts'

const statusOf: Partial<Record<ErrorCode, number>> = {
  'not-found': 404,
  'store.query': 400,
  'payload.schema': 400,
  'payload.malformed': 400,
  'limit.exceeded': 413,
  'store.unavailable': 503,
  'ingest.overloaded': 503,
  'identity.invalid': 403,
  'event.not-correctable': 409,
  'gateway.offline': 409,
  'command.unknown': 409,
  'command.unavailable': 409,
  'command.busy': 503,
  'command.expired': 504,
  'gateway.no-answer': 504,
  'teach.state': 409,
  'frame.expired': 410,
  'deployment.artefact': 422,
  'deployment.stale': 409,
  'deployment.state': 409,
  'installation.conflict': 409,
  'rule.invalid': 422,
  'rule.stale': 412,
  'settings.stale': 412,
  'report.outside': 422,
  'report.state': 409,
  'work-order.state': 409,
  'bulletin.invalid': 422,
  'bulletin.conflict': 409,
  'bulletin.source': 503,
  'notification.address': 422,
  'delivery.state': 409,
  'photo.left-out': 422,
  'photo.unavailable': 503,
  'request.key-reused': 422,
  'request.in-progress': 409,
  'request.rate': 429,
  'sign-in.required': 401,
  'sign-in.failed': 401,
  'sign-in.second-factor': 401,
  'sign-in.locked': 429,
  'sign-in.cross-site': 403,
  'sign-in.challenge': 401,
  'sign-in.again': 403,
  'sign-in.factor-missing': 401,
  'sign-in.last-way': 409,
  'identity-provider.unavailable': 503,
  'identity-provider.refused': 401,
  'identity-provider.unknown': 403,
  'backup.busy': 409,
  'backup.target': 503,
  'backup.disk-full': 507,
  'people.forbidden': 403,
  'people.conflict': 409,
  'people.password': 422,
  'people.link': 410,
  'image.invalid': 422,
  // 460 is the Checksum Mismatch of tus; 507 Insufficient Storage (RFC 4918) also answers a quota (RFC 4331).
  'image.mismatch': 460,
  'image.quota': 507,
  'image.disk-full': 507,
}

/** Answers a thrown error. What the caller did wrong is told; what went wrong inside is logged and named only by its code. */
export function sendProblem(
  error: FastifyError | AppError,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Log,
): void {
  const problem = problemOf(error, request.url)
  if (problem.status >= 500) log.error({ err: error, url: request.url }, 'a request failed')
  if (problem.status === 503) void reply.header('retry-after', '2')
  void reply.code(problem.status).header('content-type', 'application/problem+json').send(problem)
}

/** What `sendProblem` sends, for answers that are not sent through fastify. */
export function problemOf(error: FastifyError | AppError, instance: string): Problem {
  if (error instanceof AppError) {
    return problem(error.code, statusOf[error.code] ?? 500, error.message, instance)
  }
  if (error.validation !== undefined) {
    const errors = error.validation.map((fault) => ({
      path: `${error.validationContext ?? ''}${fault.instancePath}`,
      message: fault.message ?? 'is not valid',
    }))
    return { ...problem('payload.schema', 400, error.message, instance), errors }
  }
  const status = error.statusCode ?? 500
  if (status === 404) return problem('not-found', 404, `nothing is at ${instance}`, instance)
  if (status === 413) return problem('limit.exceeded', 413, error.message, instance)
  if (status < 500) return problem('payload.malformed', status, error.message, instance)
  return problem('internal', status, 'the hub could not answer; its log says why', instance)
}

function problem(code: ErrorCode, status: number, detail: string, instance: string): Problem {
  return { type: `urn:musubi:error:${code}`, title: errorCodes[code].title, status, detail, instance, code }
}
