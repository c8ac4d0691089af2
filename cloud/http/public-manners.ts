// What routes that answer everybody do alike: no right, pages of other sites may read them, and a stricter limit of requests.
import type { FastifyContextConfig, FastifyInstance } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'

const requestsPerMinute = 600

/** The `config` of a route that answers everybody. All of them together are counted as one. */
export const publicConfig: FastifyContextConfig = {
  right: 'public',
  rateLimit: {
    max: requestsPerMinute,
    timeWindow: 60_000,
    groupId: 'public',
    errorResponseBuilder: (_request, { ttl }) =>
      new AppError(
        'request.rate',
        `more than ${requestsPerMinute} requests in a minute; ask again in ${Math.ceil(ttl / 1000)} s`,
      ),
  },
}

const exposed = 'ETag, Link, Retry-After, NGSILD-Results-Count, NGSILD-Tenant'
const asked = 'Accept, Authorization, If-None-Match, Link, NGSILD-Tenant'

/**
 * Lets pages of other sites read what the routes of this scope answer to nobody in particular, or to a token. What a
 * cookie opens, and what a hub without people opens to whoever is at the machine, stays with the pages of the hub.
 */
export function allowOtherSites(scope: FastifyInstance, paths: string): void {
  scope.addHook('onRequest', async ({ principal }, reply) => {
    if (principal.kind === 'nobody' || principal.kind === 'token') {
      void reply.header('access-control-allow-origin', '*').header('access-control-expose-headers', exposed)
      void reply.header('cross-origin-resource-policy', 'cross-origin')
    }
  })
  scope.options(paths, { config: publicConfig, schema: { hide: true } }, (_request, reply) => {
    void reply.header('access-control-allow-origin', '*').header('access-control-allow-methods', 'GET, HEAD, OPTIONS')
    void reply.header('access-control-allow-headers', asked).header('access-control-max-age', '86400')
    return reply.code(204).send()
  })
}
