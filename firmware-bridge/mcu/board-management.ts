// What can be asked of a board's SMP server: its images, an upload, test, confirmation, reset.
import { AppError } from '../../broker/contract/app-error.ts'
import type { CborValue } from '../../broker/contract/cbor.ts'
import type { FirmwareImage } from './mcuboot-image.ts'
import type { SmpClient } from './smp-client.ts'
import { encodeSmpMessage, type SmpBody } from './smp-message.ts'

/** One image in a slot, as the board lists it. Slot 0 runs, slot 1 waits. */
export interface BoardImage {
  readonly slot: number
  readonly version: string
  readonly hash: Buffer
  readonly active: boolean
  readonly confirmed: boolean
  readonly pending: boolean
  readonly permanent: boolean
}

export interface UploadAnswer {
  /** Where the board wants to go on. */
  readonly offset: number
  /** With the last chunk, where the board checks: whether what it wrote has the hash of the file. */
  readonly isIntact: boolean | undefined
}

/** Time limits of one attempt, ms. The first chunk of an upload waits for a slot to be erased. */
export interface ManagementLimits {
  readonly answerMs: number
  readonly firstChunkMs: number
  readonly attempts: number
}

export const usualLimits: ManagementLimits = { answerMs: 3000, firstChunkMs: 40_000, attempts: 4 }

const os = { group: 0, echo: 0, reset: 5, parameters: 6 } as const
const image = { group: 1, state: 0, upload: 1 } as const
/** Of a board that does not tell: three lines of its console. */
const usualBufferBytes = 256
/** Length and CRC stand in the buffer too. */
const transportBytes = 4
/** The head of a byte string of up to 65,535 bytes. */
const bytesHeadBytes = 3
const minChunkBytes = 32
const maxChunkBytes = 4096

export class BoardManagement {
  readonly #client: SmpClient
  readonly #limits: ManagementLimits

  constructor(client: SmpClient, limits: ManagementLimits) {
    this.#client = client
    this.#limits = limits
  }

  /** What the board says back. */
  async echo(text: string, signal: AbortSignal): Promise<string> {
    const { r } = await this.#ask(2, os.group, os.echo, { d: text }, signal)
    return typeof r === 'string' ? r : ''
  }

  /** The images of the board's first (for nearly all boards: only) application. */
  async images(signal: AbortSignal): Promise<readonly BoardImage[]> {
    return imagesOf(await this.#ask(0, image.group, image.state, {}, signal))
  }

  /** Asks the boot loader to try this image at the next start, once. */
  async test(hash: Buffer, signal: AbortSignal): Promise<void> {
    await this.#ask(2, image.group, image.state, { hash, confirm: false }, signal)
  }

  /** Keeps what runs now. Without a hash on purpose: by a hash an image that does not run would be made the next one for good. */
  async confirm(signal: AbortSignal): Promise<void> {
    await this.#ask(2, image.group, image.state, { confirm: true }, signal)
  }

  /** The answer may be lost with the reset itself, so that silence is none of its faults. */
  async reset(signal: AbortSignal): Promise<void> {
    try {
      await this.#ask(2, os.group, os.reset, {}, signal, { attempts: 1 })
    } catch (error) {
      if (signal.aborted || !(error instanceof AppError) || error.code === 'driver.exception') throw error
    }
  }

  /** Bytes of an image that fit into one request. */
  async chunkBytes(firmware: FirmwareImage, signal: AbortSignal): Promise<number> {
    const bufferBytes = await this.#bufferBytes(signal)
    const request = { op: 2, group: image.group, command: image.upload, seq: 255 } as const
    const empty = encodeSmpMessage({ ...request, body: chunkBody(firmware, 0, new Uint8Array()) })
    const free = bufferBytes - transportBytes - empty.length - bytesHeadBytes
    return Math.max(minChunkBytes, Math.min(maxChunkBytes, free))
  }

  /** Sends the bytes from `offset` on; the board says where to go on. */
  async upload(
    firmware: FirmwareImage,
    offset: number,
    chunkBytes: number,
    signal: AbortSignal,
  ): Promise<UploadAnswer> {
    const chunk = firmware.bytes.subarray(offset, offset + chunkBytes)
    const timeoutMs = offset === 0 ? this.#limits.firstChunkMs : this.#limits.answerMs
    const body = chunkBody(firmware, offset, chunk)
    const { off, match } = await this.#ask(2, image.group, image.upload, body, signal, { timeoutMs, attempts: 1 })
    if (typeof off !== 'number' || !Number.isSafeInteger(off) || off < 0 || off > firmware.bytes.length) {
      throw new AppError('driver.frame', `the board goes on where the image has no bytes`)
    }
    return { offset: off, isIntact: typeof match === 'boolean' ? match : undefined }
  }

  async #bufferBytes(signal: AbortSignal): Promise<number> {
    try {
      const { buf_size: bytes } = await this.#ask(0, os.group, os.parameters, {}, signal)
      return typeof bytes === 'number' && bytes > 0 ? bytes : usualBufferBytes
    } catch (error) {
      if (error instanceof AppError && error.code === 'driver.exception') return usualBufferBytes
      throw error
    }
  }

  async #ask(
    op: 0 | 2,
    group: number,
    command: number,
    body: SmpBody,
    signal: AbortSignal,
    limits: { readonly timeoutMs?: number; readonly attempts?: number } = {},
  ): Promise<SmpBody> {
    const { answerMs: timeoutMs, attempts } = this.#limits
    return await this.#client.ask({ op, group, command, body, timeoutMs, attempts, ...limits }, signal)
  }
}

/** Length and hash stand only in the first chunk: by the hash the board knows an upload that was broken off. */
function chunkBody(firmware: FirmwareImage, offset: number, data: Uint8Array): SmpBody {
  if (offset > 0) return { off: offset, data }
  return { off: 0, len: firmware.bytes.length, sha: firmware.fileHash, data }
}

function imagesOf({ images }: SmpBody): readonly BoardImage[] {
  if (!Array.isArray(images)) throw new AppError('driver.frame', 'the board lists no images')
  return images.flatMap((entry: CborValue) => {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry) || entry instanceof Uint8Array) return []
    const { image: number, slot, version, hash, active, confirmed, pending, permanent } = entry as SmpBody
    if ((number !== undefined && number !== 0) || typeof slot !== 'number' || !(hash instanceof Uint8Array)) return []
    return [
      {
        slot,
        version: typeof version === 'string' ? version : '?',
        hash: Buffer.from(hash),
        // Boards with frugal lists leave out what is false.
        active: active === true,
        confirmed: confirmed === true,
        pending: pending === true,
        permanent: permanent === true,
      },
    ]
  })
}
