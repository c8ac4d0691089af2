// `musubi model verify`: says whether a model package may run on this machine, and if not, names the fault.
import { parseArgs } from 'node:util'
import { AppError } from '../../broker/contract/app-error.ts'
import { isImagePackage } from '../../models/model-package.ts'
import { openOnnxScorer, runtimeVersion } from '../../models/onnx-scorer.ts'
import { loadPackage } from '../../models/package.ts'
import { packageFolder } from '../../models/package-folder.ts'
import { type ModelAction, onePackage, trustFlags, trustOf, trustUsage } from './action.ts'

export const action: ModelAction = {
  usage: `  musubi model verify PACKAGE [--trust FILE] [--allow-unsigned] [--json]
      Checks signature, files, schema, graph and golden samples of a package (a folder, a .tgz or an id under models/packages)
      with the runtime of this machine.
${trustUsage}`,
  async run(words) {
    const options = { ...trustFlags, json: { type: 'boolean' } } as const
    const { positionals, values } = parseArgs({ args: [...words], allowPositionals: true, options })
    const model = await loadPackage(packageFolder(onePackage(positionals)), await trustOf(values))
    if (isImagePackage(model))
      throw new AppError('model.invalid', 'the golden images of this package cannot be run here')
    const scorer = await openOnnxScorer(model)
    await scorer.close()
    const { id, version, task, files } = model.manifest
    const goldenCases = model.golden.cases.length
    const facts = { id, version, task, files: files.length, goldenCases, signedBy: model.signedBy ?? null }
    if (values.json === true) console.log(JSON.stringify({ ...facts, runtime: runtimeVersion() }))
    else {
      const signed = model.signedBy === undefined ? 'not signed' : `signed by ${model.signedBy}`
      const checks = `${files.length} files, ${goldenCases} golden cases match, ONNX Runtime ${runtimeVersion()}`
      console.log(`${id} ${version} (${task}): accepted; ${signed}, ${checks}`)
    }
    return 0
  },
}
