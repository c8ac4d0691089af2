// Runs one dead-man rule: a device whose series have all gone silent is one alarm, a single silent channel is its own.
import type { SeriesFacts } from '../registry/series-directory.ts'
import { matchesSeries, type AlarmSubject, type DeadManRule, type RuleContext, type RuleRunner } from './rule.ts'

interface Watched {
  readonly facts: SeriesFacts
  /** Hub time (Unix ms) at which its newest usable reading arrived. */
  aliveMs: number
}

/**
 * Silence counts in hub time: late data that arrives is a sign of life. Only usable readings count, so that a device that
 * answers nothing (its driver sends `bad` readings) is silent. Readings that arrived after a deadline must have been
 * seen of its gateway before a device is called silent; otherwise the silence is the gateway's, which has a rule of its own,
 * or the store's.
 */
export function runDeadMan(rule: DeadManRule, context: RuleContext): RuleRunner {
  const devices = new Map<string, Map<number, Watched>>()
  const watched: (Watched | undefined)[] = []

  function deadlineMs(series: number, entry: Watched): number | undefined {
    const intervalS = context.intervalS(series)
    if (intervalS === undefined) return undefined
    const onlineSinceMs = context.gateway(entry.facts.gateway)?.sinceMs ?? 0
    const fromMs = Math.max(entry.aliveMs, onlineSinceMs, context.startedMs)
    return fromMs + Math.max(rule.intervals * intervalS, rule.atLeastS) * 1000
  }

  /** Undefined: nothing can be said now. */
  function isSilent(series: number, entry: Watched, nowMs: number): boolean | undefined {
    const deadline = deadlineMs(series, entry)
    if (deadline === undefined) return undefined
    return nowMs > deadline && context.observedMs(entry.facts.gateway) >= deadline
  }

  function set(subject: AlarmSubject, active: boolean, nowMs: number): void {
    if (context.isActive(rule, subject.key) !== active) {
      context.transition({ rule, subject, active, timeMs: nowMs, value: undefined })
    }
  }

  function checkDevice(key: string, members: Map<number, Watched>, nowMs: number): void {
    const [first] = members.values()
    if (first === undefined || context.gateway(first.facts.gateway)?.state === 'offline') return
    const states = Array.from(members, ([series, entry]) => ({ series, entry, silent: isSilent(series, entry, nowMs) }))
    const known = states.filter(({ silent }) => silent !== undefined)
    const alive = known.some(({ entry }) => entry.aliveMs > context.startedMs)
    const allSilent = known.length > 0 && known.every(({ silent }) => silent === true)
    const device = deviceSubject(key, first.facts)
    if (allSilent) set(device, true, nowMs)
    else if (alive) set(device, false, nowMs)
    for (const { series, entry, silent } of known) {
      const subject = seriesSubject(context.facts(series))
      if (silent === true && !allSilent) set(subject, true, nowMs)
      else if (allSilent || entry.aliveMs > context.startedMs) set(subject, false, nowMs)
    }
  }

  return {
    rule,
    watches(facts) {
      if (!matchesSeries(rule.match, facts)) return false
      const entry = { facts, aliveMs: watched[facts.id]?.aliveMs ?? 0 }
      watched[facts.id] = entry
      const key = `${facts.gateway}/${facts.device}`
      const members = devices.get(key) ?? new Map<number, Watched>()
      devices.set(key, members.set(facts.id, entry))
      return true
    },
    observe(series, _timeMs, nowMs) {
      const entry = watched[series]
      if (entry !== undefined && context.latest.isUsable(series)) entry.aliveMs = nowMs
    },
    alive(series, nowMs) {
      const entry = watched[series]
      if (entry !== undefined) entry.aliveMs = nowMs
    },
    tick(nowMs) {
      for (const [key, members] of devices) checkDevice(key, members, nowMs)
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

function deviceSubject(key: string, facts: SeriesFacts): AlarmSubject {
  return { key: `device:${key}`, gateway: facts.gateway, device: facts.device, series: undefined, site: facts.site }
}

function seriesSubject(facts: SeriesFacts): AlarmSubject {
  const { key, gateway, device, site } = facts
  return { key, gateway, device, series: key, site }
}
