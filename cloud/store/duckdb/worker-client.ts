// Calls into the store's worker thread: numbered, bounded, with a time limit each, and surviving the worker's death.
import { Worker } from 'node:worker_threads'
import { AppError } from '../../../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../../../broker/contract/ports.ts'
import type { StoreCall, StoreCalls, WorkerReply } from './worker-messages.ts'

/** Calls under way. Bound 1,024; overflow: the newest is refused with store.unavailable; owner: this client. */
const maxCalls = 1_024

/** How long a call may take, ms. The worker itself ends queries earlier; maintenance may have days to compact, a copy a slow disk. */
const limitsMs: { readonly [C in StoreCall]: number } = {
  open: 600_000,
  commit: 60_000,
  readings: 60_000,
  buckets: 60_000,
  flaws: 60_000,
  hourly: 60_000,
  deadLetters: 60_000,
  events: 60_000,
  event: 60_000,
  expireEvents: 600_000,
  maintain: 3_600_000,
  copyTo: 6 * 3_600_000,
  close: 60_000,
}

interface PendingCall {
  readonly resolve: (output: never) => void
  readonly reject: (error: AppError) => void
  readonly timer: Timer
}

export interface WorkerClient {
  /** Throws what the worker threw, or store.unavailable when it died, is too busy or did not answer in time. */
  call<C extends StoreCall>(
    call: C,
    input: StoreCalls[C]['input'],
    transfer?: readonly ArrayBuffer[],
  ): Promise<StoreCalls[C]['output']>
  readonly running: boolean
  stop(): Promise<void>
}

export function startWorkerClient({ clock, log }: { readonly clock: Clock; readonly log: Log }): WorkerClient {
  const worker = new Worker(new URL('./store-worker.ts', import.meta.url), { execArgv: [] })
  const pending = new Map<number, PendingCall>()
  let nextId = 1
  let running = true

  function take(id: number): PendingCall | undefined {
    const call = pending.get(id)
    pending.delete(id)
    call?.timer.cancel()
    return call
  }

  function die(message: string): void {
    running = false
    for (const id of pending.keys()) take(id)?.reject(new AppError('store.unavailable', message))
  }

  worker.on('message', (reply: WorkerReply) => {
    if (reply.kind === 'log') log[reply.level](reply.fields, reply.message)
    else if (reply.kind === 'result') take(reply.id)?.resolve(reply.output as never)
    else take(reply.id)?.reject(new AppError(reply.code, reply.message))
  })
  worker.on('error', (error) => {
    log.error({ err: error }, 'the store worker failed')
    die(`the store worker failed: ${String(error)}`)
  })
  worker.on('exit', (code) => die(`the store worker ended with code ${String(code)}`))

  return {
    get running() {
      return running
    },
    call: (call, input, transfer = []) =>
      new Promise((resolve, reject) => {
        if (!running) throw new AppError('store.unavailable', 'the store worker does not run')
        if (pending.size >= maxCalls) throw new AppError('store.unavailable', 'the store has too much to do')
        const id = nextId++
        const late = () =>
          take(id)?.reject(new AppError('store.unavailable', `the store did not answer ${call} in time`))
        pending.set(id, { resolve, reject, timer: clock.setTimer(late, limitsMs[call]) })
        worker.postMessage({ id, call, input }, transfer)
      }),
    async stop() {
      await worker.terminate()
    },
  }
}
