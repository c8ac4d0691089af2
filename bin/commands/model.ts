// `musubi model verify`: says whether a model package may run on this machine, and if not, names the fault.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import { isImagePackage } from '../../models/model-package.ts'
import { openOnnxScorer, runtimeVersion } from '../../models/onnx-scorer.ts'
import { loadPackage } from '../../models/package.ts'
import { packageFolder } from '../../models/package-folder.ts'

const usage = `Usage:
  musubi model verify DIR|ID
      Checks every file, the schema, the graph and the golden samples of a package, with the runtime of this machine.`

/** Returns the exit code: 0 accepted, 1 refused, 2 wrong usage. */
export async function run(args: readonly string[]): Promise<number> {
  const [action, target, ...rest] = args
  if (action !== 'verify' || target === undefined || rest.length > 0) {
    const asked = action === '--help'
    ;(asked ? console.log : console.error)(usage)
    return asked ? 0 : 2
  }
  try {
    return await verify(target)
  } catch (thrown) {
    const error = toAppError(thrown, 'model.invalid')
    console.error(`${error.code}: ${error.message}`)
    return 1
  }
}

async function verify(target: string): Promise<number> {
  const model = await loadPackage(packageFolder(target))
  if (isImagePackage(model)) throw new AppError('model.invalid', 'the golden images of this package cannot be run here')
  const scorer = await openOnnxScorer(model)
  await scorer.close()
  const { id, version, files } = model.manifest
  const golden = `${model.golden.cases.length} golden cases match`
  console.log(`${id} ${version}: accepted; ${files.length} files, ${golden}, ONNX Runtime ${runtimeVersion()}`)
  return 0
}
