// Runs one threshold rule over every series that it matches, with its companion channel where it names one.
import { AppError } from '../../broker/contract/app-error.ts'
import type { SeriesFacts } from '../registry/series-directory.ts'
import { matchGlob, matchesSeries, type RuleContext, type RuleRunner, type ThresholdRule } from './rule.ts'
import { compareToLimits, idleMemory, isActivePhase, stepThreshold, type ThresholdMemory } from './threshold.ts'

interface Watched {
  readonly series: number
  readonly facts: SeriesFacts
  readonly companionKey: string | undefined
  memory: ThresholdMemory
}

/** A reading that arrives this long after its event is late: it may clear an alarm, never raise one. */
const lateMs = 5 * 60_000

export function runThreshold(rule: ThresholdRule, context: RuleContext): RuleRunner {
  const delays = { onDelayMs: rule.onDelayS * 1000, offDelayMs: rule.offDelayS * 1000 }
  const watched = new Map<number, Watched>()
  const companions = new Map<string, Set<number>>()
  const waiting = new Set<Watched>()

  function watch(facts: SeriesFacts): Watched {
    const companionKey = companionKeyOf(rule, facts)
    const memory = watched.get(facts.id)?.memory ?? remembered(rule, facts.key, context)
    const entry = { series: facts.id, facts, companionKey, memory }
    watched.set(facts.id, entry)
    if (companionKey !== undefined) {
      companions.set(companionKey, (companions.get(companionKey) ?? new Set()).add(facts.id))
    }
    if (isWaiting(entry.memory)) waiting.add(entry)
    return entry
  }

  function evaluate(entry: Watched, timeMs: number, nowMs: number): void {
    const condition = conditionOf(entry)
    if (condition === undefined) return
    settle(entry, stepThreshold(entry.memory, { condition, timeMs, late: nowMs - timeMs > lateMs }, delays), timeMs)
  }

  function conditionOf({ series, companionKey }: Watched): 'on' | 'off' | 'hold' | undefined {
    if (context.latest.quality(series) !== 'good') return undefined
    const value = context.latest.value(series)
    if (Number.isNaN(value)) return undefined
    if (rule.while === undefined || companionKey === undefined) return compareToLimits(value, rule)
    const companion = context.seriesByKey(companionKey)
    if (companion === undefined || !context.latest.isUsable(companion)) return undefined
    const fits = compareToLimits(context.latest.value(companion), { ...rule.while, hysteresis: 0 }) === 'on'
    return fits ? compareToLimits(value, rule) : 'off'
  }

  function settle(entry: Watched, next: ThresholdMemory, timeMs: number): void {
    if (next === entry.memory) return
    const before = isActivePhase(entry.memory)
    entry.memory = next
    if (isWaiting(next)) waiting.add(entry)
    else waiting.delete(entry)
    context.remember(rule, entry.facts.key, JSON.stringify(next))
    const active = isActivePhase(next)
    if (active === before) return
    const { key, gateway, device, site } = context.facts(entry.series)
    const subject = { key, gateway, device, site, series: key }
    context.transition({ rule, subject, active, timeMs, value: context.latest.value(entry.series) })
  }

  return {
    rule,
    watches(facts) {
      if (matchesSeries(rule.match, facts)) {
        watch(facts)
        return true
      }
      return rule.while !== undefined && couldBeCompanion(rule, facts)
    },
    observe(series, timeMs, nowMs) {
      const entry = watched.get(series)
      if (entry !== undefined) evaluate(entry, timeMs, nowMs)
      if (companions.size === 0) return
      for (const id of companions.get(context.facts(series).key) ?? []) {
        const primary = watched.get(id)
        if (primary !== undefined) evaluate(primary, Math.max(timeMs, context.latest.timeMs(id)), nowMs)
      }
    },
    tick(nowMs) {
      for (const entry of waiting) {
        if (nowMs - context.latest.timeMs(entry.series) > lateMs) continue
        evaluate(entry, nowMs, nowMs)
      }
    },
    forget(gateway) {
      for (const entry of watched.values()) {
        if (entry.facts.gateway !== gateway) continue
        const facts = context.facts(entry.series)
        if (matchesSeries(rule.match, facts)) continue
        settle(entry, idleMemory, context.clock.now())
        watched.delete(entry.series)
      }
    },
  }
}

function isWaiting(memory: ThresholdMemory): boolean {
  return memory.phase === 'rising' || memory.phase === 'falling'
}

function companionKeyOf(rule: ThresholdRule, facts: SeriesFacts): string | undefined {
  if (rule.while === undefined) return undefined
  const captured = matchGlob(rule.match.channel ?? '*', facts.channel) ?? ''
  const name = facts.key.slice(0, facts.key.length - facts.channel.length)
  return name + rule.while.channel.replace('*', captured)
}

function couldBeCompanion(rule: ThresholdRule, facts: SeriesFacts): boolean {
  const { channel: _channel, ...place } = rule.match
  return matchesSeries({ ...place, channel: rule.while?.channel ?? '' }, facts)
}

/** The alarm has the last word: it may have been closed while the rule was not there or watched something else. */
function remembered(rule: ThresholdRule, subject: string, context: RuleContext): ThresholdMemory {
  const memory = recall(context.memory(rule, subject))
  const active = context.isActive(rule, subject)
  if (isActivePhase(memory) === active) return memory
  return active ? { phase: 'active', sinceMs: memory.sinceMs } : idleMemory
}

function recall(stored: string | undefined): ThresholdMemory {
  if (stored === undefined) return idleMemory
  const memory: unknown = JSON.parse(stored)
  if (typeof memory === 'object' && memory !== null && 'phase' in memory && 'sinceMs' in memory) {
    return memory as ThresholdMemory
  }
  throw new AppError('store.unavailable', 'the memory of an alarm rule cannot be read')
}
