// An alarm engine over a catalogue of few series, with a clock, a store of alarms in memory, and restarts: thousands of runs in seconds.
import type { StatusDocument } from '../../broker/contract/documents.ts'
import type { GatewayEvent } from '../../broker/contract/event.ts'
import { silentLog, type Clock } from '../../broker/contract/ports.ts'
import type { Alarm } from '../../cloud/alarms/alarm.ts'
import { AlarmBook } from '../../cloud/alarms/alarm-book.ts'
import { AlarmEngine } from '../../cloud/alarms/alarm-engine.ts'
import type { AlarmStorage } from '../../cloud/alarms/alarm-storage.ts'
import type { RuleSetChange } from '../../cloud/alarms/rules/rule-runner.ts'
import type { AlarmRule } from '../../cloud/alarms/rules/rule.ts'
import { parseRules } from '../../cloud/alarms/rules/rule-file.ts'
import { LatestValues } from '../../cloud/ingest/latest-values.ts'
import { SeriesCatalogue } from '../../cloud/ingest/series-catalogue.ts'
import { GatewayRegistry } from '../../cloud/registry/gateway-registry.ts'
import type { HubDatabase } from '../../cloud/registry/hub-database.ts'
import { SeriesDirectory } from '../../cloud/registry/series-directory.ts'
import { qualityCodes, type ReadingColumns, type StoredReading } from '../../cloud/store/store.ts'

export const gateway = { tenant: 'kimitsu', gateway: 'gw' } as const
export const gatewayId = 'kimitsu/gw'
export const startMs = Date.UTC(2026, 6, 1, 3)

export interface RigReading {
  /** `device:channel` */
  readonly name: string
  readonly timeMs: number
  /** Null: bad. */
  readonly value: number | null
}

export interface Rig {
  readonly nowMs: number
  /** One committed group. */
  observe(readings: readonly RigReading[]): void
  observeEvent(event: Pick<GatewayEvent, 'source' | 'timeMs' | 'state'>): void
  /** Time passes, second by second. */
  advance(seconds: number): void
  jump(byMs: number): void
  status(state: 'online' | 'offline'): void
  /** The hub stops and starts again `downS` later. */
  restart(downS: number): Promise<void>
  /** While it runs. */
  setRules(rules: readonly AlarmRule[]): void
  changeRules(change: RuleSetChange, inForce: readonly AlarmRule[]): void
  /** The next start finds these. */
  leaveRules(inForce: readonly AlarmRule[]): void
  /** Alarms whose condition lasts: `rule subject since`. */
  lasting(): readonly string[]
  /** Everything that was raised or cleared: `+` or `-`, rule, subject and event time. */
  readonly changes: readonly string[]
  /** What the rules remember, by rule and subject. */
  memory(): Readonly<Record<string, unknown>>
}

/** `devices`: by id, their channels; all of one site. `rules`: YAML. */
export async function createRig(
  database: HubDatabase,
  { rules: text, devices }: { readonly rules: string; readonly devices: Readonly<Record<string, readonly string[]>> },
): Promise<Rig> {
  const clock = createSteppedClock()
  const catalogue = new SeriesCatalogue()
  const registry = new GatewayRegistry({
    database,
    heardMs: () => 0,
    heardAtMs: () => Number.NEGATIVE_INFINITY,
    clock,
    log: silentLog,
  })
  const directory = new SeriesDirectory({ catalogue, registry })
  const kept = new Map<string, Alarm>()
  const memory = new Map<string, { readonly rule: string; readonly subject: string; readonly memory: string }>()
  const changes: string[] = []
  let rules = parseRules(text, 'rules')
  let latest = new LatestValues()
  let engine: AlarmEngine
  let book: AlarmBook
  let ids = 0

  const storage = storageOver(kept, memory)
  async function open(): Promise<void> {
    book = new AlarmBook({
      storage,
      windows: { covers: () => false, tick: () => undefined },
      registry,
      notices: { take: () => undefined },
      clock,
      newId: () => `alarm-${String((ids += 1))}`,
    })
    const known = new Map<string, number | undefined>()
    book.onChange((alarm) => {
      const key = `${alarm.rule} ${alarm.subject} ${String(alarm.occurrence)}`
      if (known.has(key) && known.get(key) === alarm.clearedMs) return
      known.set(key, alarm.clearedMs)
      const sign = alarm.clearedMs === undefined ? '+' : '-'
      changes.push(`${sign}${alarm.rule} ${alarm.subject} ${String((alarm.clearedMs ?? alarm.raisedMs) - startMs)}`)
    })
    engine = new AlarmEngine({ rules, storage, book, catalogue, latest, directory, registry, clock, log: silentLog })
    await engine.restore()
    engine.start()
  }

  const status = (state: 'online' | 'offline') => registry.status(gateway, birthOf(devices, state, clock.now()))
  status('online')
  const entry = catalogue.gateway(gateway)
  for (const [device, channels] of Object.entries(devices)) {
    for (const channel of channels) catalogue.resolve(entry, `${device}:${channel}`, undefined)
  }
  await open()
  return {
    get nowMs() {
      return clock.now()
    },
    changes,
    observe(readings) {
      entry.observedAtMs = clock.monotonic()
      const columns = columnsOf(readings, (name) => catalogue.resolve(entry, name, undefined))
      engine.observe(latest.update(columns, clock.now()), clock.now())
    },
    observeEvent(event) {
      const rest = {
        v: 1,
        kind: 'anomaly',
        model: { id: 'm', version: '1' },
        score: 1,
        class: null,
        latencyMs: 1,
      } as const
      engine.observeEvent({ gateway: gatewayId, event: { ...rest, ...event } })
    },
    advance: (seconds) => clock.pass(seconds),
    jump: (byMs) => clock.jump(byMs),
    status(state) {
      status(state)
      directory.forget(gatewayId)
      engine.described(gatewayId)
    },
    async restart(downS) {
      await engine.stop()
      clock.pass(downS)
      const stored = latest
      latest = new LatestValues()
      latest.restore(readingsOf(stored, catalogue.size), Number.POSITIVE_INFINITY)
      await open()
    },
    setRules(next) {
      const change = { gone: rules, fresh: next, rescoped: [] }
      rules = next
      engine.changeRules(change)
    },
    changeRules(change, inForce) {
      rules = inForce
      engine.changeRules(change)
    },
    leaveRules: (inForce) => void (rules = inForce),
    lasting: () =>
      book
        .open()
        .filter(({ clearedMs }) => clearedMs === undefined)
        .map(({ rule, subject, raisedMs }) => `${rule} ${subject} ${String(raisedMs - startMs)}`)
        .toSorted(),
    memory: () => Object.fromEntries(Array.from(memory, ([key, row]) => [key, JSON.parse(row.memory) as unknown])),
  }
}

interface SteppedClock extends Clock {
  pass(seconds: number): void
  jump(byMs: number): void
}

function createSteppedClock(): SteppedClock {
  let elapsedMs = 0
  let wallMs = startMs
  let timers: { readonly atMs: number; readonly callback: () => void }[] = []
  return {
    now: () => wallMs + elapsedMs,
    monotonic: () => elapsedMs,
    setTimer(callback, delayMs) {
      const timer = { atMs: elapsedMs + delayMs, callback }
      timers.push(timer)
      return { cancel: () => void (timers = timers.filter((other) => other !== timer)) }
    },
    jump: (byMs) => void (wallMs += byMs),
    pass(seconds) {
      for (let second = 0; second < seconds; second += 1) {
        elapsedMs += 1_000
        const due = timers.filter(({ atMs }) => atMs <= elapsedMs)
        timers = timers.filter(({ atMs }) => atMs > elapsedMs)
        for (const { callback } of due) callback()
      }
    },
  }
}

function storageOver(
  kept: Map<string, Alarm>,
  memory: Map<string, { readonly rule: string; readonly subject: string; readonly memory: string }>,
): AlarmStorage {
  return {
    load: () => {
      const alarms = [...kept.values()].filter((alarm) => alarm.clearedMs === undefined || alarm.told === 'raised')
      const rows = structuredClone([...memory.values()])
      return Promise.resolve({ alarms: structuredClone(alarms), memory: rows, shelves: [], storms: [], raises: [] })
    },
    saveAlarm: (alarm) => void kept.set(alarm.id, alarm),
    saveMemory: (row) => void memory.set(`${row.rule} ${row.subject}`, row),
    append: () => undefined,
    saveShelf: () => undefined,
    deleteShelf: () => undefined,
    saveStorm: () => undefined,
    newest: () => Promise.resolve([...kept.values()]),
    find: (id) => Promise.resolve(kept.get(id)),
    log: () => Promise.resolve([]),
    deleteClosed: () => Promise.resolve(0),
    close: () => Promise.resolve(),
  }
}

function columnsOf(readings: readonly RigReading[], idOf: (name: string) => number): ReadingColumns {
  return {
    rows: readings.length,
    series: Int32Array.from(readings, ({ name }) => idOf(name)),
    timeMs: Float64Array.from(readings, ({ timeMs }) => timeMs),
    value: Float64Array.from(readings, ({ value }) => value ?? Number.NaN),
    quality: Uint8Array.from(readings, ({ value }) => (value === null ? qualityCodes.bad : qualityCodes.good)),
    text: new Map(),
  }
}

/** As a store would give them back, but for readings from the future, which no rule has seen. */
function readingsOf(latest: LatestValues, size: number): readonly StoredReading[] {
  return Array.from({ length: size }, (_, series) => ({
    series,
    timeMs: latest.timeMs(series),
    value: latest.value(series),
    quality: qualityCodes[latest.quality(series)],
    text: latest.text(series) ?? null,
  })).filter(({ timeMs }) => timeMs > Number.NEGATIVE_INFINITY)
}

function birthOf(
  devices: Readonly<Record<string, readonly string[]>>,
  state: 'online' | 'offline',
  timeMs: number,
): StatusDocument {
  if (state === 'offline') return { v: 1, state, reason: 'lost', timeMs, epoch: 'e' }
  const name = { ja: '場所', en: 'Place' }
  return {
    v: 1,
    state,
    timeMs,
    epoch: 'e',
    sites: [{ id: 'place', kind: 'paddy', name, position: { lat: 35.33, lon: 139.9 } }],
    devices: Object.entries(devices).map(([id, channels]) => ({
      id,
      site: 'place',
      profile: 'level-probe',
      label: name,
      series: channels.map((channel) => ({ name: `${id}:${channel}`, intervalS: 30, label: name })),
    })),
  }
}
