// What a simulated board does wrong, set while it runs; counts go down as they are used up.

/** What an image does that is not the one the board came with. `dead`: nothing. `mute`: SMP, no readings. `ill`: bad readings. */
type NewImageBehaviour = 'well' | 'dead' | 'mute' | 'ill'

export interface BoardFaults {
  /** Upload requests that go unheard. */
  droppedChunks: number
  /** Answers to upload requests that do not come back, though the chunk was written. */
  droppedAnswers: number
  /** Answers to upload requests that name a wrong offset. */
  wrongOffsets: number
  /** The board starts anew when an upload has come this far. */
  restartsAtByte: number | undefined
  /** SMP answers with a wrong check sum. */
  spoiledAnswers: number
  newImage: NewImageBehaviour
  /** A watchdog starts a dead board anew after this time. */
  watchdogMs: number | undefined
  /** Answers that it will restart, and does not. */
  ignoresResets: boolean
  /** The boot loader only overwrites: what is on trial stays. */
  neverReverts: boolean
  /** The boot loader refuses every new image. */
  refusesImages: boolean
  /** Says that a confirmation is done, and forgets it. */
  forgetsConfirm: boolean
  /** The uploaded bytes do not arrive in the flash as they were sent. */
  spoilsFlash: boolean
  repeatsFrames: boolean
  /** Noise and log text between frames. */
  garbage: boolean
  /** Hears and says nothing. */
  silent: boolean
}

export function noBoardFaults(): BoardFaults {
  return {
    droppedChunks: 0,
    droppedAnswers: 0,
    wrongOffsets: 0,
    restartsAtByte: undefined,
    spoiledAnswers: 0,
    newImage: 'well',
    watchdogMs: undefined,
    ignoresResets: false,
    neverReverts: false,
    refusesImages: false,
    forgetsConfirm: false,
    spoilsFlash: false,
    repeatsFrames: false,
    garbage: false,
    silent: false,
  }
}
