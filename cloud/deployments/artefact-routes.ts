// Artefacts for gateways, by mutual TLS: only what a document for that gateway names, from any byte on.
import { AppError } from '../../broker/contract/app-error.ts'
import { artefactPath } from '../../broker/contract/deployment-limits.ts'
import { gatewayKey } from '../../broker/contract/topics.ts'
import type { GatewayRoutes } from '../http/gateway-server.ts'
import type { ArtefactStore } from './artefact-store.ts'
import type { Rollouts } from './rollouts.ts'

/** RFC 9110 §14.2; other forms of a range may be ignored, and then the whole is sent. */
const fromByte = /^bytes=(\d{1,15})-$/

export function artefactRoutes(artefacts: ArtefactStore, rollouts: Pick<Rollouts, 'mayFetch'>): GatewayRoutes {
  return (server, identityOf) => {
    server.get<{ Params: { readonly sha256: string } }>(artefactPath(':sha256'), async (request, reply) => {
      const gateway = gatewayKey(identityOf(request))
      const { sha256 } = request.params
      const bytes = rollouts.mayFetch(gateway, sha256) ? await artefacts.sizeOf(sha256) : undefined
      if (bytes === undefined) throw new AppError('not-found', `there is no artefact ${sha256} for ${gateway}`)
      const from = Number(fromByte.exec(request.headers.range ?? '')?.[1] ?? 0)
      void reply.header('accept-ranges', 'bytes').header('content-type', 'application/octet-stream')
      if (from >= bytes) return reply.code(416).header('content-range', `bytes */${bytes}`).send()
      void reply.header('content-length', bytes - from)
      if (from > 0) void reply.code(206).header('content-range', `bytes ${from}-${bytes - 1}/${bytes}`)
      return reply.send(artefacts.open(sha256, from))
    })
  }
}
