// Runs one dead-man rule: a device whose series have all gone silent is one alarm, a single silent channel is its own.
import type { SeriesFacts } from '../../registry/series-directory.ts'
import { qualityCodes } from '../../store/store.ts'
import { bucketMs, DueList } from './due-list.ts'
import type { AlarmSubject, FreshReading, Instant, RuleContext, RuleRunner } from './rule-runner.ts'
import type { DeadManRule } from './rule.ts'
import { isInScope, isOfTenant, matchesSeries, type SeriesMatch } from './series-match.ts'

interface Device {
  /** `{tenant}/{gateway}/{device}` */
  readonly key: string
  readonly members: Map<number, Watched>
  /** Every series of it has been alive since the start, and none is silent. */
  isWell: boolean
}

interface Watched {
  readonly facts: SeriesFacts
  readonly device: Device
  /** Monotonic ms at which its newest usable reading arrived; undefined: none since start. */
  aliveAtMs: number | undefined
  /** The same of an earlier run, before the start; when the rule began to watch it where there is no such reading. */
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
  return new DeadManRunner(rule, context)
}

class DeadManRunner implements RuleRunner {
  readonly rule: DeadManRule
  readonly interests: readonly SeriesMatch[]
  readonly #context: RuleContext
  /** By gateway, so that a birth looks at the devices of its own gateway alone: thousands come at once after a restart of the hub. */
  readonly #gateways = new Map<string, Map<string, Device>>()
  readonly #watched: (Watched | undefined)[] = []
  /** A device is looked at when the first of its series may be silent, and at once while one of them is not known to be well. */
  readonly #due = new DueList<Device>()

  constructor(rule: DeadManRule, context: RuleContext) {
    this.rule = rule
    this.interests = [rule.match]
    this.#context = context
  }

  watches(facts: SeriesFacts): boolean {
    // What the hub itself works out (its names begin with "~") is silent when its readings are.
    if (facts.device.startsWith('~')) return false
    if (!isInScope(this.rule.scope, facts.gateway) || !matchesSeries(this.rule.match, facts)) return false
    const known = this.#watched[facts.id]
    const device = this.#deviceOf(facts)
    const earlier = known?.earlierAtMs ?? earlierAtMs(this.#context, facts.id)
    const entry = { facts, device, aliveAtMs: known?.aliveAtMs, earlierAtMs: earlier }
    this.#watched[facts.id] = entry
    device.members.set(facts.id, entry)
    device.isWell = false
    this.#due.hasten(device, this.#context.clock.monotonic())
    return true
  }

  observe({ series, quality }: FreshReading, now: Instant): void {
    if (quality !== qualityCodes.bad) this.alive(series, now)
  }

  alive(series: number, now: Instant): void {
    const entry = this.#watched[series]
    if (entry === undefined) return
    entry.aliveAtMs = now.atMs
    if (!entry.device.isWell) this.#due.hasten(entry.device, now.atMs)
  }

  tick(now: Instant): boolean {
    for (const device of this.#due.take(now.atMs)) {
      const againAtMs = this.#check(device, now)
      if (againAtMs !== undefined) this.#due.schedule(device, againAtMs)
    }
    return true
  }

  forget(gateway: string): void {
    const devices = this.#gateways.get(gateway)
    if (devices === undefined) return
    for (const [key, device] of devices) {
      const { members } = device
      const [first] = members.values()
      for (const series of members.keys()) {
        const facts = this.#context.facts(series)
        if (facts.described) continue
        this.#set(seriesSubject(facts), false, this.#context.clock.now())
        members.delete(series)
        this.#watched[series] = undefined
      }
      if (members.size > 0) continue
      if (first !== undefined) this.#set(deviceSubject(key, first.facts), false, this.#context.clock.now())
      this.#due.delete(device)
      devices.delete(key)
    }
    if (devices.size === 0) this.#gateways.delete(gateway)
  }

  release(tenant: string): void {
    for (const entry of this.#watched) {
      if (entry !== undefined && isOfTenant(entry.facts.gateway, tenant)) this.releaseSeries(entry.facts.id)
    }
  }

  releaseSeries(series: number): void {
    const entry = this.#watched[series]
    if (entry === undefined) return
    const { device, facts } = entry
    this.#watched[series] = undefined
    device.members.delete(series)
    if (device.members.size > 0) return
    this.#due.delete(device)
    const devices = this.#gateways.get(facts.gateway)
    devices?.delete(device.key)
    if (devices?.size === 0) this.#gateways.delete(facts.gateway)
  }

  #deviceOf(facts: SeriesFacts): Device {
    const key = `${facts.gateway}/${facts.device}`
    const devices = this.#gateways.get(facts.gateway) ?? new Map<string, Device>()
    this.#gateways.set(facts.gateway, devices)
    const known = devices.get(key)
    if (known !== undefined) return known
    const device = { key, members: new Map<number, Watched>(), isWell: false }
    devices.set(key, device)
    return device
  }

  /** Raises and clears; when to look again (monotonic ms), undefined where nothing is left to look at. */
  #check(device: Device, now: Instant): number | undefined {
    const { key, members } = device
    const soonMs = now.atMs + bucketMs
    const [first] = members.values()
    if (first === undefined) return undefined
    device.isWell = false
    if (this.#context.gateway(first.facts.gateway)?.state === 'offline') return soonMs
    const states = Array.from(members, ([series, entry]) => this.#stateOf(series, entry, now))
    const known = states.filter(({ silent }) => silent !== undefined)
    const alive = known.some(({ entry }) => entry.aliveAtMs !== undefined)
    const allSilent = known.length > 0 && known.every(({ silent }) => silent === true)
    const subject = deviceSubject(key, first.facts)
    if (allSilent) this.#set(subject, true, now.ms)
    else if (alive) this.#set(subject, false, now.ms)
    for (const { series, entry, silent } of known) {
      const subject = seriesSubject(this.#context.facts(series))
      if (silent === true && !allSilent) this.#set(subject, true, now.ms)
      else if (allSilent || entry.aliveAtMs !== undefined) this.#set(subject, false, now.ms)
    }
    device.isWell = states.every(({ entry, silent }) => silent === false && entry.aliveAtMs !== undefined)
    const nextMs = Math.min(...known.map(({ deadlineMs }) => deadlineMs))
    return Math.max(soonMs, Number.isFinite(nextMs) ? nextMs + 1 : soonMs)
  }

  /** `silent` undefined: nothing can be said now. */
  #stateOf(series: number, entry: Watched, now: Instant) {
    const deadline = deadlineAtMs(this.rule, this.#context, series, entry)
    if (deadline === undefined) return { series, entry, silent: undefined, deadlineMs: Number.POSITIVE_INFINITY }
    const silent = now.atMs > deadline && this.#context.observedAtMs(entry.facts.gateway) >= deadline
    return { series, entry, silent, deadlineMs: deadline }
  }

  #set(subject: AlarmSubject, active: boolean, nowMs: number): void {
    const { rule } = this
    if (this.#context.isActive(rule, subject.key) !== active) {
      this.#context.transition({ rule, subject, active, timeMs: nowMs, value: undefined })
    }
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

/** What came since the start came before the rule was there to see it: its silence is counted from now on. */
function earlierAtMs(context: RuleContext, series: number): number {
  const { clock } = context
  const nowAtMs = clock.monotonic()
  const readingMs = context.latest.timeMs(series)
  if (readingMs === Number.NEGATIVE_INFINITY) return nowAtMs
  const readingAtMs = nowAtMs - (clock.now() - readingMs)
  return readingAtMs <= context.startedAtMs ? readingAtMs : nowAtMs
}

function deviceSubject(key: string, facts: SeriesFacts): AlarmSubject {
  return { key: `device:${key}`, gateway: facts.gateway, device: facts.device, series: undefined, site: facts.site }
}

function seriesSubject(facts: SeriesFacts): AlarmSubject {
  const { key, gateway, device, site } = facts
  return { key, gateway, device, series: key, site }
}
