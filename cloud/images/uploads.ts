// Resumable uploads of images (tus 1.0) from gateways: who may send what, how much, and what becomes of it at the end.
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rm, stat, statfs } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Server as TusServer, ServerOptions, Upload } from '@tus/server'
import { Value } from 'typebox/value'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import { ImageFacts, UploadMetadata, type UploadVerdict } from '../../broker/contract/image-schemas.ts'
import { uploadsPath } from '../../broker/contract/images.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import { gatewayKey, type GatewayIdentity } from '../../broker/contract/topics.ts'
import { problemOf } from '../http/problem.ts'
import type { UploadRow } from '../registry/image-tables.ts'
import type { ImageRegistry } from './image-registry.ts'
import type { ImageStore } from './image-store.ts'
import type { UploadCounts } from './upload-counts.ts'
import { UploadFinisher } from './upload-finisher.ts'

export interface UploadLimits {
  /** Bytes of one image. */
  readonly maxBytes: number
  /** Bytes of all images of a gateway, begun uploads included. */
  readonly quotaBytes: number
  /** Uploads are refused where they would leave less than this on the disk, which the hub needs for readings. */
  readonly reserveBytes: number
  /** An upload to which nothing was added for this long is abandoned. */
  readonly expiryMs: number
}

export const defaultUploadLimits: UploadLimits = {
  maxBytes: 512 * 2 ** 20,
  quotaBytes: 50 * 2 ** 30,
  reserveBytes: 2 ** 30,
  expiryMs: 7 * 86_400_000,
}

export interface UploadsDependencies {
  /** Where the bytes of uploads arrive; on the file system of the store, where that is a folder. */
  readonly folder: string
  readonly registry: ImageRegistry
  readonly store: ImageStore
  readonly limits: UploadLimits
  readonly counts: UploadCounts
  readonly clock: Clock
  readonly log: Log
}

const expiryRoundMs = 3_600_000

type TusRequest = Parameters<NonNullable<ServerOptions['onUploadCreate']>>[0]
/** What the hooks of @tus/server throw, or return, to answer with it. */
class Refusal extends Error {
  readonly status_code: number
  readonly body: string

  constructor(cause: AppError) {
    super(cause.message, { cause })
    const problem = problemOf(cause, uploadsPath)
    this.status_code = problem.status
    this.body = JSON.stringify(problem)
  }
}

export class Uploads {
  readonly #dependencies: UploadsDependencies
  readonly #finisher: UploadFinisher
  #server: Promise<TusServer> | undefined
  readonly #senders = new WeakMap<IncomingMessage, GatewayIdentity>()
  #timer: Timer | undefined
  #closed = false

  constructor(dependencies: UploadsDependencies) {
    this.#dependencies = dependencies
    const arrivingPath = (id: string): string => join(dependencies.folder, id)
    this.#finisher = new UploadFinisher({ ...dependencies, arrivingPath })
    this.#scheduleExpiry()
  }

  /** Answers a tus request of a gateway. The library is loaded with the first one. */
  async handle(request: IncomingMessage, response: ServerResponse, sender: GatewayIdentity): Promise<void> {
    this.#server ??= this.#load()
    this.#senders.set(request, sender)
    await (await this.#server).handle(request, response)
  }

  /** Undefined: send it. Throws what `UploadFinisher.finish` throws, for an upload whose end the sender did not hear of. */
  async verdict(sender: GatewayIdentity, sha256: string): Promise<UploadVerdict | undefined> {
    const { registry, counts } = this.#dependencies
    const known = await registry.image(sender.tenant, sha256)
    if (known !== undefined) {
      counts.duplicates += 1
      return { state: 'confirmed', sha256, bytes: known.bytes }
    }
    for (const upload of await registry.uploads({ gateway: gatewayKey(sender), sha256 })) {
      try {
        return await this.#finisher.finish(upload)
      } catch (thrown) {
        if (!(thrown instanceof AppError && thrown.code === 'not-found')) throw thrown
      }
    }
    return undefined
  }

  /** Ends uploads that were abandoned, and removes bytes that no upload claims. */
  async expire(): Promise<void> {
    const { registry, folder, limits, counts, clock, log } = this.#dependencies
    const pending = new Map((await registry.uploads()).map((upload) => [upload.id, upload]))
    const oldestMs = clock.now() - limits.expiryMs
    for (const name of await readdir(folder).catch(() => [])) {
      const touchedMs = (await stat(join(folder, name)).catch(() => undefined))?.mtimeMs ?? Number.POSITIVE_INFINITY
      if (!pending.has(name) && touchedMs < oldestMs) await rm(join(folder, name), { force: true })
    }
    for (const { id, gateway, created_ms } of pending.values()) {
      const touchedMs = (await stat(join(folder, id)).catch(() => undefined))?.mtimeMs ?? created_ms
      if (Math.max(touchedMs, created_ms) >= oldestMs) continue
      await this.#finisher.discard(id)
      counts.expired += 1
      log.warn({ gateway, upload: id }, 'an abandoned upload has expired')
    }
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
  }

  #scheduleExpiry(): void {
    const { clock, log } = this.#dependencies
    this.#timer = clock.setTimer(() => {
      void this.expire()
        .catch((thrown: unknown) => log.error({ err: thrown }, 'abandoned uploads could not be looked for'))
        .finally(() => {
          if (!this.#closed) this.#scheduleExpiry()
        })
    }, expiryRoundMs)
  }

  async #load(): Promise<TusServer> {
    const { folder, registry, limits } = this.#dependencies
    const [{ Server, Upload: TusUpload }, { FileStore }] = await Promise.all([
      import('@tus/server'),
      import('@tus/file-store'),
    ])
    await mkdir(folder, { recursive: true })
    // What is known of an upload is in the hub's database, entered by #admit: a file beside it could be cut short by a crash.
    const configstore = {
      async get(id: string) {
        const row = await registry.upload(id)
        return row && new TusUpload({ id, size: row.bytes, offset: 0, metadata: {} })
      },
      set: () => Promise.resolve(),
      delete: (id: string) => registry.forgetUpload(id),
    }
    return new Server({
      path: uploadsPath,
      relativeLocation: true,
      maxSize: limits.maxBytes,
      namingFunction: () => randomUUID(),
      datastore: new FileStore({ directory: folder, configstore }),
      onIncomingRequest: async (request, id) => await this.#requireOwner(request, id),
      onUploadCreate: async (request, upload) => await this.#admit(request, upload),
      onUploadFinish: async (_request, upload) => await this.#finish(upload),
      onResponseError: async (_request, failure) => await this.#answerError(failure),
    })
  }

  #senderOf(request: TusRequest): GatewayIdentity {
    const raw = request.runtime?.node?.req
    const sender = raw && this.#senders.get(raw as IncomingMessage)
    if (sender === undefined) throw new Refusal(new AppError('identity.invalid', 'the sender is not known'))
    return sender
  }

  /** To others an upload does not exist. */
  async #requireOwner(request: TusRequest, id: string): Promise<void> {
    if (request.method === 'POST') return
    const upload = await this.#dependencies.registry.upload(id)
    if (upload?.gateway === gatewayKey(this.#senderOf(request))) return
    throw new Refusal(new AppError('not-found', `there is no upload ${id}`))
  }

  async #admit(request: TusRequest, upload: Upload): Promise<{ metadata?: Upload['metadata'] }> {
    const { registry, counts, clock } = this.#dependencies
    const sender = this.#senderOf(request)
    try {
      const row = rowOf(upload, sender, clock.now())
      // The gateway began anew: it no longer knows of the earlier upload of the same image.
      for (const earlier of await registry.uploads(row)) await this.#finisher.discard(earlier.id)
      await this.#requireRoom(row)
      await registry.begin(row)
      return {}
    } catch (thrown) {
      const error = toAppError(thrown, 'image.invalid')
      if (error.code === 'image.invalid') counts.refusedInvalid += 1
      throw new Refusal(error)
    }
  }

  async #requireRoom({ gateway, bytes }: UploadRow): Promise<void> {
    const { registry, limits, counts } = this.#dependencies
    const used = await registry.usedBytes(gateway)
    if (used + bytes > limits.quotaBytes) {
      counts.refusedQuota += 1
      throw new AppError('image.quota', `${gateway} has ${used} of ${limits.quotaBytes} bytes: raise --image-quota`)
    }
    if ((await this.#freeBytes()) - bytes < limits.reserveBytes) {
      counts.refusedDisk += 1
      throw new AppError('image.disk-full', 'the disk of the hub has no room for this image; the gateway keeps it')
    }
  }

  async #freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#dependencies.folder)
    return bavail * bsize
  }

  async #finish(upload: Upload): Promise<{ status_code: number; body: string; headers: Record<string, string> }> {
    const row = await this.#dependencies.registry.upload(upload.id)
    try {
      if (row === undefined) throw new AppError('not-found', `there is no upload ${upload.id}`)
      const verdict = await this.#finisher.finish(row)
      return { status_code: 200, body: JSON.stringify(verdict), headers: { 'content-type': 'application/json' } }
    } catch (thrown) {
      throw new Refusal(toAppError(thrown, 'store.unavailable'))
    }
  }

  /** @tus/server does not tell why a write failed: where the disk is at its end, that is why. */
  async #answerError(failure: Error | Pick<Refusal, 'status_code' | 'body'>): Promise<Refusal | undefined> {
    const { counts, log } = this.#dependencies
    const status = 'status_code' in failure ? failure.status_code : 500
    if (status < 500) return undefined
    if (!('status_code' in failure && failure.body.startsWith('{'))) {
      if ((await this.#freeBytes().catch(() => Number.POSITIVE_INFINITY)) < 2 ** 20) {
        counts.refusedDisk += 1
        return new Refusal(new AppError('image.disk-full', 'the disk of the hub is full; the gateway keeps the image'))
      }
    }
    log.error({ err: failure }, 'an upload failed')
    return undefined
  }
}

/** Throws `image.invalid`. */
function rowOf({ id, size, metadata }: Upload, { tenant, gateway }: GatewayIdentity, nowMs: number): UploadRow {
  if (size === undefined || size <= 0) throw new AppError('image.invalid', 'an upload says how long it is')
  const given = parsed(() => Value.Parse(UploadMetadata, metadata))
  parsed(() => Value.Parse(ImageFacts, JSON.parse(given.facts)))
  const { sha256, name, facts } = given
  return { id, tenant, gateway: gatewayKey({ tenant, gateway }), sha256, name, facts, bytes: size, created_ms: nowMs }
}

function parsed<T>(parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    throw new AppError('image.invalid', 'the metadata of the upload do not fit their schema', { cause })
  }
}
