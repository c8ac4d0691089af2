// A program that the demo keeps running: started, its output kept in a file, restarted with backoff when it dies, ended in order.
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, renameSync } from 'node:fs'
import type { Clock, Timer } from '../../broker/contract/ports.ts'
import { isSystemFault } from '../../broker/contract/system-fault.ts'

/** `env` is added to our own environment. */
export interface ProgramCommand {
  readonly file: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export interface ChildProgramOptions {
  readonly name: string
  /** Asked at every start, because ports and files may have become known since. */
  readonly command: () => ProgramCommand
  readonly logFile: string
  readonly clock: Clock
  /** [0, 1), for the jitter of restarts. */
  readonly random: () => number
  /** Gives the program an IPC channel, by which it also notices our end; called with what it sends. */
  readonly onMessage?: (message: unknown) => void
  /** Told at each death that was not asked for. */
  readonly onDeath: (event: { readonly name: string; readonly how: string; readonly restartInMs: number }) => void
}

export interface ChildProgram {
  readonly name: string
  start(): void
  /** Kills it at once (SIGKILL), as a fault would; it is restarted. */
  kill(): void
  send(message: object): void
  /** Ends it in order and starts it again: its files have changed. */
  restart(): Promise<void>
  /** SIGTERM, then SIGKILL after the grace time; resolves when it is gone. */
  stop(): Promise<void>
  /** SIGKILL without restart, for leaving at once. */
  destroy(): void
}

const firstRestartMs = 500
const restartCapMs = 10_000
/** A program that lived this long has its backoff forgotten. */
const steadyMs = 30_000
const stopGraceMs = 10_000

export function createChildProgram(options: ChildProgramOptions): ChildProgram {
  const state: State = {
    child: undefined,
    startedMs: 0,
    failures: 0,
    stopping: false,
    leaving: false,
    restart: undefined,
    log: undefined,
  }
  return {
    name: options.name,
    start: () => start(options, state),
    kill: () => void state.child?.kill('SIGKILL'),
    send(message) {
      if (state.child?.connected === true) state.child.send(message)
    },
    async restart() {
      if (state.stopping) return
      await stop(options, state)
      if (state.leaving) return
      state.stopping = false
      start(options, state)
    },
    async stop() {
      state.leaving = true
      await stop(options, state)
    },
    destroy() {
      state.leaving = true
      state.stopping = true
      state.restart?.cancel()
      state.child?.kill('SIGKILL')
    },
  }
}

interface State {
  child: ChildProcess | undefined
  startedMs: number
  failures: number
  stopping: boolean
  /** Stopped for good: a restart under way must not start it. */
  leaving: boolean
  restart: Timer | undefined
  log: number | undefined
}

function start(options: ChildProgramOptions, state: State): void {
  const { file, args, env } = options.command()
  state.log ??= openLog(options.logFile)
  const withMessages = options.onMessage !== undefined
  // A process group of its own: Ctrl-C in the terminal reaches the demo alone, which then ends its programs in order.
  const child = spawn(file, [...args], {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['ignore', state.log, state.log, ...(withMessages ? (['ipc'] as const) : [])],
  })
  state.child = child
  state.startedMs = options.clock.monotonic()
  if (options.onMessage !== undefined) child.on('message', options.onMessage)
  child.once('error', (error) => died(options, state, child, error.message))
  child.once('exit', (code, signal) => died(options, state, child, signal ?? `exit code ${code}`))
}

function died(options: ChildProgramOptions, state: State, child: ChildProcess, how: string): void {
  if (state.child !== child) return
  state.child = undefined
  if (state.stopping) return
  state.failures = options.clock.monotonic() - state.startedMs > steadyMs ? 1 : state.failures + 1
  const backoffMs = Math.min(restartCapMs, firstRestartMs * 2 ** (state.failures - 1))
  const restartInMs = Math.round(backoffMs * (0.75 + 0.5 * options.random()))
  options.onDeath({ name: options.name, how, restartInMs })
  state.restart = options.clock.setTimer(() => start(options, state), restartInMs)
}

async function stop(options: ChildProgramOptions, state: State): Promise<void> {
  state.stopping = true
  state.restart?.cancel()
  const { child } = state
  if (child !== undefined && child.exitCode === null && child.signalCode === null) {
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill('SIGTERM')
    const limit = options.clock.setTimer(() => child.kill('SIGKILL'), stopGraceMs)
    await gone
    limit.cancel()
  }
  if (state.log !== undefined) closeSync(state.log)
  state.log = undefined
}

/** The log of the last run is kept beside the new one, so that logs stay bounded by two runs. */
function openLog(file: string): number {
  try {
    renameSync(file, `${file}.old`)
  } catch (thrown) {
    if (!isSystemFault(thrown, 'ENOENT')) throw thrown
  }
  return openSync(file, 'a')
}
