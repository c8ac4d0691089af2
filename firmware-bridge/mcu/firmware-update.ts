// The whole update of a board as one supervised state machine: upload, test, restart, proof, and confirmation or the way back.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { BoardImage, BoardManagement } from './board-management.ts'
import type { BoardSession } from './board-session.ts'
import { uploadFirmware } from './firmware-upload.ts'
import type { FirmwareImage } from './mcuboot-image.ts'
import { pause } from './smp-client.ts'

/**
 * confirmed: the new image runs for good. unchanged: it did before. refused: the board does not take it. reverted: the old
 * image runs again, seen. interrupted: broken off where it can go on. failed: nobody knows what runs; a person must look.
 */
type UpdateResult = 'confirmed' | 'unchanged' | 'refused' | 'reverted' | 'interrupted' | 'failed'

/** Stable codes, for logs and machines. */
type UpdateReason =
  | 'updated'
  | 'already-running'
  | 'board-refused'
  | 'other-image-on-trial'
  | 'upload-damaged'
  | 'upload-stalled'
  | 'image-not-listed'
  | 'did-not-start'
  | 'no-good-readings'
  | 'not-confirmed'
  | 'silent'
  | 'silent-after-restart'
  | 'silent-after-revert'
  | 'does-not-restart'
  | 'does-not-revert'
  | 'asked-to-stop'

export interface UpdateOutcome {
  readonly result: UpdateResult
  readonly reason: UpdateReason
  /** For a person: what was seen, and what to do where there is something to do. */
  readonly detail: string
}

export type UpdateState =
  | 'inspect'
  | 'upload'
  | 'mark'
  | 'restart'
  | 'await-start'
  | 'prove'
  | 'confirm'
  | 'revert'
  | 'await-return'

export interface UpdatePolicy {
  /** Packs with a good reading that the new image must send before it is confirmed; 0 for a board that sends none. */
  readonly goodPacks: number
  readonly proofLimitMs: number
  /** A board swaps its images at a start, which takes up to minutes. */
  readonly startLimitMs: number
  readonly stallLimitMs: number
  readonly pollMs: number
}

export const usualPolicy: UpdatePolicy = {
  goodPacks: 1,
  proofLimitMs: 180_000,
  startLimitMs: 300_000,
  stallLimitMs: 120_000,
  pollMs: 1000,
}

export interface UpdateDependencies {
  readonly session: BoardSession
  readonly clock: Clock
  readonly log: Log
  readonly policy: UpdatePolicy
  readonly signal: AbortSignal
  readonly onState: (state: UpdateState) => void
  /** Bytes that the board has. */
  readonly onProgress: (offset: number) => void
}

interface Update extends UpdateDependencies {
  readonly board: BoardManagement
  readonly image: FirmwareImage
  /** Why the way back is taken. */
  revertReason: UpdateReason
}

type Next = UpdateState | UpdateOutcome

/** A reset that had no effect is asked for again this often, at each of so many polls. */
const maxResets = 3
const pollsPerReset = 5
const maxConfirms = 3

/**
 * Brings the image onto the board and proves it. What the board itself lists is the only memory: an update that was broken
 * off anywhere, by the link or by the end of this program, goes on from there when it is asked for again. Never throws for
 * what a board does.
 */
export async function updateBoard(image: FirmwareImage, dependencies: UpdateDependencies): Promise<UpdateOutcome> {
  const update: Update = {
    ...dependencies,
    board: dependencies.session.management,
    image,
    revertReason: 'not-confirmed',
  }
  for (let state: UpdateState = 'inspect'; ;) {
    dependencies.onState(state)
    const next: Next = await stepOf(update, state)
    if (typeof next !== 'string') {
      dependencies.log.info({ ...next, state }, 'board update ended')
      return next
    }
    state = next
  }
}

const steps: Readonly<Record<UpdateState, (update: Update) => Promise<Next>>> = {
  inspect,
  upload,
  mark,
  restart,
  'await-start': awaitStart,
  prove,
  confirm,
  revert,
  'await-return': awaitReturn,
}

async function stepOf(update: Update, state: UpdateState): Promise<Next> {
  try {
    return await steps[state](update)
  } catch (thrown) {
    const error = toAppError(thrown, 'internal')
    if (update.signal.aborted) return outcome('interrupted', 'asked-to-stop', `stopped while in "${state}"`)
    if (!error.code.startsWith('driver.') && !error.code.startsWith('payload.')) throw error
    if (state === 'revert' || state === 'await-return') {
      return outcome('failed', 'does-not-revert', `${error.message}; ${update.image.version} may still run, unproven`)
    }
    if (error.code === 'driver.exception') return outcome('refused', 'board-refused', error.message)
    const detail = `${error.message}; ask for the update again when the board answers: it goes on where it stood`
    return outcome('interrupted', 'silent', detail)
  }
}

/** Where an update begins, or goes on after it was broken off. */
async function inspect({ board, image, signal }: Update): Promise<Next> {
  const images = await board.images(signal)
  const active = images.find((entry) => entry.active)
  const ours = images.find(({ hash }) => hash.equals(image.hash))
  if (ours?.active === true) {
    return ours.confirmed ? outcome('unchanged', 'already-running', `${image.version} runs and is confirmed`) : 'prove'
  }
  if (active !== undefined && !active.confirmed) {
    const detail = `${active.version} is on trial on this board: confirm it, or restart the board to go back, then ask again`
    return outcome('refused', 'other-image-on-trial', detail)
  }
  if (ours === undefined) return 'upload'
  return ours.pending ? 'restart' : 'mark'
}

async function upload(update: Update): Promise<Next> {
  const { board, clock, image, onProgress, signal, policy } = update
  const end = await uploadFirmware(image, { board, clock, signal, onProgress, stallLimitMs: policy.stallLimitMs })
  if (end === 'damaged') {
    return outcome('refused', 'upload-damaged', 'the board holds other bytes than were sent: its flash may be worn out')
  }
  if (end === 'stalled') {
    return outcome(
      'interrupted',
      'upload-stalled',
      'no progress; ask for the update again and it goes on where it stands',
    )
  }
  const images = await board.images(signal)
  if (images.some(({ hash }) => hash.equals(image.hash))) return 'mark'
  return outcome(
    'refused',
    'image-not-listed',
    'the board has all bytes and lists no such image: it is not one for this board',
  )
}

async function mark({ board, image, signal }: Update): Promise<Next> {
  await board.test(image.hash, signal)
  return 'restart'
}

async function restart({ board, session, signal }: Update): Promise<Next> {
  session.expectRestart()
  await board.reset(signal)
  return 'await-start'
}

async function awaitStart(update: Update): Promise<Next> {
  const { image } = update
  const seen = await pollImages(update, (images) => {
    const ours = images.find(({ hash }) => hash.equals(image.hash))
    if (ours?.active === true) return 'there'
    return ours?.pending === true ? 'not yet' : 'there'
  })
  if (seen === 'not yet')
    return outcome(
      'failed',
      'does-not-restart',
      'the board answers and does not restart; switch it off and on, then ask again',
    )
  if (seen === undefined) {
    const detail =
      'the board does not answer after its restart; switch it off and on: MCUboot then starts the old image; then list its images'
    return outcome('failed', 'silent-after-restart', detail)
  }
  if (isRunning(seen, image)) return 'prove'
  const detail = `${runningVersion(seen)} runs again: the boot loader refused ${image.version}, or it did not come up`
  return outcome('reverted', 'did-not-start', detail)
}

async function prove(update: Update): Promise<Next> {
  const { session, policy, signal } = update
  const { good } = await session.hearReadings(policy.goodPacks, policy.proofLimitMs, signal)
  if (signal.aborted) {
    const detail = 'the new image runs unconfirmed: ask for the update again, or restart the board to go back'
    return outcome('interrupted', 'asked-to-stop', detail)
  }
  if (good >= policy.goodPacks) return 'confirm'
  update.revertReason = 'no-good-readings'
  return 'revert'
}

async function confirm(update: Update): Promise<Next> {
  const { board, image, signal, clock, policy } = update
  for (let attempt = 0; ; attempt += 1) {
    const images = await board.images(signal)
    const ours = images.find(({ hash }) => hash.equals(image.hash))
    if (ours?.active !== true) {
      return outcome('reverted', 'did-not-start', `${runningVersion(images)} runs again: ${image.version} fell over`)
    }
    if (ours.confirmed) return outcome('confirmed', 'updated', `${image.version} runs and is confirmed`)
    if (attempt === maxConfirms) break
    if (attempt > 0) await pause(clock, policy.pollMs, signal)
    await board.confirm(signal).catch(ignoreRefusal)
  }
  update.revertReason = 'not-confirmed'
  return 'revert'
}

async function revert({ board, session, signal }: Update): Promise<Next> {
  session.expectRestart()
  await board.reset(signal)
  return 'await-return'
}

async function awaitReturn(update: Update): Promise<Next> {
  const { image, revertReason } = update
  const seen = await pollImages(update, (images) => (isRunning(images, image) ? 'not yet' : 'there'))
  if (seen === 'not yet') {
    const detail = `${image.version} still runs, unproven: this boot loader does not go back by itself; load the old image`
    return outcome('failed', 'does-not-revert', detail)
  }
  if (seen === undefined) {
    return outcome(
      'failed',
      'silent-after-revert',
      'the board does not answer after its restart; look at it on the spot',
    )
  }
  const why = revertReason === 'no-good-readings' ? 'sent no good readings in time' : 'could not be confirmed'
  return outcome('reverted', revertReason, `${image.version} ${why}; ${runningVersion(seen)} runs again`)
}

/**
 * Asks until the board is `there`; resets it again where it answers and did not restart. The images seen then, 'not yet'
 * when it answered to the end, undefined when it was silent to the end.
 */
async function pollImages(
  { board, clock, policy, signal }: Update,
  judge: (images: readonly BoardImage[]) => 'there' | 'not yet',
): Promise<readonly BoardImage[] | 'not yet' | undefined> {
  const endMs = clock.monotonic() + policy.startLimitMs
  let unchanged = 0
  while (clock.monotonic() < endMs) {
    const images = await board.images(signal).catch(ignoreSilence(signal))
    if (images !== undefined && judge(images) === 'there') return images
    if (images !== undefined) unchanged += 1
    if (unchanged > maxResets * pollsPerReset) return 'not yet'
    if (images !== undefined && unchanged % pollsPerReset === 0) await board.reset(signal)
    await pause(clock, policy.pollMs, signal)
  }
  return undefined
}

function ignoreSilence(signal: AbortSignal): (error: unknown) => undefined {
  return (error) => {
    if (signal.aborted || !(error instanceof AppError) || error.code === 'internal') throw error
    return undefined
  }
}

/** A refused confirmation is seen in the list, and leads back. */
function ignoreRefusal(error: unknown): void {
  if (!(error instanceof AppError) || error.code !== 'driver.exception') throw error
}

function isRunning(images: readonly BoardImage[], { hash }: FirmwareImage): boolean {
  return images.some((entry) => entry.active && entry.hash.equals(hash))
}

function runningVersion(images: readonly BoardImage[]): string {
  return images.find(({ active }) => active)?.version ?? 'an unknown image'
}

function outcome(result: UpdateResult, reason: UpdateReason, detail: string): UpdateOutcome {
  return { result, reason, detail }
}
