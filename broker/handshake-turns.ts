// Lets accepted connections begin their TLS handshakes in turn, so that of a storm of thousands each is served soon after the one before.
import type { Socket } from 'node:net'

/** Handshakes begun in one turn of the event loop, some 20 ms of work; those under way go on in between. */
const perTurn = 16

/**
 * Without it every connection of a storm begins at once and each step of each waits for all the others; those that take longer
 * than their time limit are cut off and begin again, which costs as much as what they had done. Handshakes under way are not
 * counted, so slow ones hold nobody up. Bound: the open connections of the door, which is the owner. Nothing is dropped.
 */
export class HandshakeTurns {
  readonly #begin: (socket: Socket) => void
  #waiting: Socket[] = []
  #begunInTurn = 0
  #turnEnds = false

  /** `begin` is called once for each socket, in the order in which they came. */
  constructor(begin: (socket: Socket) => void) {
    this.#begin = begin
  }

  enter(socket: Socket): void {
    this.#waiting.push(socket)
    this.#beginSome()
  }

  #beginSome(): void {
    const room = perTurn - this.#begunInTurn
    const some = this.#waiting.splice(0, room)
    this.#begunInTurn += some.length
    if (some.length > 0) this.#endTurn()
    for (const socket of some) if (!socket.destroyed) this.#begin(socket)
  }

  #endTurn(): void {
    if (this.#turnEnds) return
    this.#turnEnds = true
    setImmediate(() => {
      this.#turnEnds = false
      this.#begunInTurn = 0
      this.#beginSome()
    })
  }
}
