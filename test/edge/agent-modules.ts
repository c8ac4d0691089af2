// Prints, as JSON, every module that the gateway agent's process and its inference thread load when all drivers are configured.
import { registerHooks } from 'node:module'

const modules = new Set<string>()
registerHooks({
  load(url, context, nextLoad) {
    modules.add(url)
    return nextLoad(url, context)
  },
})

await import('../../bin/commands/edge.ts')
await import('../../edge/deployment/open-deployment.ts')
await import('../../edge/inference/host.ts')
await import('../../models/onnx-scorer.ts')
const { driverRegistry } = await import('../../firmware-bridge/drivers/registry.ts')
for (const type of driverRegistry.types) await driverRegistry.load(type)
process.stdout.write(JSON.stringify([...modules]))
