// The paths by which gateways upload images: tus below /uploads, and the verdict on one image by its hash.
import type { FastifyInstance } from 'fastify'
import { Type, type Static } from 'typebox'
import { AppError } from '../../broker/contract/app-error.ts'
import { Sha256, type UploadVerdict } from '../../broker/contract/image-schemas.ts'
import { byHashPath, uploadsPath } from '../../broker/contract/images.ts'
import type { GatewayRoutes } from '../http/gateway-server.ts'
import type { Uploads } from './uploads.ts'

const HashParams = Type.Object({ sha256: Sha256 })
type HashParams = Static<typeof HashParams>

export function uploadRoutes(uploads: Uploads): GatewayRoutes {
  return (server, identityOf) => {
    server.route<{ Params: HashParams; Reply: UploadVerdict }>({
      method: ['GET', 'HEAD'],
      url: byHashPath(':sha256'),
      schema: { params: HashParams },
      async handler(request) {
        const verdict = await uploads.verdict(identityOf(request), request.params.sha256)
        if (verdict === undefined) throw new AppError('not-found', 'no image with this hash is stored: send it')
        return verdict
      },
    })
    addTusRoutes(server, uploads, identityOf)
  }
}

/** The body is left to @tus/server, which writes it to its file as it arrives. */
function addTusRoutes(server: FastifyInstance, uploads: Uploads, identityOf: Parameters<GatewayRoutes>[1]): void {
  server.addContentTypeParser('application/offset+octet-stream', (_request, _payload, done) => done(null))
  for (const url of [uploadsPath, `${uploadsPath}/:id`]) {
    server.route({
      method: url === uploadsPath ? ['POST', 'OPTIONS'] : ['HEAD', 'PATCH', 'DELETE', 'OPTIONS'],
      url,
      async handler(request, reply) {
        const sender = identityOf(request)
        reply.hijack()
        await uploads.handle(request.raw, reply.raw, sender)
      },
    })
  }
}
