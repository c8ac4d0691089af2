// The conditions of one rule, one per subject, with their delays: what every kind of rule that judges readings or events has in common.
import { AppError } from '../../../broker/contract/app-error.ts'
import type { AlarmRule } from './rule.ts'
import type { AlarmSubject, Instant, RuleContext } from './rule-runner.ts'
import {
  allowedLatenessMs,
  idleMemory,
  isActivePhase,
  isWaiting,
  runOut,
  silenceUntilRunOutMs,
  stepThreshold,
  untilDelayEndMs,
  type ThresholdDelays,
  type ThresholdMemory,
} from './threshold.ts'

/** on, off: beyond a limit, back from it. hold: between. unknown: nothing can be said, so nothing is raised and nothing cleared. */
export type Verdict = 'on' | 'off' | 'hold' | 'unknown'

export interface DelayedCondition {
  readonly subject: AlarmSubject
  readonly delays: ThresholdDelays
  readonly memory: ThresholdMemory
  /** What the newest judgement was. */
  readonly verdict: Verdict
}

interface Entry {
  readonly subject: AlarmSubject
  readonly delays: ThresholdDelays
  memory: ThresholdMemory
  verdict: Verdict
  value: number | undefined
  /** Monotonic ms at which the delay that runs has run out, unless a judgement comes before. */
  runOutAtMs: number
}

export interface Judgement {
  readonly verdict: Verdict
  /** Event time of what decided, Unix ms. */
  readonly timeMs: number
  readonly value: number | undefined
  /** Seen in an earlier run already: whether it was late is remembered, not asked again. */
  readonly again: boolean
}

/**
 * What the delays of a rule run by. `readings`: event time, and the clock only where readings stay out; what is late raises
 * nothing. `clock`: the hub's clock, for what is decided by other rules, which have judged lateness themselves.
 */
type Timing = 'readings' | 'clock'

/**
 * Delays run in event time: the readings themselves end them. Where none comes, the hub's clock ends them, when every
 * reading of the delay's span must have arrived: not while the gateway is away, and not before the gateways had the same
 * time after a start or a reconnect. What came later than the allowed lateness raises nothing.
 */
export class DelayedConditions {
  readonly #rule: AlarmRule
  readonly #context: RuleContext
  readonly #timing: Timing
  readonly #waiting = new Set<Entry>()

  constructor(rule: AlarmRule, context: RuleContext, timing: Timing = 'readings') {
    this.#rule = rule
    this.#context = context
    this.#timing = timing
  }

  /** Takes up what is remembered of this subject. `previous`: the same condition under an earlier description. */
  open(subject: AlarmSubject, delays: ThresholdDelays, previous?: DelayedCondition): DelayedCondition {
    const { clock } = this.#context
    const before = previous as Entry | undefined
    const now = { ms: clock.now(), atMs: clock.monotonic() }
    const memory = before?.memory ?? remembered(this.#rule, subject.key, this.#context)
    const runOutAtMs = before?.runOutAtMs ?? this.#runOutAtMs(memory, delays, now)
    const entry: Entry = {
      subject,
      delays,
      memory,
      verdict: before?.verdict ?? 'unknown',
      value: before?.value,
      runOutAtMs,
    }
    if (before !== undefined) this.#waiting.delete(before)
    if (isWaiting(memory)) this.#wait(entry)
    return entry
  }

  judge(condition: DelayedCondition, judgement: Judgement, now: Instant): void {
    const entry = condition as Entry
    const { verdict, timeMs, value, again } = judgement
    entry.verdict = verdict
    if (verdict !== 'unknown') {
      entry.value = value
      const isLate = this.#timing === 'readings' && now.ms - timeMs > allowedLatenessMs
      const late = again && entry.memory.phase === 'rising' ? entry.memory.late === true : isLate
      const next = stepThreshold(entry.memory, { condition: verdict, timeMs, late }, entry.delays)
      if (next.phase === 'idle') this.#tellPast(entry, timeMs)
      this.#settle(entry, next, timeMs)
    }
    if (isWaiting(entry.memory)) entry.runOutAtMs = this.#runOutAtMs(entry.memory, entry.delays, now)
  }

  /** Ends the condition; `timeMs` Unix ms. */
  end(condition: DelayedCondition, timeMs: number): void {
    const entry = condition as Entry
    entry.verdict = 'unknown'
    this.#settle(entry, idleMemory, timeMs)
  }

  /** Lets it go as it is: it is remembered, and decides nothing any more. */
  release(condition: DelayedCondition): void {
    this.#waiting.delete(condition as Entry)
  }

  /** Does any delay run still? */
  tick(now: Instant): boolean {
    for (const entry of this.#waiting) {
      if (now.atMs >= entry.runOutAtMs && this.#hasHadItsTime(entry, now.atMs)) this.#runOut(entry)
    }
    return this.#waiting.size > 0
  }

  #wait(entry: Entry): void {
    if (this.#waiting.size === 0) this.#context.wake(this.#rule)
    this.#waiting.add(entry)
  }

  #runOutAtMs(memory: ThresholdMemory, delays: ThresholdDelays, now: Instant): number {
    const wait = this.#timing === 'clock' ? untilDelayEndMs : silenceUntilRunOutMs
    return now.atMs + wait(memory, delays, now.ms)
  }

  /** Could every reading of the delay's span have arrived? */
  #hasHadItsTime({ subject }: Entry, nowAtMs: number): boolean {
    if (this.#timing === 'clock') return true
    const { startedAtMs } = this.#context
    if (nowAtMs < startedAtMs + allowedLatenessMs) return false
    const gateway = this.#context.gateway(subject.gateway)
    return gateway?.state !== 'offline' && nowAtMs >= (gateway?.sinceAtMs ?? startedAtMs) + allowedLatenessMs
  }

  #runOut(entry: Entry): void {
    const { memory, verdict } = entry
    if (memory.phase === 'rising' && memory.late === true) return
    if (verdict !== (memory.phase === 'rising' ? 'on' : 'off')) return
    const next = runOut(memory, entry.delays)
    this.#settle(entry, next.memory, next.timeMs)
  }

  #settle(entry: Entry, next: ThresholdMemory, timeMs: number): void {
    if (next === entry.memory || (next.phase === 'idle' && entry.memory.phase === 'idle')) return
    const wasActive = isActivePhase(entry.memory)
    entry.memory = next
    if (isWaiting(next)) this.#wait(entry)
    else this.#waiting.delete(entry)
    const { subject, value } = entry
    this.#context.remember(this.#rule, subject.key, JSON.stringify(next))
    const active = isActivePhase(next)
    if (active === wasActive) return
    this.#context.transition({ rule: this.#rule, subject, active, timeMs: active ? next.sinceMs : timeMs, value })
  }

  /** Late readings told of a state that lasted for its whole on-delay and has ended. */
  #tellPast({ memory, subject, value }: Entry, clearedMs: number): void {
    if (memory.phase !== 'rising' || memory.overMs === undefined) return
    this.#context.past({ rule: this.#rule, subject, raisedMs: memory.overMs, clearedMs, value })
  }
}

/** The alarm has the last word: it may have been closed while the rule was not there or watched something else. */
function remembered(rule: AlarmRule, subject: string, context: RuleContext): ThresholdMemory {
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
