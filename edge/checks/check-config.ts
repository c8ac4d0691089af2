// The checker of gateway.yaml: its one word is the path, its answer the GatewayConfig.
import { loadConfig } from '../config.ts'
import { answerParent } from './checker.ts'
import { configSources } from './config-sources.ts'

await answerParent(([path = '']) => loadConfig(path, configSources))
