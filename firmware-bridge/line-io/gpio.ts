// Inputs and relays on the pins of the gateway itself, through the tools of libgpiod 1.6 (Debian's gpiod) as supervised children.
import { createInterface } from 'node:readline'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import { pause } from '../cameras/pause.ts'
import { type ChildProgram, startChildProgram } from '../child-program.ts'
import { createEdgeDetector, type TriggerEdge } from './edge-detector.ts'
import type { OnTrigger, Relay, TriggerInput } from './line-io.ts'

export interface GpioLine {
  /** `gpiochip0`. */
  readonly chip: string
  readonly line: number
  readonly activeLow: boolean
}

export interface GpioDependencies {
  readonly clock: Clock
  readonly log: Log
  /** Where gpiomon and gpioset are; found by PATH where undefined. */
  readonly toolFolder?: string
}

const install = 'the Debian package gpiod (1.6)'
const firstRetryMs = 200
const maxRetryMs = 10_000

function tool(name: string, { toolFolder }: GpioDependencies): string {
  return toolFolder === undefined ? name : `${toolFolder}/${name}`
}

function words({ chip, line, activeLow }: GpioLine): {
  readonly flags: readonly string[]
  readonly place: readonly string[]
} {
  return { flags: activeLow ? ['--active-low'] : [], place: [chip, String(line)] }
}

/** Watches both edges: the debounce needs the one that is no trigger too. A pin that is away is tried again and again. */
export function openGpioTrigger(
  line: GpioLine & { readonly edge: TriggerEdge; readonly debounceMs: number },
  onTrigger: OnTrigger,
  dependencies: GpioDependencies,
): TriggerInput {
  const { clock, log } = dependencies
  const detector = createEdgeDetector(line)
  const end = new AbortController()
  const input = { fault: new AppError('driver.connection', 'the pin is not watched yet') as AppError | undefined }
  let settle: Timer | undefined

  function onLevel(level: boolean): void {
    input.fault = undefined
    settle?.cancel()
    const changedMs = clock.monotonic()
    const judge = (atMs: number): void => {
      const happenedMs = detector.sample(level, atMs)
      if (happenedMs !== undefined) onTrigger(happenedMs)
    }
    judge(changedMs)
    // No further change came: the level has held, however early the timer fires.
    settle = clock.setTimer(() => judge(changedMs + line.debounceMs + 1), line.debounceMs)
  }

  async function watchOnce(): Promise<void> {
    const { flags, place } = words(line)
    const child = startChildProgram({
      command: tool('gpiomon', dependencies),
      args: ['--line-buffered', '--format=%e', ...flags, ...place],
      clock,
      install,
    })
    const onAbort = (): void => void child.stop()
    end.signal.addEventListener('abort', onAbort, { once: true })
    detector.reset()
    // gpiomon tells changes only: before the first one the pin stands where the trigger is not.
    detector.sample(line.edge === 'falling', clock.monotonic())
    const started = clock.setTimer(() => (input.fault = undefined), firstRetryMs)
    createInterface({ input: child.stdout }).on('line', (text) => {
      if (!end.signal.aborted && (text === '0' || text === '1')) onLevel(text === '1')
    })
    const { missing } = await child.ended
    started.cancel()
    end.signal.removeEventListener('abort', onAbort)
    input.fault =
      missing ?? new AppError('driver.connection', `gpiomon ${place.join(' ')} has ended: ${child.complaint()}`)
  }

  async function watch(): Promise<void> {
    for (let retryMs = firstRetryMs; !end.signal.aborted; retryMs = Math.min(retryMs * 2, maxRetryMs)) {
      const begunMs = clock.monotonic()
      await watchOnce()
      if (end.signal.aborted) return
      log.warn({ pin: `${line.chip} ${line.line}`, reason: input.fault?.message }, 'a pin cannot be watched')
      if (clock.monotonic() - begunMs > maxRetryMs) retryMs = firstRetryMs
      await pause(clock, retryMs, end.signal)
    }
  }

  const watching = watch()
  return {
    get fault() {
      return input.fault
    },
    async close() {
      end.abort()
      settle?.cancel()
      await watching
      settle?.cancel()
    },
  }
}

/**
 * libgpiod 1.6 holds a pin only while gpioset runs, so each change is a new child, and between two of them the pin is
 * released for a moment: wire it so that a released pin is the safe state.
 */
export function openGpioRelay(line: GpioLine, dependencies: GpioDependencies): Relay {
  const { clock } = dependencies
  let holding: ChildProgram | undefined
  return {
    async set(on, signal) {
      await holding?.stop()
      const { flags, place } = words(line)
      const child = startChildProgram({
        command: tool('gpioset', dependencies),
        args: ['--mode=signal', ...flags, place[0] ?? '', `${place[1]}=${on ? 1 : 0}`],
        clock,
        install,
      })
      holding = child
      // gpioset says nothing when the pin is set; it ends at once when it cannot set it.
      const ended = await Promise.race([child.ended, pause(clock, settleMs, signal).then(() => undefined)])
      if (ended?.missing !== undefined) throw ended.missing
      if (ended !== undefined)
        throw new AppError('driver.exception', `gpioset ${place.join(' ')} has ended: ${child.complaint()}`)
    },
    async close() {
      await holding?.stop()
      holding = undefined
    },
  }
}

/** gpioset needs about 2 ms to start and set a pin. */
const settleMs = 10
