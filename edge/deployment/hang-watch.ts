// Watches over the main thread while a set is on trial: one that stands still for too long is ended, as a crash.
import { Worker } from 'node:worker_threads'
import type { Clock, Timer } from '../../broker/contract/ports.ts'

const beatEveryMs = 1000

/** Until cancelled. After `limitMs` without a turn of the event loop the process is killed. */
export function watchForHang(clock: Clock, limitMs: number): Timer {
  const beats = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(new URL('hang-worker.ts', import.meta.url), {
    workerData: { beats, limitMs },
    execArgv: [],
  })
  worker.unref()
  let timer: Timer
  const beat = (): void => {
    Atomics.add(beats, 0, 1)
    timer = clock.setTimer(beat, beatEveryMs)
  }
  beat()
  return {
    cancel() {
      timer.cancel()
      void worker.terminate()
    },
  }
}
