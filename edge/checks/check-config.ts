// The checker of gateway.yaml: its one word is the path, its answer the GatewayConfig.
import { driverRegistry } from '../../firmware-bridge/drivers/registry.ts'
import { loadProfile } from '../../firmware-bridge/profile-loader.ts'
import { loadConfig } from '../config.ts'
import { inspectionModel } from './inspection-model.ts'
import { modelKey } from './model-key.ts'
import { answerParent } from './checker.ts'

await answerParent(([path = '']) => {
  return loadConfig(path, { drivers: driverRegistry, loadProfile, inspectionModel, modelKey })
})
