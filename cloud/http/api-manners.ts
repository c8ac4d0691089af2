// What every route of the API does alike: a limit of requests, ETags, and requests that may safely be sent again.
import etag from '@fastify/etag'
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import { addIdempotency, type IdempotencyDependencies } from './idempotency.ts'

export interface MannersDependencies extends IdempotencyDependencies {
  /** Requests of one caller in a minute; what is above is answered 429. */
  readonly requestsPerMinute: number
}

/** A page of the dashboard asks some twenty times when it opens; a program that asks 200 times a second has run wild. */
export const defaultRequestsPerMinute = 12_000
/** Callers that are counted at a time; the one that asked longest ago leaves first. Owner: the limiter. */
const maxCallers = 10_000

/** Call it after the guard, which says who asks, and before any route. */
export async function addManners(server: FastifyInstance, dependencies: MannersDependencies): Promise<void> {
  const { requestsPerMinute } = dependencies
  await server.register(rateLimit, {
    max: requestsPerMinute,
    timeWindow: 60_000,
    cache: maxCallers,
    keyGenerator: callerOf,
    errorResponseBuilder: (_request, { ttl }) =>
      new AppError(
        'request.rate',
        `more than ${requestsPerMinute} requests in a minute; ask again in ${Math.ceil(ttl / 1000)} s`,
      ),
  })
  await server.register(etag, { weak: true })
  await addIdempotency(server, dependencies)
}

/** A person wherever they sign in, a token, or an address where nobody is known. */
function callerOf({ principal, ip }: FastifyRequest): string {
  return (principal as FastifyRequest['principal'] | null)?.person || ip
}
