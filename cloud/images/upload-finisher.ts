// The end of an upload: the whole file is hashed, kept under its hash and entered, in an order that survives a crash at any point.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { Value } from 'typebox/value'
import { AppError } from '../../broker/contract/app-error.ts'
import { ImageFacts, type UploadVerdict } from '../../broker/contract/image-schemas.ts'
import { imageMediaType } from '../../broker/contract/images.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { UploadRow } from '../registry/image-tables.ts'
import type { ImageRegistry } from './image-registry.ts'
import type { ImageStore } from './image-store.ts'
import type { UploadCounts } from './upload-counts.ts'

export interface UploadFinisherDependencies {
  readonly registry: ImageRegistry
  readonly store: ImageStore
  /** Where the bytes of an upload arrive. */
  readonly arrivingPath: (uploadId: string) => string
  readonly counts: UploadCounts
  readonly clock: Clock
  readonly log: Log
}

export class UploadFinisher {
  readonly #dependencies: UploadFinisherDependencies
  /** Content that is being finished: a second upload of the same waits for the first. Bound: open requests. */
  readonly #running = new Map<string, Promise<UploadVerdict>>()

  constructor(dependencies: UploadFinisherDependencies) {
    this.#dependencies = dependencies
  }

  /**
   * The verdict on an upload whose bytes are all here, or were before a crash. Throws `image.mismatch` and
   * `image.invalid`, after which the upload is gone; `not-found` where its bytes are not (all) here.
   */
  async finish(upload: UploadRow): Promise<UploadVerdict> {
    const key = `${upload.tenant}/${upload.sha256}`
    for (let before = this.#running.get(key); before !== undefined; before = this.#running.get(key)) {
      await before.catch(() => undefined)
    }
    const finishing = this.#finish(upload)
    this.#running.set(key, finishing)
    try {
      return await finishing
    } finally {
      this.#running.delete(key)
    }
  }

  async #finish(upload: UploadRow): Promise<UploadVerdict> {
    const { registry, store, counts, arrivingPath } = this.#dependencies
    const { id, tenant, sha256, bytes } = upload
    if ((await registry.image(tenant, sha256)) !== undefined) {
      await this.discard(id)
      counts.duplicates += 1
      return { state: 'confirmed', sha256, bytes }
    }
    const arrived = await stat(arrivingPath(id)).catch(() => undefined)
    if (arrived === undefined && (await store.has({ tenant, sha256 }, bytes))) {
      // It was verified and kept, then the hub ended before the entry.
      return await this.#enter(upload, await this.#mediaTypeOf(upload))
    }
    if (arrived?.size !== bytes) throw new AppError('not-found', 'the bytes of this upload are not all here')
    const { digest, mediaType } = await readWhole(arrivingPath(id))
    if (digest !== sha256) {
      await this.discard(id)
      counts.mismatches += 1
      throw new AppError('image.mismatch', `the hub received bytes whose SHA-256 is ${digest}: send the image again`)
    }
    if (mediaType === undefined) {
      await this.discard(id)
      counts.refusedInvalid += 1
      throw new AppError('image.invalid', 'the file is neither JPEG, TIFF nor PNG')
    }
    await store.keep({ tenant, sha256 }, arrivingPath(id), bytes)
    return await this.#enter(upload, mediaType)
  }

  /** Ends an upload that nothing more is wanted of. */
  async discard(id: string): Promise<void> {
    await rm(this.#dependencies.arrivingPath(id), { force: true })
    await this.#dependencies.registry.forgetUpload(id)
  }

  async #enter(upload: UploadRow, mediaType: string): Promise<UploadVerdict> {
    const { registry, counts, clock, log } = this.#dependencies
    const { id, tenant, gateway, sha256, name, bytes } = upload
    const facts = Value.Parse(ImageFacts, JSON.parse(upload.facts))
    await registry.add({ tenant, gateway, sha256, name, bytes, mediaType, facts, receivedMs: clock.now() }, id)
    counts.confirmed += 1
    counts.bytes += bytes
    log.info({ gateway, sha256, name, bytes, flight: facts.flight }, 'an image is stored')
    return { state: 'confirmed', sha256, bytes }
  }

  async #mediaTypeOf({ tenant, sha256 }: UploadRow): Promise<string> {
    const stream = await this.#dependencies.store.open({ tenant, sha256 })
    for await (const chunk of stream) return imageMediaType(chunk as Buffer) ?? 'application/octet-stream'
    return 'application/octet-stream'
  }
}

async function readWhole(path: string): Promise<{ digest: string; mediaType: ReturnType<typeof imageMediaType> }> {
  const hash = createHash('sha256')
  let mediaType: ReturnType<typeof imageMediaType>
  let first = true
  for await (const chunk of createReadStream(path, { highWaterMark: 262_144 })) {
    if (first) mediaType = imageMediaType(chunk as Buffer)
    first = false
    hash.update(chunk as Buffer)
  }
  return { digest: hash.digest('hex'), mediaType }
}
