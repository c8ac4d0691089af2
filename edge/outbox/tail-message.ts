// A message that is still (also) in memory: open while samples join it, sealed once its pack is final; an event is sealed from the start.
import { encodePack } from '../../broker/contract/pack-codec.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import { messageOverheadBytes, type OutboxMessage, type Priority } from './message.ts'

/** A message is sealed when it holds this many readings or about this many bytes, whichever is first. */
const maxReadingsPerMessage = 200
const maxBytesPerMessage = 48 * 1024

/** Owner: one lane of one outbox. */
export class TailMessage {
  epoch: string
  readonly seq: number
  readonly priority: Priority
  /** Monotonic time of the oldest sample that the disk does not have, and its number among all that were appended. */
  dirtySince: { readonly ms: number; readonly append: number }
  /** True while memory holds more than the disk does. */
  dirty = true
  /** True once a row of this message, perhaps an older state of it, may be on disk. */
  stored = false
  #samples: Sample[] | undefined = []
  #pack: Uint8Array | undefined
  #due = false
  #readings = 0
  #oldestMs = Infinity
  #estimatedBytes = messageOverheadBytes

  constructor(identity: {
    readonly epoch: string
    readonly seq: number
    readonly priority: Priority
    readonly dirtySince: TailMessage['dirtySince']
  }) {
    this.epoch = identity.epoch
    this.seq = identity.seq
    this.priority = identity.priority
    this.dirtySince = identity.dirtySince
  }

  /** A message that is one encoded event. */
  static ofEvent(identity: ConstructorParameters<typeof TailMessage>[0], body: Uint8Array): TailMessage {
    const message = new TailMessage(identity)
    message.#samples = undefined
    message.#pack = body
    message.#estimatedBytes += body.length
    return message
  }

  get open(): boolean {
    return this.#samples !== undefined
  }

  get readings(): number {
    return this.#readings
  }

  /** About how much memory and disk the message takes. */
  get bytes(): number {
    return this.#estimatedBytes
  }

  /** Has it waited long enough for others to join, so that the uplink may take it? */
  get due(): boolean {
    return this.#due
  }

  get full(): boolean {
    return this.#readings >= maxReadingsPerMessage || this.#estimatedBytes >= maxBytesPerMessage
  }

  /** Unix ms of its oldest reading; Infinity: it is an event. */
  get oldestMs(): number {
    return this.#oldestMs
  }

  /** Joins a sample to an open message; returns the bytes that it adds. */
  add(sample: Sample): number {
    const bytes = estimatedSampleBytes(sample)
    this.#samples?.push(sample)
    this.#pack = undefined
    this.#readings += 1
    this.#oldestMs = Math.min(this.#oldestMs, sample.timeMs)
    this.#estimatedBytes += bytes
    this.dirty = true
    return bytes
  }

  /** The message with its pack as of now. Samples that cannot be encoded are left out and told to `dropped`. */
  snapshot(dropped: (readings: number) => void): OutboxMessage {
    this.#pack ??= this.#encode(dropped)
    return { epoch: this.epoch, seq: this.seq, priority: this.priority, readings: this.#readings, pack: this.#pack }
  }

  markDue(): void {
    this.#due = true
  }

  seal(dropped: (readings: number) => void): void {
    this.#pack ??= this.#encode(dropped)
    this.#samples = undefined
  }

  #encode(dropped: (readings: number) => void): Uint8Array {
    const samples = this.#samples ?? []
    try {
      return encodePack(samples, 'cbor')
    } catch {
      const sound = samples.filter(isEncodable)
      dropped(samples.length - sound.length)
      this.#samples = sound
      this.#readings = sound.length
      return sound.length === 0 ? new Uint8Array(0) : encodePack(sound, 'cbor')
    }
  }
}

function isEncodable(sample: Sample): boolean {
  try {
    return encodePack([sample], 'cbor').length > 0
  } catch {
    return false
  }
}

/** Upper estimate of a CBOR record: name, unit, time, value, quality with reason. */
function estimatedSampleBytes(sample: Sample): number {
  const text = typeof sample.value === 'string' ? sample.value.length * 3 : 0
  return sample.name.length + (sample.unit?.length ?? 0) + 32 + text
}
