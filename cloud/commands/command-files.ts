// Files that gateways send with the results of commands: taken over mutual TLS, kept for a while, under the command's id.
import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Type, type Static } from 'typebox'
import { AppError } from '../../broker/contract/app-error.ts'
import { commandFileLimits, commandFilePath, commandFileTypes } from '../../broker/contract/command-files.ts'
import { gatewayKey } from '../../broker/contract/topics.ts'
import type { GatewayRoutes } from '../http/gateway-server.ts'

export interface CommandFiles {
  /** For the HTTPS listener of the gateways. */
  readonly routes: GatewayRoutes
  /** Throws `not-found` where it is not kept any more. */
  read(id: string): Promise<Buffer>
  /** Deletes files that came before. */
  forget(beforeMs: number): Promise<void>
}

const Params = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }) })
type Params = Static<typeof Params>

/** Bound: files that are being taken. Overflow: 503, and the gateway tells that its file was not taken. Owner: these routes. */
const mostAtOnce = 4

/** `isAwaited`: a command of this id was sent to this gateway, and its answer has not come. */
export async function openCommandFiles(
  folder: string,
  isAwaited: (id: string, gateway: string) => boolean,
): Promise<CommandFiles> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  let taking = 0

  async function keep(id: string, bytes: Buffer): Promise<void> {
    const partial = join(folder, `${id}.part`)
    const handle = await open(partial, 'w', 0o600)
    try {
      await handle.writeFile(bytes)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(partial, join(folder, id))
  }

  return {
    routes: (server, identityOf) => {
      void server.register((own, _options, done) => {
        own.removeAllContentTypeParsers()
        const parser = { parseAs: 'buffer', bodyLimit: commandFileLimits.bytes } as const
        own.addContentTypeParser([...commandFileTypes], parser, (_request, body, parsed) => parsed(null, body))
        own.put<{ Params: Params; Body: Buffer }>(
          commandFilePath(':id'),
          {
            schema: { params: Params },
            bodyLimit: commandFileLimits.bytes,
            // Before its body is read: a file that nobody asked for costs nothing.
            async onRequest(request, reply) {
              if (!isAwaited(request.params.id, gatewayKey(identityOf(request)))) {
                throw new AppError('not-found', 'no command of this id waits for a file of this gateway')
              }
              if (taking >= mostAtOnce) throw new AppError('ingest.overloaded', 'too many files come at once')
              // Its body is held in memory from here until the answer has left, or the connection has ended.
              taking += 1
              reply.raw.once('close', () => (taking -= 1))
            },
          },
          async (request, reply) => {
            checkDigest(request.headers['content-digest'], request.body)
            await keep(request.params.id, request.body)
            return reply.code(204).send()
          },
        )
        done()
      })
    },
    async read(id) {
      const bytes = await readFile(join(folder, id)).catch(() => undefined)
      if (bytes === undefined) throw new AppError('not-found', `the file of command ${id} is not kept any more`)
      return bytes
    },
    async forget(beforeMs) {
      for (const name of await readdir(folder)) {
        const found = await stat(join(folder, name)).catch(() => undefined)
        if (found !== undefined && found.mtimeMs < beforeMs) await rm(join(folder, name), { force: true })
      }
    },
  }
}

/** RFC 9530, sha-256 alone. */
function checkDigest(header: string | string[] | undefined, bytes: Buffer): void {
  const expected = `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`
  if (header === expected) return
  throw new AppError('payload.malformed', `the file is not what its content-digest says: ${expected}`)
}
