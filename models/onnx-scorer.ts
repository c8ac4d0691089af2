// Runs a model package for rows with ONNX Runtime. Blocks its thread while it runs.
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { AppError, toAppError } from '../broker/contract/app-error.ts'
import { type RowPackage, verifyGolden } from './golden.ts'
import { refusal } from './refusal.ts'
import { checkRuntime } from './runtime.ts'
import type { Outputs, Scorer } from './scorer.ts'
import { sessionOptions } from './session-options.ts'

/**
 * Opens the model and runs its golden cases on this machine. Throws AppError `model.invalid` with the fault `wrong-runtime`,
 * `bad-onnx`, `wrong-shape` or `golden-mismatch`.
 */
export async function openOnnxScorer<Model extends RowPackage>(model: Model): Promise<Scorer<Model['manifest']>> {
  const { manifest } = model
  checkRuntime(manifest)
  const session = await InferenceSession.create(model.model, sessionOptions).catch((cause: unknown) => {
    throw refusal('bad-onnx', cause instanceof Error ? cause.message : String(cause), cause)
  })
  const scorer = scorerOf(session, model)
  try {
    await verifyGolden(model, scorer)
  } catch (error) {
    await scorer.close()
    throw error
  }
  return scorer
}

function scorerOf<Model extends RowPackage>(session: InferenceSession, { manifest }: Model): Scorer<Model['manifest']> {
  const [, width] = manifest.input.shape
  return {
    manifest,
    async run(rows, count) {
      try {
        const input = new Tensor('float32', rows, [count, Number(width)])
        const results = await session.run({ [manifest.input.name]: input })
        return Object.fromEntries(manifest.outputs.map(({ name }) => [name, floats(name, results[name])])) as Outputs
      } catch (thrown) {
        throw toAppError(thrown, 'model.failed')
      }
    },
    close: () => session.release(),
  }
}

function floats(name: string, value: InferenceSession.ReturnType[string] | undefined): Float32Array {
  if (value?.data instanceof Float32Array) return value.data
  throw new AppError('model.failed', `output ${name} is not float32`)
}
