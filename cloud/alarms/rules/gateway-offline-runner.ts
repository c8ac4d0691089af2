// Runs one rule about gateways that are not connected.
import type { RuleContext, RuleRunner } from './rule-runner.ts'
import type { GatewayOfflineRule } from './rule.ts'
import { isInScope } from './series-match.ts'

export function runGatewayOffline(rule: GatewayOfflineRule, context: RuleContext): RuleRunner {
  return {
    rule,
    interests: [],
    watches: () => false,
    observe: () => undefined,
    tick(now) {
      for (const gateway of context.gateways()) {
        if (!isInScope(rule.scope, gateway.id)) continue
        const key = `gateway:${gateway.id}`
        const offline = gateway.state === 'offline' && gateway.reason === rule.reason
        const active = offline && now.atMs - gateway.sinceAtMs >= rule.onDelayS * 1000
        if (context.isActive(rule, key) === active) continue
        const subject = { key, gateway: gateway.id, device: undefined, series: undefined, site: undefined }
        const timeMs = active ? gateway.sinceMs : now.ms
        context.transition({ rule, subject, active, timeMs, value: undefined })
      }
      return true
    },
    forget: () => undefined,
  }
}
