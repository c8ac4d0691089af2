// Runs one rule about what models at the gateways decide: a condition that they raise and clear, or k bad of the last n.
import type { GatewayEvent } from '../../../broker/contract/event.ts'
import { splitSeriesName } from '../../../broker/contract/sample.ts'
import { DelayedConditions, type DelayedCondition, type Verdict } from './delayed-conditions.ts'
import type { AlarmSubject, Instant, ObservedEvent, RuleContext, RuleRunner } from './rule-runner.ts'
import type { EventRule } from './rule.ts'
import { isInScope, isOfTenant, matchGlob } from './series-match.ts'

/** Of one event: its time (Unix ms) and whether it was bad. */
type Seen = readonly [timeMs: number, bad: 0 | 1]

interface Source {
  readonly condition: DelayedCondition
  /** Oldest first, at most `count.of` or 1. */
  seen: readonly Seen[]
}

/**
 * Events count in the order of their own times, whatever the order in which they came: a late one changes what the last n
 * were, and raises nothing by itself. The value of an alarm is the number of bad ones, or the score of the event.
 */
export function runEvent(rule: EventRule, context: RuleContext): RuleRunner {
  const conditions = new DelayedConditions(rule, context)
  const sources = new Map<string, Source>()
  const delays = { onDelayMs: rule.onDelayS * 1000, offDelayMs: rule.offDelayS * 1000 }
  const kept = rule.count?.of ?? 1

  function sourceOf(subject: AlarmSubject): Source {
    const known = sources.get(subject.key)
    if (known !== undefined) return known
    const stored = context.memory(rule, `seen:${subject.key}`)
    const seen = stored === undefined ? [] : (JSON.parse(stored) as readonly Seen[])
    const source = { condition: conditions.open(subject, delays), seen }
    sources.set(subject.key, source)
    return source
  }

  return {
    rule,
    interests: [],
    watches: () => false,
    observe: () => undefined,
    observeEvent(observed, now) {
      const { gateway, event } = observed
      if (event.kind !== rule.event || !isInScope(rule.scope, gateway)) return
      const subject = subjectOf(observed, context)
      if (!matchesSource(rule, observed, subject, context)) return
      const source = sourceOf(subject)
      const seen = inserted(source.seen, [event.timeMs, isBad(event, rule) ? 1 : 0], kept)
      // Older than all that still count.
      if (seen === source.seen) return
      source.seen = seen
      context.remember(rule, `seen:${subject.key}`, JSON.stringify(seen))
      // The condition is that of the newest event: one that came out of order does not set it back.
      const timeMs = seen.at(-1)?.[0] ?? event.timeMs
      const value = rule.count === undefined ? (event.score ?? undefined) : badOf(seen, rule)
      conditions.judge(source.condition, { verdict: verdictOf(seen, rule), timeMs, value, again: false }, now)
    },
    tick: (now: Instant) => conditions.tick(now),
    forget: () => undefined,
    release(tenant) {
      for (const [key, { condition }] of sources) {
        if (!isOfTenant(condition.subject.gateway, tenant)) continue
        conditions.release(condition)
        sources.delete(key)
      }
    },
  }
}

function isBad({ state, class: className, score }: GatewayEvent, { bad }: EventRule): boolean {
  if (bad === undefined) return state === 'raised' || state === 'reject'
  if (bad.states !== undefined && (state === undefined || !bad.states.includes(state))) return false
  if (bad.classes !== undefined && (className === null || !bad.classes.includes(className))) return false
  return bad.scoreAbove === undefined || (score !== null && score > bad.scoreAbove)
}

/** The same list where the event is older than everything in a full one. */
function inserted(seen: readonly Seen[], one: Seen, kept: number): readonly Seen[] {
  let at = seen.length
  while (at > 0 && (seen[at - 1] as Seen)[0] > one[0]) at -= 1
  if (at === 0 && seen.length === kept) return seen
  return seen.toSpliced(at, 0, one).slice(-kept)
}

function badOf(seen: readonly Seen[], { count }: EventRule): number {
  const newestMs = seen.at(-1)?.[0] ?? 0
  const fromMs = count?.withinS === undefined ? Number.NEGATIVE_INFINITY : newestMs - count.withinS * 1000
  return seen.reduce((sum, [timeMs, bad]) => (timeMs >= fromMs ? sum + bad : sum), 0)
}

function verdictOf(seen: readonly Seen[], rule: EventRule): Verdict {
  const bad = badOf(seen, rule)
  if (rule.count === undefined) return bad > 0 ? 'on' : 'off'
  if (bad >= rule.count.atLeast) return 'on'
  return bad < (rule.count.clearBelow ?? rule.count.atLeast) ? 'off' : 'hold'
}

function subjectOf({ gateway, event }: ObservedEvent, context: RuleContext): AlarmSubject {
  const ofSeries = event.source.includes(':')
  const device = ofSeries ? splitSeriesName(event.source).device : event.source
  const site = context.gateway(gateway)?.devices.get(device)?.site
  return {
    key: `event:${gateway}/${event.source}`,
    gateway,
    device,
    series: ofSeries ? `${gateway}/${event.source}` : undefined,
    site: site === undefined ? undefined : `${gateway}/${site}`,
  }
}

function matchesSource(
  { match }: EventRule,
  { gateway, event }: ObservedEvent,
  subject: AlarmSubject,
  context: RuleContext,
): boolean {
  const record = context.gateway(gateway)
  const device = subject.device === undefined ? undefined : record?.devices.get(subject.device)
  const site = device?.site === undefined ? undefined : record?.sites.get(device.site)
  return (
    (match.siteKind === undefined || match.siteKind === site?.kind) &&
    fits(match.site, subject.site) &&
    fits(match.gateway, gateway) &&
    fits(match.profile, device?.profile) &&
    fits(match.source, event.source) &&
    fits(match.model, event.model.id)
  )
}

function fits(pattern: string | undefined, text: string | undefined): boolean {
  return pattern === undefined || (text !== undefined && matchGlob(pattern, text) !== undefined)
}
