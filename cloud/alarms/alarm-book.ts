// The life of alarms between what the rules say and what people do: one alarm per rule and subject, and every change of it.
import { randomUUID } from 'node:crypto'
import { AppError } from '../../broker/contract/app-error.ts'
import type { LocalizedText } from '../../broker/contract/documents.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import type { NoticeSink } from '../notifications/notice.ts'
import type { GatewayRegistry } from '../registry/gateway-registry.ts'
import { alarmKey, isActive, isOpen, raiseAlarm, type Alarm } from './alarm.ts'
import type { AlarmAction, AlarmLogEntry } from './alarm-log.ts'
import { fitsFilter, inOrder, type AlarmQuery } from './alarm-page.ts'
import type { AlarmStorage, StoredAlarms } from './alarm-storage.ts'
import { defaultFlapping, Flapping, type FlappingLimits } from './flapping.ts'
import type { MaintenanceWindows } from './maintenance-windows.ts'
import { hiddenBehind, NoticeDesk, type NoticeLimits } from './notice-desk.ts'
import type { AlarmTransition, Instant, PastEpisode } from './rules/rule-runner.ts'
import { requireShelfTime, type Shelf } from './shelf.ts'
import { byWeight, type Storm } from './storms.ts'
import {
  type HidingRules,
  isDeviceAlarm,
  lastingAtSeries,
  sameSuppressions,
  seriesAbout,
  suppressionsOf,
  type Surroundings,
} from './suppression.ts'

export interface AlarmBookDependencies {
  readonly storage: AlarmStorage
  readonly windows: Pick<MaintenanceWindows, 'covers' | 'tick'>
  readonly registry: Pick<GatewayRegistry, 'get'>
  readonly notices: Pick<NoticeSink, 'take'>
  /** Absent: no rule is hidden by others. */
  readonly hidingRules?: HidingRules | undefined
  readonly clock: Clock
  readonly newId?: (() => string) | undefined
  readonly flapping?: FlappingLimits | undefined
  readonly noticeLimits?: NoticeLimits | undefined
}

const betweenEpisodesMs = 10 * 60_000
const maxPast = 10_000

export class AlarmBook {
  readonly #dependencies: AlarmBookDependencies
  /** Open ones, and those that are cleared and acknowledged but not yet told so; by key. */
  readonly #alarms = new Map<string, Alarm>()
  readonly #shelves = new Map<string, Shelf>()
  readonly #flapping: Flapping
  readonly #flappingLimits: FlappingLimits
  readonly #desk: NoticeDesk
  readonly #listeners = new Set<(alarm: Alarm) => void>()
  readonly #surroundings: Surroundings
  /** `{gateway}/{device}` */
  #silentDevices: ReadonlySet<string> = new Set()
  readonly #hidingRules: HidingRules
  /** As lastingAtSeries gives it, at the last tick. */
  #lasting: ReadonlySet<string> = new Set()
  /** The newest episode of each key that late readings told of. Bound: maxPast, the oldest leave; only their joining is lost. */
  readonly #past = new Map<string, Alarm>()
  /** How many alarms each parent hid at the last tick, by its id. */
  #hidden: ReadonlyMap<string, number> = new Map()
  #entries = 0

  constructor(dependencies: AlarmBookDependencies) {
    this.#dependencies = dependencies
    const { registry, windows, clock, storage, notices, noticeLimits: limits } = dependencies
    this.#flappingLimits = dependencies.flapping ?? defaultFlapping
    this.#flapping = new Flapping(this.#flappingLimits)
    this.#desk = new NoticeDesk({
      notices,
      saveStorm: (storm) => storage.saveStorm(storm),
      placeOf: (alarm) => this.#placeOf(alarm),
      ...(limits === undefined ? {} : { limits }),
    })
    this.#hidingRules = dependencies.hidingRules ?? (() => [])
    this.#surroundings = {
      isShelved: (alarm) => (this.#shelves.get(alarmKey(alarm))?.untilMs ?? 0) > clock.now(),
      inMaintenance: (alarm) => windows.covers(alarm, clock.now()),
      isGatewayOffline: (gateway) => registry.get(gateway)?.state === 'offline',
      isDeviceSilent: (gateway, device) => this.#silentDevices.has(`${gateway}/${device}`),
      isFlapping: (alarm) => this.#flapping.isFlapping(alarmKey(alarm)),
      isSaidBetter: (alarm) =>
        this.#hidingRules(alarm).some((rule) =>
          seriesAbout(alarm).some((series) => this.#lasting.has(`${rule} ${series}`)),
        ),
    }
  }

  /** Beginnings that `restore` wants to know of: hub time, Unix ms. */
  get raisedSinceMs(): number {
    return this.#dependencies.clock.now() - this.#flappingLimits.windowMs
  }

  restore({ alarms, shelves, storms, raises }: StoredAlarms): void {
    for (const alarm of alarms) this.#alarms.set(alarmKey(alarm), alarm)
    for (const shelf of shelves) this.#shelves.set(shelf.key, shelf)
    for (const { alarmKey: key, timeMs } of raises) this.#flapping.raised(key, timeMs)
    this.#desk.restore(storms)
    this.#silentDevices = this.#devicesThatAreSilent()
    this.#lasting = lastingAtSeries(this.#alarms.values())
  }

  onChange(listener: (alarm: Alarm) => void): void {
    this.#listeners.add(listener)
  }

  isActive(rule: string, subject: string): boolean {
    const alarm = this.#alarms.get(alarmKey({ rule, subject }))
    return alarm !== undefined && isActive(alarm)
  }

  /** Alarms whose condition lasts or that nobody has acknowledged, newest first. */
  open(): readonly Alarm[] {
    return [...this.#alarms.values()].filter(isOpen).sort(inOrder)
  }

  /** Alarms of these rules whose condition lasts, in no order. */
  lastingOf(rules: ReadonlySet<string>): readonly Alarm[] {
    return [...this.#alarms.values()].filter((alarm) => isActive(alarm) && rules.has(alarm.rule))
  }

  storm(id: string): Storm | undefined {
    return this.#desk.storm(id)
  }

  /** Storms that last, newest first. */
  storms(): readonly Storm[] {
    return this.#desk.storms()
  }

  /** Open members of a storm, lasting or not, the worst first. */
  membersOf(storm: string): readonly Alarm[] {
    return [...this.#alarms.values()].filter((alarm) => alarm.storm === storm && isOpen(alarm)).sort(byWeight)
  }

  /**
   * The alarm by which is decided whether people must still be told: itself, or, once it is over while its storm lasts, the
   * worst member of the storm that lasts and may be told of. Throws `not-found`.
   */
  async leadOf(id: string): Promise<Alarm> {
    const alarm = await this.find(id)
    const isOver = !isActive(alarm) && alarm.acknowledgedMs === undefined
    if (!isOver || alarm.storm === undefined || this.#desk.storm(alarm.storm) === undefined) return alarm
    const lasting = this.membersOf(alarm.storm).filter((member) => isActive(member) && member.suppressions.length === 0)
    return lasting.find(({ acknowledgedMs }) => acknowledgedMs === undefined) ?? lasting[0] ?? alarm
  }

  shelf(alarm: Alarm): Shelf | undefined {
    return this.#shelves.get(alarmKey(alarm))
  }

  shelves(): readonly Shelf[] {
    return [...this.#shelves.values()].sort((a, b) => a.untilMs - b.untilMs)
  }

  /** Of the open ones. */
  openPage(query: AlarmQuery): readonly Alarm[] {
    const { after, limit } = query
    return [...this.#alarms.values()]
      .filter(
        (alarm) => isOpen(alarm) && fitsFilter(alarm, query) && (after === undefined || inOrder(after, alarm) < 0),
      )
      .sort(inOrder)
      .slice(0, limit)
  }

  newest(query: AlarmQuery): Promise<readonly Alarm[]> {
    return this.#dependencies.storage.newest(query)
  }

  /** Open or closed. Throws `not-found`. */
  async find(id: string): Promise<Alarm> {
    const alarm = this.#byId(id) ?? (await this.#dependencies.storage.find(id))
    if (alarm === undefined) throw new AppError('not-found', `there is no alarm ${id}`)
    return alarm
  }

  /** What happened to an alarm, oldest first. */
  log(id: string): Promise<readonly AlarmLogEntry[]> {
    return this.#dependencies.storage.log(id)
  }

  /** The condition of a rule and subject began or ended. */
  transition(transition: AlarmTransition): void {
    const key = alarmKey({ rule: transition.rule.id, subject: transition.subject.key })
    const known = this.#alarms.get(key)
    if (!transition.active) {
      if (known !== undefined && isActive(known)) this.#keep({ ...known, clearedMs: transition.timeMs }, 'cleared')
      return
    }
    if (known !== undefined && isActive(known)) return
    const again = known !== undefined && isOpen(known) ? known : undefined
    // It was acknowledged and has cleared, but people were not told so: it is back before they could be.
    if (known !== undefined && again === undefined) this.#keep({ ...known, told: 'quiet' })
    this.#flapping.raised(key, this.#dependencies.clock.now())
    const raised = raiseAlarm(again?.id ?? this.#newId(), transition, again)
    this.#keep({ ...raised, suppressions: suppressionsOf(raised, this.#surroundings) }, 'raised')
  }

  /**
   * Late readings told of a condition that has ended: it becomes history, and people hear nothing of it. Episodes with
   * little between them are one.
   */
  past({ rule, subject, raisedMs, clearedMs, value }: PastEpisode): void {
    const key = alarmKey({ rule: rule.id, subject: subject.key })
    const transition = { rule, subject, active: true, timeMs: raisedMs, value }
    const known = this.#past.get(key)
    const before = known?.clearedMs !== undefined && raisedMs - known.clearedMs < betweenEpisodesMs ? known : undefined
    const raised = raiseAlarm(before?.id ?? this.#newId(), transition, before)
    const alarm = {
      ...raised,
      raisedMs: before?.raisedMs ?? raisedMs,
      clearedMs,
      acknowledgedMs: this.#dependencies.clock.now(),
    }
    this.#past.delete(key)
    this.#past.set(key, alarm)
    const [oldest] = this.#past.keys()
    if (this.#past.size > maxPast && oldest !== undefined) this.#past.delete(oldest)
    this.#dependencies.storage.saveAlarm(alarm)
    if (before === undefined) this.#append(alarm, 'learnt', { detail: 'from late readings, after it had ended' })
  }

  /** Clears the alarms of conditions that no rule watches any more. */
  clearUnless(isWatched: (alarm: Alarm) => boolean): void {
    const clearedMs = this.#dependencies.clock.now()
    for (const alarm of this.#alarms.values()) {
      if (isActive(alarm) && !isWatched(alarm))
        this.#keep({ ...alarm, clearedMs }, 'cleared', { detail: 'no rule watches it' })
    }
  }

  /** Called about once a second: shelves and windows end, parents come back, and what has settled is told. */
  tick(now: Instant): void {
    this.#dependencies.windows.tick(now.ms)
    this.#flapping.tick(now.ms)
    for (const [key, { untilMs }] of this.#shelves) {
      if (untilMs > now.ms) continue
      this.#shelves.delete(key)
      this.#dependencies.storage.deleteShelf(key)
      const alarm = this.#alarms.get(key)
      if (alarm !== undefined) this.#append(alarm, 'unshelved', { detail: 'its time is over' })
    }
    this.#silentDevices = this.#devicesThatAreSilent()
    this.#lasting = lastingAtSeries(this.#alarms.values())
    for (const alarm of this.#alarms.values()) this.#suppressAnew(alarm)
    for (const alarm of this.#desk.settle([...this.#alarms.values()], now)) this.#keep(alarm)
    this.#tellParents()
  }

  /** Idempotent. Throws `not-found`. */
  async acknowledge(id: string, by: string | undefined, comment: string | undefined): Promise<Alarm> {
    const alarm = await this.find(id)
    if (alarm.acknowledgedMs !== undefined) return alarm
    const acknowledgedMs = this.#dependencies.clock.now()
    return this.#keep({ ...alarm, acknowledgedMs, acknowledgedBy: by, comment }, 'acknowledged', {
      by,
      detail: comment,
    })
  }

  /**
   * Puts the rule and subject of an alarm aside until `untilMs` (Unix ms). Throws `not-found`, `payload.schema` for a time
   * that is past or more than 31 days away.
   */
  async shelve(id: string, given: Pick<Shelf, 'untilMs' | 'reason' | 'by'>): Promise<Alarm> {
    const alarm = await this.find(id)
    const sinceMs = this.#dependencies.clock.now()
    requireShelfTime(given.untilMs, sinceMs)
    const shelf = { ...given, key: alarmKey(alarm), gateway: alarm.gateway, sinceMs }
    this.#shelves.set(shelf.key, shelf)
    this.#dependencies.storage.saveShelf(shelf)
    const detail = `until ${new Date(given.untilMs).toISOString()}: ${given.reason}`
    this.#append(alarm, 'shelved', { by: given.by, detail })
    return this.#suppressAnew(alarm)
  }

  /** Idempotent. Throws `not-found`. */
  async unshelve(id: string, by: string | undefined): Promise<Alarm> {
    const alarm = await this.find(id)
    const key = alarmKey(alarm)
    if (!this.#shelves.delete(key)) return alarm
    this.#dependencies.storage.deleteShelf(key)
    this.#append(alarm, 'unshelved', { by })
    return this.#suppressAnew(alarm)
  }

  /** `assignee` undefined: nobody looks after it any more. Throws `not-found`. */
  async assign(id: string, assignee: string | undefined, by: string | undefined): Promise<Alarm> {
    const alarm = await this.find(id)
    if (alarm.assignee === assignee) return alarm
    const assigned = this.assignSilently(alarm, assignee, by)
    this.tellAssigned([assigned], by)
    return assigned
  }

  /** The same of one of many, of which whoever is given them is told once: by `tellAssigned`. */
  assignSilently(alarm: Alarm, assignee: string | undefined, by: string | undefined): Alarm {
    return this.#keep({ ...alarm, assignee }, 'assigned', { by, detail: assignee })
  }

  /** Tells the assignee of alarms, of the worst and how many there are besides; who gave them to themselves knows it. */
  tellAssigned(alarms: readonly Alarm[], by: string | undefined): void {
    const [lead] = alarms.toSorted(byWeight)
    if (lead?.assignee === undefined || lead.assignee === by) return
    const timeMs = this.#dependencies.clock.now()
    this.#desk.assigned(lead, { assignee: lead.assignee, timeMs, alsoCount: alarms.length - 1 })
  }

  /** Adds a line to what happened to an alarm. Throws `not-found`. */
  async note(
    id: string,
    action: 'commented' | 'attached' | 'detached' | 'work-order',
    { by, detail }: { readonly by: string | undefined; readonly detail: string },
  ): Promise<Alarm> {
    const alarm = await this.find(id)
    this.#append(alarm, action, { by, detail })
    for (const listener of this.#listeners) listener(alarm)
    return alarm
  }

  /** Who watches is told anew of a gateway or device that is down, when it hides more or fewer alarms than before. */
  #tellParents(): void {
    const hidden = new Map<string, number>()
    for (const parent of this.#alarms.values()) {
      if (parent.series !== undefined || !isActive(parent)) continue
      const count = hiddenBehind(parent, this.#alarms.values())
      hidden.set(parent.id, count)
      if (count === (this.#hidden.get(parent.id) ?? 0)) continue
      for (const listener of this.#listeners) listener(parent)
    }
    this.#hidden = hidden
  }

  #byId(id: string): Alarm | undefined {
    for (const alarm of this.#alarms.values()) if (alarm.id === id) return alarm
    return undefined
  }

  #suppressAnew(alarm: Alarm): Alarm {
    const suppressions = suppressionsOf(alarm, this.#surroundings)
    if (sameSuppressions(suppressions, alarm.suppressions)) return alarm
    const action = suppressions.length === 0 ? 'released' : 'suppressed'
    return this.#keep({ ...alarm, suppressions }, action, { detail: suppressions.join(', ') || undefined })
  }

  #devicesThatAreSilent(): ReadonlySet<string> {
    const silent = [...this.#alarms.values()].filter((alarm) => isActive(alarm) && isDeviceAlarm(alarm))
    return new Set(silent.map(({ gateway, device }) => `${gateway}/${device ?? ''}`))
  }

  #placeOf({ gateway, site, device }: Alarm): {
    readonly site: LocalizedText | undefined
    readonly device: LocalizedText | undefined
  } {
    const record = this.#dependencies.registry.get(gateway)
    return {
      site: site === undefined ? record?.birth?.label : record?.sites.get(site.slice(gateway.length + 1))?.name,
      device: device === undefined ? undefined : record?.devices.get(device)?.label,
    }
  }

  #newId(): string {
    return (this.#dependencies.newId ?? randomUUID)()
  }

  /** Remembers and writes it, and tells the listeners; with `action`, as a line of its log too. */
  #keep(alarm: Alarm, action?: AlarmAction, more: Partial<Pick<AlarmLogEntry, 'by' | 'detail'>> = {}): Alarm {
    const key = alarmKey(alarm)
    // A closed alarm that somebody comments may have a successor under the same key.
    const isCurrent = (this.#alarms.get(key)?.id ?? alarm.id) === alarm.id
    if (isCurrent && (isOpen(alarm) || alarm.told === 'raised')) this.#alarms.set(key, alarm)
    else if (isCurrent) this.#alarms.delete(key)
    this.#dependencies.storage.saveAlarm(alarm)
    if (action !== undefined) this.#append(alarm, action, more)
    for (const listener of this.#listeners) listener(alarm)
    return alarm
  }

  #append(
    alarm: Alarm,
    action: AlarmAction,
    { by, detail }: { readonly by?: string | undefined; readonly detail?: string | undefined } = {},
  ): void {
    const timeMs = this.#dependencies.clock.now()
    this.#entries = (this.#entries + 1) % 1_000_000
    const number = String(this.#entries).padStart(6, '0')
    const id = `${String(timeMs).padStart(14, '0')}-${number}-${randomUUID().slice(0, 8)}`
    this.#dependencies.storage.append({ id, alarm: alarm.id, alarmKey: alarmKey(alarm), timeMs, action, by, detail })
  }
}
