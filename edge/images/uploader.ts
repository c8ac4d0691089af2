// Sends what waits in the spool to the hub, piece by piece, until the hub has confirmed each image whole.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm, stat, unlink } from 'node:fs/promises'
import type { DetailedError, Upload as TusUpload, UploadOptions } from 'tus-js-client'
import { AppError, errorCodes, toAppError, type ErrorCode } from '../../broker/contract/app-error.ts'
import { byHashPath, uploadsPath } from '../../broker/contract/images.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import { isSystemFault } from '../../broker/contract/system-fault.ts'
import type { Counters } from '../counters.ts'
import { createBackoff, type Backoff } from '../uplink/backoff.ts'
import { fileReader, type HubAnswer, type HubRequests } from './hub-requests.ts'
import type { ChunkSize } from './pacing.ts'
import type { Spool, SpooledImage } from './spool.ts'
import { isOpen, type UploadHours } from './upload-hours.ts'

export interface UploaderOptions {
  /** `https://host:port` */
  readonly url: string
  readonly parallel: number
  readonly hours: UploadHours | undefined
  readonly zone: string
  readonly retryBaseMs: number
  readonly retryCapMs: number
}

export interface UploaderDependencies {
  readonly spool: Spool
  readonly requests: HubRequests
  readonly chunk: ChunkSize
  readonly counters: Counters
  readonly clock: Clock
  readonly log: Log
  /** [0, 1) */
  readonly random: () => number
}

/** Another program may have put something into the spool. */
const lookAgainMs = 5000

type Outcome = 'confirmed' | 'set-aside' | 'paused'

export class Uploader {
  readonly #options: UploaderOptions
  readonly #dependencies: UploaderDependencies
  readonly #claimed = new Set<number>()
  /** Wakes of waits that are going on. Bound: one per parallel upload. */
  readonly #waits = new Set<() => void>()
  readonly #open = new Set<TusUpload>()
  #aborts = new Set<(reason: AppError) => void>()
  #stopped = false
  #running: readonly Promise<void>[] = []

  constructor(options: UploaderOptions, dependencies: UploaderDependencies) {
    this.#options = options
    this.#dependencies = dependencies
  }

  start(): void {
    this.#running = Array.from({ length: this.#options.parallel }, () => this.#run())
  }

  /** Something was put into the spool. */
  wake(): void {
    for (const wake of this.#waits) wake()
  }

  /** Breaks off what is being sent; the next start goes on from there. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.wake()
    await this.#breakOff('the gateway stops')
    await Promise.all(this.#running)
  }

  async #run(): Promise<void> {
    const { spool, clock, log, random, counters } = this.#dependencies
    const { hours, zone, retryBaseMs, retryCapMs } = this.#options
    const backoff = createBackoff({ baseMs: retryBaseMs, capMs: retryCapMs, random })
    while (!this.#stopped) {
      try {
        await this.#clean()
        const image = isOpen(hours, zone, clock.now()) ? spool.next([...this.#claimed]) : undefined
        if (image === undefined) await this.#wait(lookAgainMs)
        else await this.#uploadClaimed(image, backoff)
      } catch (thrown) {
        if (this.#stopped) return
        const error = toAppError(thrown, 'uplink.refused')
        const waitMs = backoff.next()
        counters.add('image_upload_failures', error.code)
        log.warn(
          { err: error, code: error.code, waitMs: Math.round(waitMs) },
          'an image was not taken; it is tried again',
        )
        this.#dependencies.chunk.begin()
        await this.#wait(waitMs)
      }
    }
  }

  async #uploadClaimed(image: SpooledImage, backoff: Backoff): Promise<void> {
    this.#claimed.add(image.id)
    try {
      const outcome = await this.#upload(image)
      if (outcome !== 'paused') backoff.reset()
    } finally {
      this.#claimed.delete(image.id)
    }
  }

  async #upload(image: SpooledImage): Promise<Outcome> {
    const path = image.copy ?? image.path
    const file = await stat(path).catch(() => undefined)
    if (file === undefined) return this.#setAside(image, 'missing', 'its file is not there (any more)')
    if (file.size !== image.bytes || image.sha256 === undefined || image.facts === undefined) {
      return this.#setAside(image, 'found', 'its file has changed since it was read')
    }
    try {
      if (await this.#isConfirmed(image.sha256)) return this.#confirm(image, 'known')
      const answer = await this.#send(image, path)
      if (answer === 'paused') return 'paused'
      // An upload that was whole before this program began ends without the hub's word: it is asked for.
      if (saysConfirmed(answer, image.sha256) || (await this.#isConfirmed(image.sha256))) {
        return this.#confirm(image, 'sent')
      }
      this.#dependencies.spool.settle(image, 'hashed', undefined)
      throw new AppError('uplink.refused', 'the hub has the bytes of an image, but does not confirm them')
    } catch (thrown) {
      return await this.#refused(image, path, toAppError(thrown, 'uplink.refused'))
    }
  }

  #confirm(image: SpooledImage, how: 'sent' | 'known'): 'confirmed' {
    const { spool, counters, log } = this.#dependencies
    spool.confirmed(image.id)
    counters.add('images_confirmed', how)
    if (how === 'sent') counters.add('image_bytes_confirmed', 'sent', image.bytes)
    log.info({ path: image.path, sha256: image.sha256, how }, 'the hub has an image')
    return 'confirmed'
  }

  /** What can be mended is thrown again, for the next attempt. */
  async #refused(image: SpooledImage, path: string, error: AppError): Promise<Outcome> {
    const { spool } = this.#dependencies
    if (error.code === 'image.invalid') return this.#setAside(image, 'refused', error.message)
    if (error.code !== 'image.mismatch') throw error
    // Either the way to the hub, or the file here: it is read again to know.
    if ((await hashOf(path)) !== image.sha256)
      return this.#setAside(image, 'found', 'its content has changed since it was read')
    spool.settle(image, 'hashed', undefined)
    throw error
  }

  #setAside(image: SpooledImage, state: 'found' | 'missing' | 'refused', fault: string): 'set-aside' {
    const { spool, counters, log } = this.#dependencies
    spool.settle(image, state, fault)
    counters.add('images_set_aside', state)
    log.warn({ path: image.path, state }, `an image is not sent: ${fault}`)
    return 'set-aside'
  }

  async #isConfirmed(sha256: string): Promise<boolean> {
    const answer = await this.#dependencies.requests.get(byHashPath(sha256))
    if (answer.status === 404) return false
    if (saysConfirmed(answer, sha256)) return true
    throw problemOf(answer)
  }

  async #send(image: SpooledImage, path: string): Promise<HubAnswer | 'paused'> {
    const { spool, requests, chunk, clock } = this.#dependencies
    const { Upload } = await import('tus-js-client')
    const { promise, resolve, reject } = Promise.withResolvers<HubAnswer | 'paused'>()
    const { url, hours, zone } = this.#options
    const options: UploadOptions = {
      endpoint: `${url}${uploadsPath}`,
      uploadUrl: image.upload === undefined ? null : new URL(image.upload, url).href,
      uploadSize: image.bytes,
      chunkSize: chunk.bytes,
      metadata: { sha256: image.sha256 ?? '', name: image.name, facts: JSON.stringify(image.facts) },
      httpStack: requests.stack,
      fileReader: fileReader(image.bytes),
      // Retries are this file's, storage is the spool.
      retryDelays: null,
      storeFingerprintForResuming: false,
      onUploadUrlAvailable: () => spool.uploading(image.id, upload.url === null ? null : new URL(upload.url).pathname),
      onChunkComplete: () => {
        upload.options.chunkSize = chunk.bytes
        if (isOpen(hours, zone, clock.now())) return
        void upload.abort()
        resolve('paused')
      },
      onSuccess: ({ lastResponse }) => resolve({ status: lastResponse.getStatus(), body: lastResponse.getBody() }),
      onError: (error) => reject(uploadError(error)),
    }
    const upload = new Upload(path as never, options)
    this.#open.add(upload)
    this.#aborts.add(reject)
    upload.start()
    try {
      return await promise
    } finally {
      this.#open.delete(upload)
      this.#aborts.delete(reject)
    }
  }

  async #breakOff(why: string): Promise<void> {
    await Promise.all([...this.#open].map(async (upload) => await upload.abort()))
    for (const abort of this.#aborts) abort(new AppError('uplink.refused', why))
    this.#dependencies.requests.close()
  }

  /** Copies, and originals where that is configured, go only now; a crash before it is made good by the next round. */
  async #clean(): Promise<void> {
    const { spool, counters } = this.#dependencies
    for (const image of spool.cleanable()) {
      if (image.copy !== undefined) await rm(image.copy, { force: true })
      if (image.remove) await removeUnchanged(image, counters)
      spool.cleaned(image.id)
    }
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#stopped) {
        resolve()
        return
      }
      const wake = (): void => {
        timer.cancel()
        this.#waits.delete(wake)
        resolve()
      }
      const timer = this.#dependencies.clock.setTimer(wake, delayMs)
      this.#waits.add(wake)
    })
  }
}

/** The card may by now be another one: only the very file that was read is deleted. A read-only card keeps it, counted. */
async function removeUnchanged({ path, bytes, mtimeMs }: SpooledImage, counters: Counters): Promise<void> {
  const file = await stat(path).catch(() => undefined)
  if (file === undefined || file.size !== bytes || file.mtimeMs !== mtimeMs) return
  try {
    await unlink(path)
    counters.add('image_originals', 'removed')
  } catch (thrown) {
    // Another upload beside this one was faster.
    if (isSystemFault(thrown, 'ENOENT')) return
    counters.add('image_originals', 'not-removed')
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

function saysConfirmed({ status, body }: HubAnswer, sha256: string): boolean {
  if (status !== 200) return false
  const verdict = parsed(body)
  return verdict['state'] === 'confirmed' && verdict['sha256'] === sha256
}

function uploadError(error: Error | DetailedError): AppError {
  const response = 'originalResponse' in error ? error.originalResponse : null
  if (response !== null) return problemOf({ status: response.getStatus(), body: response.getBody() })
  const cause = 'causingError' in error ? error.causingError : undefined
  return toAppError(cause ?? error, 'uplink.refused')
}

/** The hub answers with problem documents, which carry our own codes. */
function problemOf({ status, body }: HubAnswer): AppError {
  const { code, detail } = parsed(body)
  const known = typeof code === 'string' && code in errorCodes ? (code as ErrorCode) : 'uplink.refused'
  return new AppError(known, typeof detail === 'string' ? detail : `the hub answered ${status}`)
}

function parsed(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
