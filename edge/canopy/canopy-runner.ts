// Runs the canopy process for one flight: started for it, ended after it, and ended at once when it hangs or the agent stops.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import { packageFolder } from '../../models/package-folder.ts'
import type { PackageTrust } from '../checks/checked-package.ts'
import { processRunner, type Runner, type RunReply } from '../../models/runner.ts'
import type { CanopyOutcome, CanopyRequest } from './messages.ts'

export interface CanopyRunnerOptions {
  /** An id under models/packages or a path. */
  readonly package: string
  readonly trust: PackageTrust
  readonly clock: Clock
  /** For one flight, whatever its number of images. Default six hours. */
  readonly limitMs?: number
  readonly start?: () => Runner
}

const program = new URL('canopy-process.ts', import.meta.url)
/** Cells of a large field lie in its heap; pixels and tensors outside. */
const execArgv = ['--max-old-space-size=256'] as const

export function createCanopyRunner(options: CanopyRunnerOptions) {
  const { trust, clock, limitMs = 6 * 3_600_000 } = options
  const start =
    options.start ?? (() => processRunner(program, [JSON.stringify(trust), packageFolder(options.package)], execArgv))
  return async (request: CanopyRequest, signal: AbortSignal): Promise<CanopyOutcome> => {
    const runner = start()
    const { promise, resolve, reject } = Promise.withResolvers<CanopyOutcome>()
    const fail = (message: string): void => reject(new AppError('model.failed', message))
    const timer = clock.setTimer(() => fail('the canopy process took too long'), limitMs)
    const aborted = (): void => fail('the agent stops')
    signal.addEventListener('abort', aborted)
    runner.listen({
      message(reply) {
        const said = reply as RunReply<CanopyOutcome>
        if (said.kind === 'result') resolve(said.result)
        else reject(new AppError(said.code, said.message))
      },
      error: (error) => fail(error instanceof Error ? error.message : String(error)),
      end: () => fail('the canopy process ended by itself'),
    })
    runner.send({ ...request, run: 0 })
    try {
      return await promise
    } finally {
      timer.cancel()
      signal.removeEventListener('abort', aborted)
      await runner.end()
    }
  }
}
