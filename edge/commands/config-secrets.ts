// The process that finds what is secret in a gateway's configuration: its words are gateway.yaml and the folder of the set, its answer the secrets.
import { answerParent } from '../checks/checker.ts'
import { maskedConfig } from './masked-config.ts'

await answerParent(async ([base = '', set]) => (await maskedConfig({ base, set })).secrets)
