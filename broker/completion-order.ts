// Keeps the answers of one connection in the order of its messages when some must wait for a commit and some need not.

type Callback = (error?: Error) => void

interface Waiting {
  readonly callback: Callback
  settled: boolean
  error: Error | undefined
}

/**
 * [MQTT-4.6.0-2]: PUBACKs are sent in the order of the PUBLISH packets.
 * Queue: bounded by MessageLane's `maxWaiting` and one socket read, beyond which the connection is not read. Owner: the connection.
 */
export class CompletionOrder {
  readonly #waiting: Waiting[] = []

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  get size(): number {
    return this.#waiting.length
  }

  /** Returns the function that settles this message; its callback runs when all earlier ones have run. */
  enter(callback: Callback): (error?: Error) => void {
    const entry: Waiting = { callback, settled: false, error: undefined }
    this.#waiting.push(entry)
    return (error) => {
      if (entry.settled) return
      entry.settled = true
      entry.error = error
      this.#release()
    }
  }

  #release(): void {
    while (this.#waiting[0]?.settled === true) {
      const entry = this.#waiting.shift()
      entry?.callback(entry.error)
    }
  }
}
