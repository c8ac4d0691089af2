// Headers that every answer carries: what a page of this hub may load, and from where.
import type { FastifyInstance } from 'fastify'

interface Allowed {
  /** The map's tile template; only its origin is let through. */
  readonly tileUrl: string | undefined
  /** Hashes of the scripts that stand in a page itself, as the policy names them. */
  readonly scripts: readonly string[]
}

/** MapLibre runs its workers from blob URLs. */
export function addSecurityHeaders(server: FastifyInstance, { tileUrl, scripts }: Allowed): void {
  const tiles = tileUrl === undefined ? '' : ` ${new URL(tileUrl.replaceAll(/[{}]/g, '')).origin}`
  const policy = [
    `default-src 'self'`,
    [`script-src 'self'`, ...scripts].join(' '),
    `worker-src 'self' blob:`,
    `child-src 'self' blob:`,
    `style-src 'self'`,
    `img-src 'self' data: blob:${tiles}`,
    `connect-src 'self'${tiles}`,
    `font-src 'self' data:`,
    `object-src 'none'`,
    `base-uri 'self'`,
    `form-action 'self'`,
    `frame-ancestors 'none'`,
  ].join('; ')
  server.addHook('onSend', async (request, reply) => {
    // The page of the API's documentation is Swagger UI's, which writes styles into it; it shows nothing of other people.
    const isDocumentation = request.url.startsWith('/docs')
    const own = isDocumentation ? policy.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'") : policy
    reply.header('content-security-policy', own)
    reply.header('x-content-type-options', 'nosniff')
    reply.header('x-frame-options', 'DENY')
    reply.header('referrer-policy', 'same-origin')
    reply.header('cross-origin-opener-policy', 'same-origin')
    const camera = request.url.startsWith('/field/') ? '(self)' : '()'
    reply.header('permissions-policy', `camera=${camera}, microphone=(), geolocation=(self)`)
  })
}
