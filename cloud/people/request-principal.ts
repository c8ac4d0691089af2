// What the guard adds to requests and routes, for every file that declares routes.
import type { FastifyRequest } from 'fastify'
import type { Principal, TenantScope } from './principal.ts'
import type { Right } from './rights.ts'

/**
 * What a route asks of whoever calls it. `public`: nothing; `signed-in`: to be known; a right: in at least one tenant, and
 * `request.scope` then names them; `city`: the right in every tenant.
 */
export type RouteRight = Right | 'public' | 'signed-in' | { readonly city: Right }

declare module 'fastify' {
  interface FastifyContextConfig {
    right?: RouteRight
    /** Also for somebody who has still to set up the second factor that is asked of them. */
    beforeSecondFactor?: true
    /** What is asked or answered holds a secret: nothing of it is kept for an Idempotency-Key. */
    secretAnswer?: true
  }
  interface FastifyRequest {
    /** Set by the guard before any handler. */
    principal: Principal
    /** The tenants in which the principal has the route's right. Only where the route names one. */
    scope: TenantScope
    /** What a request that changes something is about, for the audit log; undefined: its path, for the city's auditors alone. */
    audited:
      | {
          readonly subject: string
          readonly tenant?: string | undefined
          /** What it was, where the route does not say it: never a secret. */
          readonly detail?: Readonly<Record<string, unknown>> | undefined
        }
      | undefined
    /** For answers that last: calls `end` once the principal has lost what the answer began with. Undo with the result. */
    whileAllowed: (end: () => void) => () => void
  }
}

/** Who did it, for logs and records: the person who is signed in; where nobody signs in, what they call themselves. */
export function actorOf({ principal }: Pick<FastifyRequest, 'principal'>, said: string | undefined): string {
  return principal.kind === 'open' ? (said ?? '') : principal.name
}
