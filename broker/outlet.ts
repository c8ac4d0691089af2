// What is sent to one client past aedes: PUBACKs, and copies of other clients' PUBLISH packets with a packet id of its own.
import type { Connection } from './connection.ts'
import type { Clock, Timer } from './contract/ports.ts'
import type { BrokerLimits } from './limits.ts'
import { countClose, type BrokerCounts } from './metrics.ts'
import type { Pen } from './write-coalescing.ts'

/** Larger packets are sent in parts: copying them for each subscriber costs more than a system call. */
const copiedBytes = 16_384
const publishQos0 = 0x30
const publishQos1 = 0x32
const puback = 0x40

/** Whoever is read no further until this outlet takes messages again. */
export interface Waiting {
  drained(outlet: Outlet): void
}

interface OutletOptions {
  readonly limits: BrokerLimits
  readonly counts: BrokerCounts
  readonly clock: Clock
}

export class Outlet {
  readonly #given: OutletOptions
  readonly #connection: Connection
  readonly #pen: Pen
  /** Bound: the connections of the broker. Emptied by a drain, a stall or the close. */
  readonly #waiting = new Set<Waiting>()
  #stall: Timer | undefined

  constructor(given: OutletOptions, connection: Connection, pen: Pen) {
    this.#given = given
    this.#connection = connection
    this.#pen = pen
  }

  /** More bytes wait for this client than `subscriberQueueBytes`: whoever sends more of QoS 1 must wait. */
  get isFull(): boolean {
    return this.#pen.isFull
  }

  /** Writes a PUBACK for the packet id at `idAt` of `bytes`. */
  acknowledge(bytes: Uint8Array, idAt: number): void {
    const at = this.#pen.place(4)
    const { buffer } = this.#pen
    buffer[at] = puback
    buffer[at + 1] = 2
    buffer[at + 2] = bytes[idAt] as number
    buffer[at + 3] = bytes[idAt + 1] as number
  }

  /** Writes the whole packet as it stands in `bytes`. */
  copy(bytes: Buffer, start: number, end: number): void {
    if (end - start > copiedBytes) {
      this.#connection.socket.write(bytes.subarray(start, end))
      return
    }
    const at = this.#pen.place(end - start)
    bytes.copy(this.#pen.buffer, at, start, end)
  }

  /** Writes a PUBLISH of QoS 1 whose packet id stands at `idAt`, with another id and without the DUP flag [MQTT-3.3.1-3]. */
  copyWithId(bytes: Buffer, start: number, end: number, idAt: number, packetId: number): void {
    const headEnd = end - start > copiedBytes ? idAt + 2 : end
    const at = this.#pen.place(headEnd - start)
    const { buffer } = this.#pen
    bytes.copy(buffer, at, start, headEnd)
    buffer[at] = publishQos1
    buffer[at + idAt - start] = packetId >> 8
    buffer[at + idAt - start + 1] = packetId & 0xff
    if (headEnd < end) this.#connection.socket.write(bytes.subarray(headEnd, end))
  }

  /** Writes a PUBLISH of QoS 1 as one of QoS 0: its body from `bodyAt` on, without the packet id at `idAt`. */
  copyWithoutId(bytes: Buffer, bodyAt: number, end: number, idAt: number): void {
    const header = [publishQos0]
    for (let rest = end - bodyAt - 2; header.length === 1 || rest > 0; rest >>= 7) {
      header.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest)
    }
    const { socket } = this.#connection
    socket.write(Buffer.from(header))
    socket.write(bytes.subarray(bodyAt, idAt))
    socket.write(bytes.subarray(idAt + 2, end))
  }

  /** Tells `waiting` once, when the client has taken what waits or is gone. A client that takes nothing in time is ended. */
  whenDrained(waiting: Waiting): void {
    this.#waiting.add(waiting)
    if (this.#stall !== undefined) return
    const { socket } = this.#connection
    this.#stall = this.#given.clock.setTimer(() => {
      countClose(this.#given.counts, this.#connection, 'slow-subscriber')
      socket.destroy()
    }, this.#given.limits.subscriberStallMs)
    const release = () => {
      socket.off('drain', release)
      socket.off('close', release)
      this.#stall?.cancel()
      this.#stall = undefined
      const told = [...this.#waiting]
      this.#waiting.clear()
      for (const each of told) each.drained(this)
    }
    socket.on('drain', release)
    socket.on('close', release)
  }
}
