// Starts the thread that scores series.
import { Worker } from 'node:worker_threads'
import type { PackageTrust } from '../checks/checked-package.ts'
import type { WorkerInput } from './messages.ts'

/** The worker thread over these packages, with a small heap: its work is native. */
export function startInferenceWorker(folders: readonly string[], trust: PackageTrust): Worker {
  return new Worker(new URL('worker.ts', import.meta.url), {
    workerData: { folders, trust } satisfies WorkerInput,
    name: 'inference',
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 },
  })
}
