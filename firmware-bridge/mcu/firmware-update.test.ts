import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { createFirmwareFile } from '../simulators/board/firmware-file.ts'
import { SimulatedBoard, type SimulatedBoardOptions } from '../simulators/board/simulated-board.ts'
import { encodeBoardFrame } from './board-frame.ts'
import { BoardSession } from './board-session.ts'
import { updateBoard, type UpdateOutcome, type UpdatePolicy, type UpdateState } from './firmware-update.ts'
import { readFirmwareImage } from './mcuboot-image.ts'

const factoryImage = createFirmwareFile({ version: { major: 1, minor: 0, revision: 0 }, bodyBytes: 2000 })
const newImage = readFirmwareImage(
  createFirmwareFile({ version: { major: 1, minor: 1, revision: 0, build: 7 }, bodyBytes: 6000, seed: 2 }),
)
const factoryHash = readFirmwareImage(factoryImage).hash
/** Short where silence must be waited for; everything that is to succeed has the whole test's time. */
const limits = { answerMs: 150, firstChunkMs: 300, attempts: 3 }
const policy: UpdatePolicy = { goodPacks: 2, proofLimitMs: 5000, startLimitMs: 5000, stallLimitMs: 5000, pollMs: 5 }

describe('An update of a board', () => {
  let board: SimulatedBoard
  let states: UpdateState[]
  let abort: AbortController

  const boot = async (options: Partial<SimulatedBoardOptions> = {}) => {
    board = await SimulatedBoard.start({
      clock: systemClock,
      line: { port: 0 },
      factoryImage,
      intervalMs: 10,
      startMs: 20,
      smpBufferBytes: 512,
      ...options,
    })
  }
  const update = async (
    over: Partial<UpdatePolicy> = {},
    onProgress: (offset: number) => void = () => undefined,
    signal = abort.signal,
  ): Promise<UpdateOutcome> => {
    const session = new BoardSession({
      address: { host: '127.0.0.1', port: board.port },
      framing: 'cobs',
      clock: systemClock,
      log: silentLog,
      limits,
    })
    session.open()
    try {
      return await updateBoard(newImage, {
        session,
        clock: systemClock,
        log: silentLog,
        policy: { ...policy, ...over },
        signal,
        onState: (state) => void states.push(state),
        onProgress,
      })
    } finally {
      await session.close()
    }
  }
  const runs = () => {
    const active = board.flash.states().find((state) => state.active)
    return { version: active?.version, confirmed: active?.confirmed }
  }
  const old = { version: '1.0.0', confirmed: true }

  beforeEach(() => {
    states = []
    abort = new AbortController()
  })

  afterEach(async () => {
    await board.close()
  })

  it('uploads, tries, proves and confirms', async () => {
    await boot()
    expect(await update()).toMatchObject({ result: 'confirmed', reason: 'updated' })
    expect(states).toEqual(['inspect', 'upload', 'mark', 'restart', 'await-start', 'prove', 'confirm'])
    expect(runs()).toEqual({ version: '1.1.0.7', confirmed: true })
    expect(board.flash.running.equals(newImage.bytes)).toBe(true)
    board.restart()
    expect(runs()).toEqual({ version: '1.1.0.7', confirmed: true })
  })

  it('that was done before does nothing', async () => {
    await boot()
    await update()
    expect(await update()).toMatchObject({ result: 'unchanged', reason: 'already-running' })
  })

  it('works with a board that does not tell its buffer, and with one whose buffer is small', async () => {
    await boot({ smpBufferBytes: undefined })
    expect(await update()).toMatchObject({ result: 'confirmed' })
    await board.close()
    await boot({ smpBufferBytes: 140 })
    expect(await update()).toMatchObject({ result: 'confirmed' })
  })

  it('sends again what the board did not hear, or what its answer was lost of', async () => {
    await boot()
    board.faults.droppedChunks = 2
    board.faults.droppedAnswers = 2
    expect(await update()).toMatchObject({ result: 'confirmed' })
  })

  it('follows the board where it names another offset', async () => {
    await boot()
    board.faults.wrongOffsets = 5
    expect(await update()).toMatchObject({ result: 'confirmed' })
  })

  it('asks again where an answer has a wrong check sum', async () => {
    await boot()
    board.faults.spoiledAnswers = limits.attempts - 1
    expect(await update()).toMatchObject({ result: 'confirmed' })
  })

  it('begins its upload anew where the board restarts in the middle', async () => {
    await boot()
    board.faults.restartsAtByte = 3000
    expect(await update()).toMatchObject({ result: 'confirmed' })
    expect(board.starts).toBe(2)
  })

  it('is not disturbed by readings, repeated frames and noise on the same line', async () => {
    await boot({ intervalMs: 1 })
    board.faults.garbage = true
    board.faults.repeatsFrames = true
    expect(await update()).toMatchObject({ result: 'confirmed' })
  })

  it('goes back where the new image boots and says nothing, once a watchdog restarts the board', async () => {
    await boot()
    board.faults.newImage = 'dead'
    board.faults.watchdogMs = 100
    expect(await update()).toMatchObject({ result: 'reverted', reason: 'did-not-start' })
    expect(runs()).toEqual(old)
  })

  it('says that a person must look where the new image is silent for good; switching off and on brings the old one back', async () => {
    await boot()
    board.faults.newImage = 'dead'
    expect(await update({ startLimitMs: 300 })).toMatchObject({ result: 'failed', reason: 'silent-after-restart' })
    board.restart()
    expect(runs()).toEqual(old)
  })

  it.each(['mute', 'ill'] as const)(
    'goes back where the new image is %s, and sees the old one run',
    async (behaviour) => {
      await boot()
      board.faults.newImage = behaviour
      const end = await update({ proofLimitMs: 300 })
      expect(end).toMatchObject({ result: 'reverted', reason: 'no-good-readings' })
      expect(states.slice(-3)).toEqual(['prove', 'revert', 'await-return'])
      expect(runs()).toEqual(old)
    },
  )

  it('does not take for a proof what the old image said', async () => {
    await boot()
    board.faults.newImage = 'mute'
    // Frames of the start before, as a board sends them again that keeps them over a restart.
    const payload = Buffer.from('81a3006474656d70016343656c0214', 'hex')
    const kept = encodeBoardFrame({ kind: 'readings', wantsAck: true, board: 0, boot: 1, seq: 9, payload })
    const timer = setInterval(() => board.utter(kept), 20)
    const end = await update({ proofLimitMs: 300 }, () => board.utter(kept))
    clearInterval(timer)
    expect(end).toMatchObject({ result: 'reverted', reason: 'no-good-readings' })
  })

  it('goes back where the board never keeps a confirmation', async () => {
    await boot()
    board.faults.forgetsConfirm = true
    expect(await update()).toMatchObject({ result: 'reverted', reason: 'not-confirmed' })
    expect(runs()).toEqual(old)
  })

  it('says that the old image runs where the boot loader refuses the new one', async () => {
    await boot()
    board.faults.refusesImages = true
    expect(await update()).toMatchObject({ result: 'reverted', reason: 'did-not-start' })
    expect(runs()).toEqual(old)
  })

  it('says that a person must look where the board does not restart, or its boot loader does not go back', async () => {
    await boot()
    board.faults.ignoresResets = true
    expect(await update()).toMatchObject({ result: 'failed', reason: 'does-not-restart' })
    board.faults.ignoresResets = false
    board.faults.neverReverts = true
    board.faults.newImage = 'mute'
    const end = await update({ proofLimitMs: 100, startLimitMs: 20_000 })
    expect(end).toMatchObject({ result: 'failed', reason: 'does-not-revert' })
  })

  it('does not try an image that did not arrive as it was sent', async () => {
    await boot()
    board.faults.spoilsFlash = true
    expect(await update()).toMatchObject({ result: 'refused', reason: 'upload-damaged' })
    expect(states).not.toContain('mark')
  })

  it('leaves a board alone on which another image is on trial', async () => {
    await boot()
    const other = createFirmwareFile({ version: { major: 9, minor: 0, revision: 0 }, bodyBytes: 900, seed: 3 })
    board.flash.write(other)
    board.flash.markForTest(1)
    board.restart()
    expect(await update()).toMatchObject({ result: 'refused', reason: 'other-image-on-trial' })
  })

  it('names the reason where the board refuses', async () => {
    await boot()
    const other = createFirmwareFile({ version: { major: 9, minor: 0, revision: 0 }, bodyBytes: 900, seed: 3 })
    board.flash.write(other)
    board.flash.markForTest(1)
    const end = await update()
    expect(end).toMatchObject({ result: 'refused', reason: 'board-refused' })
    expect(end.detail).toContain('no free slot')
  })

  it('of a silent board changes nothing and can go on later', async () => {
    await boot()
    board.faults.silent = true
    expect(await update()).toMatchObject({ result: 'interrupted', reason: 'silent' })
    board.faults.silent = false
    expect(await update()).toMatchObject({ result: 'confirmed' })
  })

  it('goes on where it stood after it was stopped in the middle of the upload', async () => {
    await boot()
    const first = await update({}, (offset) => {
      if (offset > 3000) abort.abort()
    })
    expect(first).toMatchObject({ result: 'interrupted', reason: 'asked-to-stop' })
    const requests = board.smp.uploadRequests
    const offsets: number[] = []
    expect(await update({}, (offset) => void offsets.push(offset), new AbortController().signal)).toMatchObject({
      result: 'confirmed',
    })
    expect(offsets[0]).toBeGreaterThan(3000)
    expect(board.smp.uploadRequests - requests).toBeLessThan(requests + 2)
  })

  it.each(['upload', 'mark', 'restart', 'await-start', 'prove', 'confirm'] as const)(
    'goes on after it was ended at "%s"',
    async (stopAt) => {
      await boot()
      const session = new BoardSession({
        address: { host: '127.0.0.1', port: board.port },
        framing: 'cobs',
        clock: systemClock,
        log: silentLog,
        limits,
      })
      session.open()
      const first = await updateBoard(newImage, {
        session,
        clock: systemClock,
        log: silentLog,
        policy,
        signal: abort.signal,
        onState: (state) => {
          if (state === stopAt) abort.abort()
        },
        onProgress: () => undefined,
      })
      await session.close()
      expect(first).toMatchObject({ result: 'interrupted', reason: 'asked-to-stop' })
      expect(await update({}, undefined, new AbortController().signal)).toMatchObject({ result: 'confirmed' })
      expect(runs()).toEqual({ version: '1.1.0.7', confirmed: true })
    },
  )

  it('goes on over a line that goes down in the middle', async () => {
    await boot()
    let cuts = 0
    const end = await update({}, (offset) => {
      if (cuts >= 3 || offset < 1500 * (cuts + 1)) return
      cuts += 1
      board.dropLine()
    })
    expect(cuts).toBe(3)
    expect(end).toMatchObject({ result: 'confirmed' })
  })
})

describe('A firmware image', () => {
  const refusalOf = (bytes: Buffer) => {
    try {
      readFirmwareImage(bytes)
    } catch (error) {
      return error
    }
    return undefined
  }

  it('is named by the hash in it and by its version', () => {
    expect(readFirmwareImage(factoryImage).version).toBe('1.0.0')
    expect(newImage.version).toBe('1.1.0.7')
    expect(factoryHash).toHaveLength(32)
  })

  it.each([
    ['text', Buffer.from('not an image at all, but long enough to be one')],
    ['nothing', Buffer.alloc(0)],
    ['half of one', newImage.bytes.subarray(0, 3000)],
    ['one without its last byte', newImage.bytes.subarray(0, -1)],
    [
      'one with a flipped bit',
      Buffer.concat([newImage.bytes.subarray(0, 99), Buffer.of(1), newImage.bytes.subarray(100)]),
    ],
  ])('is refused by code where it is %s', (_name, bytes) => {
    expect(refusalOf(bytes)).toMatchObject({ code: 'firmware.invalid' })
  })
})
