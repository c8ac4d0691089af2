// Starts the process that teaches, bounded in time.
import { askChecker } from '../checks/checker.ts'
import type { RefitAnswer, RefitRequest } from './refit-messages.ts'

/** 40 pictures take some ten seconds of one core; at low priority on a busy small board far longer. */
const limitMs = 15 * 60_000

/** Throws the AppError of the process, or `internal` when it ended without an answer or was ended by the signal. */
export function refitInProcess(request: RefitRequest, signal: AbortSignal): Promise<RefitAnswer> {
  return askChecker(new URL('refit.ts', import.meta.url), [JSON.stringify(request)], { limitMs, signal })
}
