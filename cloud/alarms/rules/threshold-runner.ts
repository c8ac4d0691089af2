// Runs one threshold rule over every series that it matches, with its companion channel where it names one.
import { AppError } from '../../../broker/contract/app-error.ts'
import type { SeriesFacts } from '../../registry/series-directory.ts'
import { isUnitFaulty } from './rule-unit.ts'
import {
  matchGlob,
  matchesSeries,
  type Instant,
  type RuleContext,
  type RuleRunner,
  type ThresholdRule,
} from './rule.ts'
import {
  allowedLatenessMs,
  compareToLimits,
  idleMemory,
  isActivePhase,
  isWaiting,
  runOut,
  silenceUntilRunOutMs,
  stepThreshold,
  type ThresholdDelays,
  type ThresholdMemory,
} from './threshold.ts'

interface Watched {
  readonly series: number
  readonly facts: SeriesFacts
  readonly companionKey: string | undefined
  memory: ThresholdMemory
  /** Its values are in another unit than the limits: nothing is compared. */
  readonly unitFaulty: boolean
  /** Was its newest reading late? Then only a newer one can raise. */
  late: boolean
  /** Monotonic ms at which the delay that runs has run out, unless a reading comes before. */
  runOutAtMs: number
}

/**
 * Delays run in the event time of the series: the readings themselves end them. Where none comes, the hub's clock ends
 * them, when every reading of the delay's span must have arrived: not while the gateway is away, and not before the
 * gateways had the same time after a start or a reconnect.
 */
export function runThreshold(rule: ThresholdRule, context: RuleContext): RuleRunner {
  return new ThresholdRunner(rule, context)
}

class ThresholdRunner implements RuleRunner {
  readonly rule: ThresholdRule
  readonly #context: RuleContext
  readonly #delays: ThresholdDelays
  readonly #watched = new Map<number, Watched>()
  /** By companion key, the series that it decides about. */
  readonly #companions = new Map<string, Set<number>>()
  readonly #waiting = new Set<Watched>()

  constructor(rule: ThresholdRule, context: RuleContext) {
    this.rule = rule
    this.#context = context
    this.#delays = { onDelayMs: rule.onDelayS * 1000, offDelayMs: rule.offDelayS * 1000 }
  }

  watches(facts: SeriesFacts): boolean {
    if (matchesSeries(this.rule.match, facts)) {
      this.#watch(facts)
      return true
    }
    return this.rule.while !== undefined && couldBeCompanion(this.rule, facts)
  }

  observe(series: number, timeMs: number, now: Instant): void {
    const { latest } = this.#context
    const entry = this.#watched.get(series)
    if (entry !== undefined) this.#evaluate(entry, timeMs, now)
    if (this.#companions.size === 0) return
    for (const id of this.#companions.get(this.#context.facts(series).key) ?? []) {
      const primary = this.#watched.get(id)
      if (primary !== undefined) this.#evaluate(primary, Math.max(timeMs, latest.timeMs(id)), now)
    }
  }

  tick(now: Instant): void {
    for (const entry of this.#waiting) this.#runOutIfSilent(entry, now.atMs)
  }

  forget(gateway: string): void {
    for (const entry of this.#watched.values()) {
      if (entry.facts.gateway !== gateway) continue
      const facts = this.#context.facts(entry.series)
      if (matchesSeries(this.rule.match, facts)) continue
      this.#settle(entry, idleMemory, this.#context.clock.now())
      this.#watched.delete(entry.series)
    }
  }

  #watch(facts: SeriesFacts): void {
    const { clock } = this.#context
    const companionKey = companionKeyOf(this.rule, facts)
    const known = this.#watched.get(facts.id)
    const memory = known?.memory ?? remembered(this.rule, facts.key, this.#context)
    const now = { ms: clock.now(), atMs: clock.monotonic() }
    const runOutAtMs = known?.runOutAtMs ?? this.#runOutAtMs(memory, now)
    const unitFaulty = isUnitFaulty(this.rule, facts, this.#context)
    const late = known?.late ?? true
    const entry = { series: facts.id, facts, companionKey, memory, unitFaulty, late, runOutAtMs }
    this.#watched.set(facts.id, entry)
    if (known !== undefined) this.#waiting.delete(known)
    if (companionKey !== undefined) {
      this.#companions.set(companionKey, (this.#companions.get(companionKey) ?? new Set()).add(facts.id))
    }
    if (isWaiting(memory)) this.#waiting.add(entry)
    if (unitFaulty && memory.phase === 'rising') this.#settle(entry, idleMemory, now.ms)
  }

  #evaluate(entry: Watched, timeMs: number, now: Instant): void {
    entry.late = now.ms - this.#context.latest.timeMs(entry.series) > allowedLatenessMs
    const condition = this.#conditionOf(entry)
    if (condition !== undefined) {
      this.#settle(entry, stepThreshold(entry.memory, { condition, timeMs, late: entry.late }, this.#delays), timeMs)
    }
    if (isWaiting(entry.memory)) entry.runOutAtMs = this.#runOutAtMs(entry.memory, now)
  }

  #runOutAtMs(memory: ThresholdMemory, now: Instant): number {
    return now.atMs + silenceUntilRunOutMs(memory, this.#delays, now.ms)
  }

  #runOutIfSilent(entry: Watched, nowAtMs: number): void {
    const { memory } = entry
    const { startedAtMs } = this.#context
    if (nowAtMs < entry.runOutAtMs || nowAtMs < startedAtMs + allowedLatenessMs) return
    const gateway = this.#context.gateway(entry.facts.gateway)
    if (gateway?.state === 'offline' || nowAtMs < (gateway?.sinceAtMs ?? startedAtMs) + allowedLatenessMs) return
    if (memory.phase === 'rising' && entry.late) return
    if (this.#conditionOf(entry) !== (memory.phase === 'rising' ? 'on' : 'off')) return
    const next = runOut(memory, this.#delays)
    this.#settle(entry, next.memory, next.timeMs)
  }

  #conditionOf({ series, companionKey, unitFaulty }: Watched): 'on' | 'off' | 'hold' | undefined {
    const { rule } = this
    const { latest } = this.#context
    if (unitFaulty) return undefined
    if (latest.quality(series) !== 'good') return undefined
    const value = latest.value(series)
    if (Number.isNaN(value)) return undefined
    if (rule.while === undefined || companionKey === undefined) return compareToLimits(value, rule)
    const companion = this.#context.seriesByKey(companionKey)
    if (companion === undefined || !latest.isUsable(companion)) return undefined
    const fits = compareToLimits(latest.value(companion), { ...rule.while, hysteresis: 0 }) === 'on'
    return fits ? compareToLimits(value, rule) : 'off'
  }

  #settle(entry: Watched, next: ThresholdMemory, timeMs: number): void {
    if (next === entry.memory) return
    const { rule } = this
    const before = isActivePhase(entry.memory)
    entry.memory = next
    if (isWaiting(next)) this.#waiting.add(entry)
    else this.#waiting.delete(entry)
    this.#context.remember(rule, entry.facts.key, JSON.stringify(next))
    const active = isActivePhase(next)
    if (active === before) return
    const { key, gateway, device, site } = this.#context.facts(entry.series)
    const subject = { key, gateway, device, site, series: key }
    this.#context.transition({ rule, subject, active, timeMs, value: this.#context.latest.value(entry.series) })
  }
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
