// What a configuration is checked against: the drivers, profiles, models and keys of this machine.
import { driverRegistry } from '../../firmware-bridge/drivers/registry.ts'
import { loadProfile } from '../../firmware-bridge/profile-loader.ts'
import type { ConfigSources } from '../config.ts'
import { inspectionModel } from './inspection-model.ts'
import { modelKey } from './model-key.ts'

export const configSources: ConfigSources = { drivers: driverRegistry, loadProfile, inspectionModel, modelKey }
