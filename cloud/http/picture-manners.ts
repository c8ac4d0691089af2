// What answers that are a picture do alike: whoever holds a copy asks each time whether it may still be shown.
import type { FastifyReply } from 'fastify'

/**
 * Says what `reply` holds. A picture never changes, and a tag saves sending it again; but it may be deleted or expire, and
 * who looks next at a shared computer may not be allowed to: a copy is never shown unasked (RFC 9111 section 5.2.2.4).
 */
export function asPicture(reply: FastifyReply, mediaType: string): FastifyReply {
  return reply.header('content-type', mediaType).header('cache-control', 'private, no-cache')
}
