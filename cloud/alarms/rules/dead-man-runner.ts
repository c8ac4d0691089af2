// Runs one dead-man rule: a device whose series have all gone silent is one alarm, a single silent channel is its own.
import type { SeriesFacts } from '../../registry/series-directory.ts'
import {
  matchesSeries,
  type AlarmSubject,
  type DeadManRule,
  type Instant,
  type RuleContext,
  type RuleRunner,
} from './rule.ts'

interface Watched {
  readonly facts: SeriesFacts
  /** Monotonic ms at which its newest usable reading arrived; undefined: none since start. */
  aliveAtMs: number | undefined
  /** The same of an earlier run, before the start; the start itself where there is no such reading. */
  readonly earlierAtMs: number
}

/** After a start of the hub gateways come back within this time: their longest back-off and a connect (edge/uplink). */
const reconnectMs = 90_000

/**
 * Silence counts from receipt, in monotonic time, so that a jump of the hub's clock neither raises nor mutes: late data that
 * arrives is a sign of life. Of an earlier run the newest stored reading stands for the last receipt; after a start a device
 * has one interval and the time of a reconnect to prove itself. Only usable readings count, so that a device that
 * answers nothing (its driver sends `bad` readings) is silent. Readings that arrived after a deadline must have been
 * seen of its gateway before a device is called silent; otherwise the silence is the gateway's, which has a rule of its own,
 * or the store's.
 */
export function runDeadMan(rule: DeadManRule, context: RuleContext): RuleRunner {
  const devices = new Map<string, Map<number, Watched>>()
  const watched: (Watched | undefined)[] = []

  /** Undefined: nothing can be said now. */
  function isSilent(series: number, entry: Watched, now: Instant): boolean | undefined {
    const deadline = deadlineAtMs(rule, context, series, entry)
    if (deadline === undefined) return undefined
    return now.atMs > deadline && context.observedAtMs(entry.facts.gateway) >= deadline
  }

  function set(subject: AlarmSubject, active: boolean, nowMs: number): void {
    if (context.isActive(rule, subject.key) !== active) {
      context.transition({ rule, subject, active, timeMs: nowMs, value: undefined })
    }
  }

  function checkDevice(key: string, members: Map<number, Watched>, now: Instant): void {
    const [first] = members.values()
    if (first === undefined || context.gateway(first.facts.gateway)?.state === 'offline') return
    const states = Array.from(members, ([series, entry]) => ({ series, entry, silent: isSilent(series, entry, now) }))
    const known = states.filter(({ silent }) => silent !== undefined)
    const alive = known.some(({ entry }) => entry.aliveAtMs !== undefined)
    const allSilent = known.length > 0 && known.every(({ silent }) => silent === true)
    const device = deviceSubject(key, first.facts)
    if (allSilent) set(device, true, now.ms)
    else if (alive) set(device, false, now.ms)
    for (const { series, entry, silent } of known) {
      const subject = seriesSubject(context.facts(series))
      if (silent === true && !allSilent) set(subject, true, now.ms)
      else if (allSilent || entry.aliveAtMs !== undefined) set(subject, false, now.ms)
    }
  }

  return {
    rule,
    watches(facts) {
      if (!matchesSeries(rule.match, facts)) return false
      const known = watched[facts.id]
      const earlier = known?.earlierAtMs ?? earlierAtMs(context, facts.id)
      const entry = { facts, aliveAtMs: known?.aliveAtMs, earlierAtMs: earlier }
      watched[facts.id] = entry
      const key = `${facts.gateway}/${facts.device}`
      const members = devices.get(key) ?? new Map<number, Watched>()
      devices.set(key, members.set(facts.id, entry))
      return true
    },
    observe(series, _timeMs, now) {
      const entry = watched[series]
      if (entry !== undefined && context.latest.isUsable(series)) entry.aliveAtMs = now.atMs
    },
    alive(series, now) {
      const entry = watched[series]
      if (entry !== undefined) entry.aliveAtMs = now.atMs
    },
    tick(now) {
      for (const [key, members] of devices) checkDevice(key, members, now)
    },
    forget(gateway) {
      for (const [key, members] of devices) {
        const [first] = members.values()
        if (first?.facts.gateway !== gateway) continue
        for (const series of members.keys()) {
          if (!context.facts(series).described) set(seriesSubject(context.facts(series)), false, context.clock.now())
          else continue
          members.delete(series)
        }
        if (members.size === 0) {
          set(deviceSubject(key, first.facts), false, context.clock.now())
          devices.delete(key)
        }
      }
    },
  }
}

/** Monotonic ms after which it is silent; undefined where nobody knows its interval. */
function deadlineAtMs(rule: DeadManRule, context: RuleContext, series: number, entry: Watched): number | undefined {
  const intervalS = context.intervalS(series)
  if (intervalS === undefined) return undefined
  const onlineSinceAtMs = context.gateway(entry.facts.gateway)?.sinceAtMs ?? Number.NEGATIVE_INFINITY
  const patienceMs = Math.max(rule.intervals * intervalS, rule.atLeastS) * 1000
  const silentAtMs = Math.max(entry.aliveAtMs ?? entry.earlierAtMs, onlineSinceAtMs) + patienceMs
  if (entry.aliveAtMs !== undefined) return silentAtMs
  return Math.max(silentAtMs, context.startedAtMs + intervalS * 1000 + reconnectMs)
}

function earlierAtMs(context: RuleContext, series: number): number {
  const readingMs = context.latest.timeMs(series)
  if (readingMs === Number.NEGATIVE_INFINITY) return context.startedAtMs
  const { clock } = context
  return Math.min(context.startedAtMs, clock.monotonic() - (clock.now() - readingMs))
}

function deviceSubject(key: string, facts: SeriesFacts): AlarmSubject {
  return { key: `device:${key}`, gateway: facts.gateway, device: facts.device, series: undefined, site: facts.site }
}

function seriesSubject(facts: SeriesFacts): AlarmSubject {
  const { key, gateway, device, site } = facts
  return { key, gateway, device, series: key, site }
}
