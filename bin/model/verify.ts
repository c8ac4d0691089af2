// `musubi model verify`: says whether a model package may run on this machine, and if not, names the fault.
import { parseArgs } from 'node:util'
import { runtimeVersion } from '../../models/runtime.ts'
import { type ModelAction, onePackage, trustFlags, trustOf, trustUsage } from './action.ts'
import { verifiedPackage } from '../../models/verified-package.ts'

export const action: ModelAction = {
  usage: `  musubi model verify PACKAGE [--trust FILE] [--allow-unsigned] [--json]
      Checks signature, files, schema, graph and golden samples of a package (a folder, a .tgz or an id under models/packages)
      with the runtime of this machine.
${trustUsage}`,
  async run(words) {
    const options = { ...trustFlags, json: { type: 'boolean' } } as const
    const { positionals, values } = parseArgs({ args: [...words], allowPositionals: true, options })
    const model = await verifiedPackage(onePackage(positionals), await trustOf(values))
    const { id, version, task, files } = model.manifest
    const goldenSamples = 'cases' in model.golden ? model.golden.cases.length : model.golden.trace.length
    const facts = { id, version, task, files: files.length, goldenSamples, signedBy: model.signedBy ?? null }
    if (values.json === true) console.log(JSON.stringify({ ...facts, runtime: runtimeVersion() }))
    else {
      const signed = model.signedBy === undefined ? 'not signed' : `signed by ${model.signedBy}`
      const checks = `${files.length} files, ${goldenSamples} golden cases match, ONNX Runtime ${runtimeVersion()}`
      console.log(`${id} ${version} (${task}): accepted; ${signed}, ${checks}`)
    }
    return 0
  },
}
