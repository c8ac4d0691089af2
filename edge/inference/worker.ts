// The thread in which models run, so that a slow, hung or crashing one never holds up sampling.
import { flushCompileCache } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import { isLampFaultPackage, isSeriesPackage } from '../../models/model-package.ts'
import { openOnnxScorer } from '../../models/onnx-scorer.ts'
import { batchLimit, type Scorer } from '../../models/scorer.ts'
import { checkPackages } from '../checks/checked-package.ts'
import type { RefusedModel, RunRequest, WorkerInput, WorkerReply } from './messages.ts'

const port = parentPort
if (port === null) throw new AppError('model.failed', 'the inference worker runs only as a worker thread')
const { folders, trust } = workerData as WorkerInput
const scorers = new Map<string, Scorer>()
const refused: RefusedModel[] = []

for (const checked of await checkPackages(folders, trust)) {
  const { folder } = checked
  try {
    if ('refusal' in checked) refused.push({ folder, message: checked.refusal })
    else if (isSeriesPackage(checked.model) || isLampFaultPackage(checked.model))
      scorers.set(folder, await openOnnxScorer(checked.model))
    else refused.push({ folder, message: `a model for ${checked.model.manifest.task} does not score series` })
  } catch (thrown) {
    refused.push({ folder, message: toAppError(thrown, 'model.invalid').message })
  }
}
port.on('message', (request: RunRequest) => {
  void score(request).then((reply) => port.postMessage(reply))
})
// A thread that is terminated does not fill it.
flushCompileCache()
const models = [...scorers].map(([folder, { manifest }]) => ({ folder, manifest }))
port.postMessage({ kind: 'ready', models, refused } satisfies WorkerReply)

async function score(request: RunRequest): Promise<WorkerReply> {
  try {
    return { kind: 'result', run: request.run, result: await scoresOf(request) }
  } catch (thrown) {
    const { code, message } = toAppError(thrown, 'model.failed')
    return { kind: 'failed', run: request.run, code, message }
  }
}

/** One run where the batch of the model is free; else as many as its fixed batch needs, the last one padded with zeros. */
async function scoresOf({ folder, rows, count }: RunRequest): Promise<Float32Array> {
  const scorer = scorers.get(folder)
  if (scorer === undefined) throw new AppError('model.failed', `${folder} is not loaded`)
  const batch = batchLimit(scorer.manifest, count)
  const width = Number(scorer.manifest.input.shape[1])
  const [output] = scorer.manifest.outputs
  const size = Number(output?.shape[1] ?? 1)
  const scores = new Float32Array(count * size)
  for (let start = 0; start < count; start += batch) {
    const part = new Float32Array(batch * width)
    part.set(rows.subarray(start * width, Math.min(count, start + batch) * width))
    const outputs = await scorer.run(part, batch)
    scores.set(outputs[output?.name ?? '']?.subarray(0, Math.min(batch, count - start) * size) ?? [], start * size)
  }
  return scores
}
