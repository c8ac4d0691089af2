// The registry of rule kinds: a new kind is one runner file, one schema in rule.ts and one line here.
import { runDeadMan } from './dead-man-runner.ts'
import { runGatewayOffline } from './gateway-offline-runner.ts'
import type { AlarmRule, RuleContext, RuleRunner } from './rule.ts'
import { runThreshold } from './threshold-runner.ts'

export function runRule(rule: AlarmRule, context: RuleContext): RuleRunner {
  switch (rule.kind) {
    case 'threshold':
      return runThreshold(rule, context)
    case 'dead-man':
      return runDeadMan(rule, context)
    case 'gateway-offline':
      return runGatewayOffline(rule, context)
    default:
      return rule satisfies never
  }
}
