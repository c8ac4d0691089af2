// The golden images of a package, run on the machine at hand: drift of the export, the runtime or the preprocessing shows here.
import type { ImagePackage } from './model-package.ts'
import { refusal } from './refusal.ts'
import { checkRuntime } from './runtime.ts'
import { createImageSession, type ImageSession } from './vision/image-session.ts'

/**
 * Opens the graph of a package that reads images and runs its golden images. Throws AppError `model.invalid` with the fault
 * `wrong-runtime`, `bad-onnx`, `wrong-shape` or `golden-mismatch`.
 */
export async function openImageSession(model: ImagePackage): Promise<ImageSession> {
  const { manifest } = model
  checkRuntime(manifest)
  const session = await createImageSession({ model: model.model, input: manifest.input, outputs: manifest.outputs })
  try {
    await verifyImageGolden(model, session)
  } catch (error) {
    await session.close()
    throw error
  }
  return session
}

/** Every output of the first tile of every golden image is what PyTorch or numpy said. Throws `golden-mismatch`. */
async function verifyImageGolden(model: ImagePackage, session: Pick<ImageSession, 'tensors'>): Promise<void> {
  const { tolerance, tolerances = {}, outlierShare = 0 } = model.manifest.golden
  for (const { image, outputs } of model.golden.cases) {
    const found = await session.tensors(fileOf(model, image)).catch((cause: unknown) => {
      throw refusal('golden-mismatch', `${image} cannot be run: ${String(cause)}`, cause)
    })
    for (const [name, expected] of Object.entries(outputs)) {
      const values = 'file' in expected ? floatsOf(fileOf(model, expected.file)) : expected
      compare(`${image}, ${name}`, found[name], values, { tolerance: tolerances[name] ?? tolerance, outlierShare })
    }
  }
}

function compare(
  at: string,
  found: Float32Array | undefined,
  expected: ArrayLike<number>,
  { tolerance, outlierShare }: { readonly tolerance: number; readonly outlierShare: number },
): void {
  if (found?.length !== expected.length) {
    throw refusal('golden-mismatch', `${at}: ${found?.length ?? 0} values found, ${expected.length} expected`)
  }
  let outliers = 0
  let worst = { at: 0, difference: 0 }
  for (let index = 0; index < found.length; index += 1) {
    const difference = Math.abs((found[index] as number) - (expected[index] as number))
    if (difference <= tolerance) continue
    outliers += 1
    if (!(difference <= worst.difference)) worst = { at: index, difference }
  }
  if (outliers <= outlierShare * found.length) return
  const [is, should] = [found[worst.at], expected[worst.at]]
  const many = `${outliers} of ${found.length} values are off by more than ${tolerance}`
  throw refusal('golden-mismatch', `${at}: ${many}, e.g. [${worst.at}] is ${is}, expected ${should}`)
}

function fileOf(model: ImagePackage, path: string): Uint8Array {
  const bytes = model.files.get(path)
  if (bytes === undefined) throw refusal('missing-file', `${path} is not in ${model.folder}`)
  return bytes
}

/** Little-endian float32. */
function floatsOf(bytes: Uint8Array): Float32Array {
  if (bytes.length % 4 !== 0) throw refusal('golden-mismatch', `${bytes.length} bytes are no float32 values`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => view.getFloat32(index * 4, true))
}
