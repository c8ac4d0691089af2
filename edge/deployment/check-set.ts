// The checker of a set that is about to run: its words are gateway.yaml and the folder of the set, its answer the GatewayConfig.
import { answerParent } from '../checks/checker.ts'
import { configSources } from '../checks/config-sources.ts'
import { loadSetConfig } from './set-config.ts'

await answerParent(([base = '', set]) => loadSetConfig({ base, set }, configSources))
