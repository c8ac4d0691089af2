// Where models run beside whoever asks them: a thread, or a process of its own, behind one small port.
import { type ChildProcess, fork } from 'node:child_process'
import type { Worker } from 'node:worker_threads'
import type { ErrorCode } from '../broker/contract/app-error.ts'

/** What a runner says: `ready` once with what it loaded, then one answer a run. */
export type RunnerReply<Ready, Result> = ({ readonly kind: 'ready' } & Ready) | RunReply<Result>

/** `rssBytes`: the runner's own memory, where it is a process. */
export type RunReply<Result> =
  | { readonly kind: 'result'; readonly run: number; readonly result: Result; readonly rssBytes?: number }
  | {
      readonly kind: 'failed'
      readonly run: number
      readonly code: ErrorCode
      readonly message: string
      readonly rssBytes?: number
    }

interface RunnerListeners {
  readonly message: (reply: unknown) => void
  readonly error: (error: unknown) => void
  /** It has ended, for whatever reason. */
  readonly end: () => void
}

export interface Runner {
  /** Of a process. */
  readonly pid?: number | undefined
  send(message: object): void
  listen(listeners: RunnerListeners): void
  /** Ends it at once. Resolves when it is gone: a thread only when the native call under way has returned. */
  end(): Promise<unknown>
}

export function threadRunner(worker: Worker): Runner {
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    send: (message) => worker.postMessage(message),
    listen({ message, error, end }) {
      worker.on('message', message).on('error', error).on('exit', end)
    },
    end() {
      worker.unref()
      return worker.terminate()
    },
  }
}

/** Bound of the kept standard error; the oldest text gives way. */
const maxComplaint = 1024

/**
 * For a process that runs graphs over images. The tensors of a run are mapped for it and given back after it: in huge pages that costs
 * half as much time (Linux with glibc; elsewhere it has no effect). One thread decodes and runs; malloc keeps 1 MB that is free at its end.
 */
const environment = {
  GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '1048576',
  UV_THREADPOOL_SIZE: '1',
} as const

/** A process that speaks over Node's channel; whatever native code does in it, whoever started it lives. */
export function processRunner(program: URL, words: readonly string[], execArgv: readonly string[]): Runner {
  const child: ChildProcess = fork(program, words, {
    serialization: 'advanced',
    execArgv: [...execArgv],
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let said = ''
  let ending = false
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-maxComplaint)
  })
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => {
      if (child.pid === undefined) resolve()
    })
  })
  return {
    pid: child.pid,
    // A channel that has closed is told by the exit.
    send: (message) => void child.send(message, () => undefined),
    listen({ message, error, end }) {
      child.on('message', message)
      child.on('error', error)
      child.once('exit', (exitCode, signal) => {
        if (!ending)
          error(new Error(`ended by ${signal ?? `exit code ${exitCode}`}${said === '' ? '' : `: ${said.trim()}`}`))
        end()
      })
      if (child.pid === undefined) child.once('error', end)
    },
    end() {
      ending = true
      child.kill('SIGKILL')
      return gone
    },
  }
}
