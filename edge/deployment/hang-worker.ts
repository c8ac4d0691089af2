// The thread that ends a process whose main thread no longer turns: a crash is counted and taken back, a hang would last for ever.
import { workerData } from 'node:worker_threads'

const { beats, limitMs } = workerData as { readonly beats: Int32Array; readonly limitMs: number }
let last = Atomics.load(beats, 0)
let sinceMs = performance.now()

setInterval(() => {
  const now = Atomics.load(beats, 0)
  if (now !== last) {
    last = now
    sinceMs = performance.now()
  } else if (performance.now() - sinceMs > limitMs) process.kill(process.pid, 'SIGKILL')
}, limitMs / 10)
