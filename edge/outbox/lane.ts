// One epoch of an outbox: its numbering, what of it is acknowledged, and its newest messages in memory.
import type { TailMessage } from './tail-message.ts'

/**
 * Numbers are reserved on disk in blocks before they are used, so that a crash can never lead to a number being used
 * twice: a restart goes on at the end of the block. One block lasts days at ten messages a second.
 */
const reservationBlock = 2 ** 20

export interface Lane {
  epoch: string
  /** The hub has stored everything through here. */
  acked: number
  nextSeq: number
  /** Nothing above this was ever given to the uplink, in this process or an earlier one. */
  takenThrough: number
  /** Seqs below this are reserved on disk; 0 while the lane is not on disk at all, where nothing needs reserving. */
  reserved: number
  /** The highest seq that may have a row on disk; 0: none. */
  storedThrough: number
  /** Acknowledged rows may still be on disk. */
  ackPending: boolean
  /** The newest messages in order of seq; every row on disk that is not also here has a lower seq. */
  tail: TailMessage[]
}

export function createLane(epoch: string): Lane {
  return { epoch, acked: 0, nextSeq: 1, takenThrough: 0, reserved: 0, storedThrough: 0, ackPending: false, tail: [] }
}

/** May the lane number one more message? Not where its reservation is used up. */
export function canNumber(lane: Lane): boolean {
  return lane.reserved === 0 || lane.nextSeq < lane.reserved
}

/** The reservation that the next commit makes: renewed when half of a block is used. */
export function wantedReservation(lane: Lane): number {
  return lane.reserved - lane.nextSeq < reservationBlock / 2 ? lane.nextSeq + reservationBlock : lane.reserved
}

/** Index of the first tail message with a higher seq. */
export function tailIndexAfter(lane: Lane, seq: number): number {
  let low = 0
  let high = lane.tail.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((lane.tail[middle]?.seq ?? Infinity) <= seq) low = middle + 1
    else high = middle
  }
  return low
}

/** Is there nothing left that would ever be sent? */
export function isDrained(lane: Lane): boolean {
  return lane.tail.length === 0 && lane.storedThrough <= lane.acked && !lane.ackPending
}
