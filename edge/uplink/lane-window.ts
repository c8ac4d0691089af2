// What of one epoch is on its way to the hub, and the `prev` promise that each message carries (broker/contract/envelope.ts).

/** Owner: the uplink. At most the uplink's window of messages is in flight; nothing is dropped, sending waits. */
export class LaneWindow {
  readonly epoch: string
  /** The highest seq sent since the last start; 0: the next message is the first one and promises nothing before it. */
  sentThrough = 0
  /** Sent and not acknowledged, in order. */
  #inFlight: number[] = []
  #rewoundUntilMs: number | undefined
  /** Monotonic time since which the hub owes an ack. */
  #waitingSinceMs = 0

  constructor(epoch: string) {
    this.epoch = epoch
  }

  get inFlight(): number {
    return this.#inFlight.length
  }

  /** Notes the sending of `seq` and returns its `prev`. */
  sent(seq: number, nowMs: number): number {
    const prev = this.sentThrough
    if (this.#inFlight.length === 0) this.#waitingSinceMs = nowMs
    this.sentThrough = seq
    this.#inFlight.push(seq)
    return prev
  }

  /** Everything through here arrived. */
  acked(through: number, nowMs: number): void {
    this.#waitingSinceMs = nowMs
    const kept = this.#inFlight.findIndex((seq) => seq > through)
    this.#inFlight = kept < 0 ? [] : this.#inFlight.slice(kept)
    this.#rewoundUntilMs = undefined
  }

  /** How long the hub has owed an ack, in ms; 0 while nothing is in flight. */
  waitedMs(nowMs: number): number {
    return this.#inFlight.length === 0 ? 0 : nowMs - this.#waitingSinceMs
  }

  /** Starts again from the first message that is held; the next one carries prev 0. */
  restart(): void {
    this.sentThrough = 0
    this.#inFlight = []
  }

  /**
   * The hub saw a gap. Each message that was behind the gap asks for the same rewind: after the first, others are ignored
   * until an ack advances or `guardMs` has passed. Returns whether the lane was restarted.
   */
  rewind(nowMs: number, guardMs: number): boolean {
    if (this.#rewoundUntilMs !== undefined && nowMs < this.#rewoundUntilMs) return false
    this.#rewoundUntilMs = nowMs + guardMs
    this.restart()
    return true
  }
}
