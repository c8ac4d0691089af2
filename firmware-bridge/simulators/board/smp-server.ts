// The SMP server of a simulated board: OS and image management as Zephyr answers them, and wrongly on demand.
import { createHash } from 'node:crypto'
import type { CborValue } from '../../../broker/contract/cbor.ts'
import type { SmpBody, SmpMessage } from '../../mcu/smp-message.ts'
import type { BoardFaults } from './board-faults.ts'
import type { BoardFlash } from './board-flash.ts'

export interface SmpServerOptions {
  readonly flash: BoardFlash
  readonly faults: BoardFaults
  /** What the board says of its buffer; undefined: it does not know the question. */
  readonly bufferBytes: number | undefined
  /** The board starts anew, after its answer went out. */
  readonly restart: () => void
}

interface Upload {
  readonly size: number
  readonly sha: string
  readonly bytes: Buffer
  offset: number
}

/** zephyr/mgmt/mcumgr/grp/img_mgmt/img_mgmt.h, and MGMT_ERR_ENOTSUP. */
const imageErrors = { hashNotFound: 8, noFreeSlot: 9, invalidHeaderMagic: 23, alreadyPending: 28, dataOverrun: 31 }
const notSupported = 8
const imageMagic = 0x96f3b83d

export class SmpServer {
  readonly #options: SmpServerOptions
  /** In the board's memory: a start forgets it. */
  #upload: Upload | undefined
  uploadRequests = 0

  constructor(options: SmpServerOptions) {
    this.#options = options
  }

  /** The answer to a request, or undefined where none goes out. */
  answer(request: SmpMessage): SmpMessage | undefined {
    const body = this.#bodyOf(request)
    if (body === undefined) return undefined
    return { ...request, op: request.op === 0 ? 1 : 3, body }
  }

  forget(): void {
    this.#upload = undefined
  }

  #bodyOf({ group, command, op, body }: SmpMessage): SmpBody | undefined {
    const { bufferBytes, restart } = this.#options
    if (group === 0 && command === 0) return { r: body['d'] }
    if (group === 0 && command === 5) {
      if (!this.#options.faults.ignoresResets) restart()
      return {}
    }
    if (group === 0 && command === 6 && bufferBytes !== undefined) return { buf_size: bufferBytes, buf_count: 2 }
    if (group === 1 && command === 0) return op === 0 ? this.#list() : this.#setState(body)
    if (group === 1 && command === 1) return this.#takeChunk(body)
    return { rc: notSupported }
  }

  #list(): SmpBody {
    return { images: this.#options.flash.states() as unknown as CborValue, splitStatus: 0 }
  }

  #setState({ hash, confirm }: SmpBody): SmpBody {
    const { flash, faults } = this.#options
    const states = flash.states()
    const wanted = hash instanceof Uint8Array ? states.find((state) => state.hash.equals(hash)) : states[0]
    if (wanted === undefined) return imageError(imageErrors.hashNotFound)
    if (confirm === true && faults.forgetsConfirm) return this.#list()
    const isDone = confirm === true ? flash.confirm() : flash.markForTest(wanted.slot)
    return isDone ? this.#list() : imageError(imageErrors.alreadyPending)
  }

  #takeChunk(body: SmpBody): SmpBody | undefined {
    const { faults } = this.#options
    this.uploadRequests += 1
    if (faults.droppedChunks > 0) {
      faults.droppedChunks -= 1
      return undefined
    }
    const answer = this.#write(body)
    if (faults.restartsAtByte !== undefined && (this.#upload?.offset ?? 0) >= faults.restartsAtByte) {
      faults.restartsAtByte = undefined
      this.#options.restart()
      return undefined
    }
    if (faults.droppedAnswers > 0) {
      faults.droppedAnswers -= 1
      return undefined
    }
    if (faults.wrongOffsets > 0 && typeof answer['off'] === 'number') {
      faults.wrongOffsets -= 1
      return { off: Math.max(0, answer['off'] - 7) }
    }
    return answer
  }

  #write({ off, len, sha, data }: SmpBody): SmpBody {
    if (!(data instanceof Uint8Array)) return { rc: 3 }
    if (off === 0) {
      const begun = this.#begin(len, sha, data)
      if (begun !== undefined) return begun
    }
    const upload = this.#upload
    if (upload === undefined || off !== upload.offset) return { off: upload?.offset ?? 0 }
    if (upload.offset + data.length > upload.size) return imageError(imageErrors.dataOverrun)
    upload.bytes.set(data, upload.offset)
    upload.offset += data.length
    return upload.offset === upload.size ? this.#complete(upload) : { off: upload.offset }
  }

  /** Undefined where the first chunk is to be written. */
  #begin(len: CborValue, sha: CborValue, data: Uint8Array): SmpBody | undefined {
    if (Buffer.from(data).readUInt32LE(0) !== imageMagic) return imageError(imageErrors.invalidHeaderMagic)
    const key = sha instanceof Uint8Array ? Buffer.from(sha).toString('hex') : ''
    if (this.#upload !== undefined && key !== '' && this.#upload.sha === key) return { off: this.#upload.offset }
    const { flash } = this.#options
    if (!flash.isOtherFree) return imageError(imageErrors.noFreeSlot)
    flash.erase()
    const size = Number(len)
    this.#upload = { size, sha: key, bytes: Buffer.alloc(size), offset: 0 }
    return undefined
  }

  #complete({ size, sha, bytes }: Upload): SmpBody {
    const { flash, faults } = this.#options
    if (faults.spoilsFlash) bytes.writeUInt8(bytes.readUInt8(40) ^ 0xff, 40)
    this.#upload = undefined
    flash.write(bytes)
    return { off: size, match: createHash('sha256').update(bytes).digest('hex') === sha }
  }
}

function imageError(rc: number): SmpBody {
  return { err: { group: 1, rc } }
}
