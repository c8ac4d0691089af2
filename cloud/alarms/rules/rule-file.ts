// Reads alarm rules from YAML; every fault is listed at once, with its path.
import { Value } from 'typebox/value'
import { parse } from 'yaml'
import { AppError } from '../../../broker/contract/app-error.ts'
import { type AlarmRule, DeadManRule, GatewayOfflineRule, ThresholdRule } from './rule.ts'

const schemas = { threshold: ThresholdRule, 'dead-man': DeadManRule, 'gateway-offline': GatewayOfflineRule } as const

/** Throws `config.invalid` with every fault. `source` names the file in messages. */
export function parseRules(text: string, source: string): readonly AlarmRule[] {
  const document = parsedYaml(text, source)
  if (!Array.isArray(document)) throw new AppError('config.invalid', `${source}: a list of rules is expected`)
  const faults: string[] = []
  const ids = new Set<string>()
  const rules = document.map((entry: unknown, index) => {
    const rule = withDefaults(entry)
    faults.push(...faultsOf(rule).map((fault) => `/${index}${fault}`))
    const id = isRecord(rule) ? String(rule['id']) : ''
    if (ids.has(id)) faults.push(`/${index}/id: "${id}" is used twice`)
    ids.add(id)
    return rule
  })
  if (faults.length > 0) throw new AppError('config.invalid', `${source} has faults:\n  ${faults.join('\n  ')}`)
  return rules as readonly AlarmRule[]
}

function parsedYaml(text: string, source: string): unknown {
  try {
    return parse(text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new AppError('config.invalid', `${source} is no YAML: ${reason}`, { cause })
  }
}

function withDefaults(entry: unknown): unknown {
  return isRecord(entry) && entry['kind'] === 'threshold' ? { hysteresis: 0, ...entry } : entry
}

function faultsOf(rule: unknown): readonly string[] {
  const kind = isRecord(rule) ? rule['kind'] : undefined
  const schema = typeof kind === 'string' && kind in schemas ? schemas[kind as keyof typeof schemas] : undefined
  if (schema === undefined) return [`/kind: must be one of ${Object.keys(schemas).join(', ')}, for example "threshold"`]
  const faults = [...Value.Errors(schema, rule)].map((fault) => `${fault.instancePath}: ${fault.message}`)
  if (faults.length === 0 && Value.Check(ThresholdRule, rule) && rule.below === undefined && rule.above === undefined) {
    return [': a threshold rule has "below" or "above", for example below: 0.02']
  }
  return faults
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
