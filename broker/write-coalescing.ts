// Gathers what one event-loop turn writes to a connection into one buffer, so that it costs one system call.
import type { Duplex } from 'node:stream'

const smallestBytes = 256
/** Larger chunks go to the socket as they are: copying them costs more than the call that it saves. */
const copiedBytes = 16_384
/** A buffer this full is handed to the socket before the turn ends. */
const handOverBytes = 262_144

type Write = Duplex['write']

const none: Buffer = Buffer.alloc(0)

/** Collects connections with unsent bytes and flushes them all in one setImmediate. */
export class WriteCoalescing {
  #pending: Pen[] = []
  #scheduled = false
  readonly #queueBytes: number

  /** `queueBytes`: unsent bytes from which on `write` says false, which is what holds a publisher back. */
  constructor(queueBytes: number) {
    this.#queueBytes = queueBytes
  }

  /** Puts a pen in front of the connection's `write`; call it before anything writes to the connection. */
  attach(connection: Duplex): Pen {
    const pen = new Pen(connection, (dirty) => this.#schedule(dirty), this.#queueBytes)
    // Own properties in front of the prototype's methods: the connection keeps its type and its events. The MQTT packet
    // writer corks a stream that has `cork`; here the pen does that work once per turn. Writable, because Node itself replaces `write` at the end.
    Object.defineProperty(connection, 'cork', { value: undefined, writable: true })
    Object.defineProperty(connection, 'write', { value: pen.write, writable: true })
    return pen
  }

  flush(): void {
    const pending = this.#pending
    this.#pending = []
    this.#scheduled = false
    for (const pen of pending) pen.flush()
  }

  #schedule(pen: Pen): void {
    this.#pending.push(pen)
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.flush())
  }
}

/** What is written to one connection in this turn. */
export class Pen {
  readonly write: Write
  readonly #connection: Duplex
  readonly #send: Write
  readonly #becameDirty: (pen: Pen) => void
  readonly #queueBytes: number
  #buffer: Buffer = none
  #length = 0
  #dirty = false
  /** What the last turn needed is the best guess for this one. */
  #hintBytes = smallestBytes

  constructor(connection: Duplex, becameDirty: (pen: Pen) => void, queueBytes: number) {
    this.#connection = connection
    this.#send = connection.write.bind(connection)
    this.#becameDirty = becameDirty
    this.#queueBytes = queueBytes
    this.write = (chunk: Uint8Array | string, encoding?: unknown, callback?: unknown) => {
      const plain = callback === undefined && typeof encoding !== 'function' && chunk.length <= copiedBytes
      return plain ? this.#append(chunk) : this.#passOn(chunk, encoding, callback)
    }
  }

  /** More waits than `queueBytes`. True only while the socket owes a 'drain' event, else nobody would be woken. */
  get isFull(): boolean {
    return this.#connection.writableNeedDrain && this.#connection.writableLength > this.#queueBytes
  }

  /** Where `place` made room; another one after each call. */
  get buffer(): Buffer {
    return this.#buffer
  }

  /** Makes room for `bytes` bytes, which the caller fills in at once, and returns where they begin in `buffer`. */
  place(bytes: number): number {
    if (this.#length >= handOverBytes) this.flush()
    this.#reserve(bytes)
    const at = this.#length
    this.#length = at + bytes
    this.#markDirty()
    return at
  }

  flush(): void {
    this.#dirty = false
    if (this.#length === 0) return
    const bytes = this.#buffer.subarray(0, this.#length)
    this.#hintBytes = Math.max(smallestBytes, this.#length + (this.#length >> 2))
    this.#buffer = none
    this.#length = 0
    if (this.#connection.writable) this.#send(bytes)
  }

  /** Keeps the order: what was gathered goes first. */
  #passOn(chunk: Uint8Array | string, encoding: unknown, callback: unknown): boolean {
    this.flush()
    return this.#send(chunk, encoding as BufferEncoding, callback as () => void)
  }

  #append(chunk: Uint8Array | string): boolean {
    if (typeof chunk === 'string') {
      const buffer = this.#reserve(chunk.length * 3)
      this.#length += buffer.write(chunk, this.#length)
    } else {
      this.#reserve(chunk.length).set(chunk, this.#length)
      this.#length += chunk.length
    }
    this.#markDirty()
    if (this.#length >= handOverBytes) this.flush()
    return !this.isFull
  }

  #markDirty(): void {
    if (this.#dirty) return
    this.#dirty = true
    this.#becameDirty(this)
  }

  #reserve(bytes: number): Buffer {
    const needed = this.#length + bytes
    if (this.#buffer.length === 0) {
      this.#buffer = Buffer.allocUnsafe(Math.max(this.#hintBytes, needed))
    } else if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, needed))
      larger.set(this.#buffer.subarray(0, this.#length))
      this.#buffer = larger
    }
    return this.#buffer
  }
}
