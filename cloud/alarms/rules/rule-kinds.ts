// The registry of rule kinds: a new kind is one runner file, one schema in rule.ts and one line here.
import { runComposite } from './composite-runner.ts'
import { runDeadMan } from './dead-man-runner.ts'
import { runEvent } from './event-runner.ts'
import { runExpression } from './expression-runner.ts'
import { runGatewayOffline } from './gateway-offline-runner.ts'
import { runRate } from './rate-runner.ts'
import type { RuleContext, RuleRunner } from './rule-runner.ts'
import type { AlarmRule } from './rule.ts'
import { runThreshold } from './threshold-runner.ts'

/** Throws `config.invalid` for a rule that was not checked by `ruleFaults`. */
export function runRule(rule: AlarmRule, context: RuleContext): RuleRunner {
  switch (rule.kind) {
    case 'threshold':
      return runThreshold(rule, context)
    case 'rate':
      return runRate(rule, context)
    case 'dead-man':
      return runDeadMan(rule, context)
    case 'gateway-offline':
      return runGatewayOffline(rule, context)
    case 'event':
      return runEvent(rule, context)
    case 'composite':
      return runComposite(rule, context)
    case 'expression':
      return runExpression(rule, context)
    default:
      return rule satisfies never
  }
}
