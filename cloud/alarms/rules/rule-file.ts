// Reads alarm rules from YAML; every fault is listed at once, with its path.
import { parse } from 'yaml'
import { AppError } from '../../../broker/contract/app-error.ts'
import { faultLine } from './rule-fault.ts'
import { isRecord, referenceFaults, ruleFaults, withDefaults } from './rule-faults.ts'
import type { AlarmRule } from './rule.ts'

/** Throws `config.invalid` with every fault. `source` names the file in messages. */
export function parseRules(text: string, source: string): readonly AlarmRule[] {
  const document = parsedYaml(text, source)
  if (!Array.isArray(document)) throw new AppError('config.invalid', `${source}: a list of rules is expected`)
  const faults: string[] = []
  const ids = new Set<string>()
  const rules = document.map((entry: unknown, index) => {
    const rule = withDefaults(entry)
    faults.push(...ruleFaults(rule).map((fault) => `/${index}${faultLine(fault)}`))
    const id = isRecord(rule) ? String(rule['id']) : ''
    if (ids.has(id)) faults.push(`/${index}/id: "${id}" is used twice`)
    ids.add(id)
    return rule
  })
  if (faults.length === 0) faults.push(...referenceFaults(rules as readonly AlarmRule[]).map(faultLine))
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
