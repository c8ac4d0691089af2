// The alarm engine under load, as a program with the flags of a hub: prints a line when it begins and what it measured as JSON.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { openAlarms, type Alarms } from '../../cloud/alarms/alarms.ts'
import { LatestValues } from '../../cloud/ingest/latest-values.ts'
import { SeriesCatalogue } from '../../cloud/ingest/series-catalogue.ts'
import { GatewayRegistry } from '../../cloud/registry/gateway-registry.ts'
import { openHubDatabase } from '../../cloud/registry/hub-database.ts'
import { SeriesDirectory } from '../../cloud/registry/series-directory.ts'
import type { ReadingColumns } from '../../cloud/store/store.ts'
import { createRuleCity, type RuleCity } from './rule-city.ts'

/** Readings come in groups, as ingest commits them. */
const groupMs = 10
const limit = 0.98
const warmUpS = 10
const changedRules = 40

export interface Size {
  readonly rules: number
  readonly devices: number
  readonly readingsPerS: number
  readonly seconds: number
  /** Only what a change of one rule costs. */
  readonly changesOnly: boolean
}

export interface Measured extends Changed {
  /** From when a group of readings was due until the rules had judged it. */
  readonly lateMs: readonly number[]
  /** Of the judgement alone. */
  readonly workMs: readonly number[]
  readonly cpuShare: number
  readonly readings: number
  readonly transitions: number
  readonly startMs: number
  readonly unpacedPerS: number
  readonly barePerS: number
}

/** Of rules that were saved and taken back one after the other. */
interface Changed {
  /** From the request to the rule in force. */
  readonly changeMs: readonly number[]
  /** The longest time for which nothing else ran meanwhile. */
  readonly changeStopMs: number
}

async function measure(folder: string, size: Size): Promise<Measured> {
  const clock = systemClock
  const database = await openHubDatabase(join(folder, 'hub.sqlite'))
  const catalogue = new SeriesCatalogue()
  const latest = new LatestValues()
  const arrivals = new Map<string, { readonly ms: number; readonly atMs: number }>()
  const registry = new GatewayRegistry({
    database,
    heardMs: (id) => arrivals.get(id)?.ms ?? 0,
    heardAtMs: (id) => arrivals.get(id)?.atMs ?? Number.NEGATIVE_INFINITY,
    clock,
    log: silentLog,
  })
  const directory = new SeriesDirectory({ catalogue, registry })
  const city = createRuleCity(size, { catalogue, registry, clock })
  const dead = { ja: '無応答', en: 'Silent' }
  const silent = {
    id: 'silent',
    kind: 'dead-man',
    severity: 'minor',
    match: {},
    intervals: 3,
    atLeastS: 15,
    title: dead,
    advice: dead,
  } as const
  const lost = {
    id: 'lost',
    kind: 'gateway-offline',
    severity: 'major',
    reason: 'lost',
    onDelayS: 10,
    title: dead,
    advice: dead,
  } as const
  const rules = [...city.rules, silent, lost]
  const parts = { database, catalogue, latest, directory, registry, clock, log: silentLog }
  const beganMs = performance.now()
  const alarms = await openAlarms({ ...parts, rules })
  const groups = new Groups(city, size)
  // First sight of each series: its rules are looked up and its conditions opened.
  for (let first = 0; first < city.series.length; first += groups.rows) judge(alarms, latest, groups.next())
  const startMs = performance.now() - beganMs
  let transitions = 0
  alarms.book.onChange(() => (transitions += 1))
  try {
    if (size.changesOnly) {
      const none = { lateMs: [], workMs: [], cpuShare: 0, readings: 0, transitions, unpacedPerS: 0, barePerS: 0 }
      return { ...none, ...(await changeRules(alarms, size)), startMs }
    }
    // The first seconds belong to the compiler.
    await runPaced({ alarms, latest, catalogue }, groups, { ...size, seconds: warmUpS })
    transitions = 0
    const paced = await runPaced({ alarms, latest, catalogue }, groups, size)
    const changed = await changeRules(alarms, size)
    const unpacedPerS = runUnpaced(alarms, latest, groups, size)
    return { ...paced, ...changed, transitions, startMs, unpacedPerS, barePerS: runBare(groups, size) }
  } finally {
    await alarms.stop()
    await registry.close()
    await database.destroy()
  }
}

/** Groups of readings, one series after another, made outside of what is measured. */
class Groups {
  readonly rows: number
  readonly #series: Int32Array
  readonly #columns
  #next = 0
  #state = 12_345

  constructor({ series }: RuleCity, { readingsPerS }: Size) {
    this.#series = series
    const rows = Math.round((readingsPerS * groupMs) / 1000)
    this.rows = rows
    this.#columns = {
      rows,
      series: new Int32Array(rows),
      timeMs: new Float64Array(rows),
      value: new Float64Array(rows),
      quality: new Uint8Array(rows),
      text: new Map<number, string>(),
    }
  }

  /** Valid until the next call: ingest uses its columns again too. */
  next(): ReadingColumns {
    const { rows } = this
    const columns = this.#columns
    columns.timeMs.fill(Date.now())
    for (let row = 0; row < rows; row += 1) {
      columns.series[row] = this.#series[this.#next] as number
      this.#next = (this.#next + 1) % this.#series.length
      // Numerical Recipes' linear congruential generator: the same values in each run.
      this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0
      columns.value[row] = this.#state / 2 ** 32
    }
    return columns
  }
}

function judge({ engine }: Alarms, latest: LatestValues, columns: ReadingColumns): void {
  const nowMs = Date.now()
  engine.observe(latest.update(columns, nowMs), nowMs)
}

async function runPaced(
  {
    alarms,
    latest,
    catalogue,
  }: { readonly alarms: Alarms; readonly latest: LatestValues; readonly catalogue: SeriesCatalogue },
  groups: Groups,
  { seconds }: Size,
): Promise<Pick<Measured, 'lateMs' | 'workMs' | 'cpuShare' | 'readings'>> {
  const lateMs: number[] = []
  const workMs: number[] = []
  const beganMs = performance.now()
  const cpu = process.cpuUsage()
  for (let group = 0; group < (seconds * 1000) / groupMs; group += 1) {
    const dueMs = beganMs + group * groupMs
    const waitMs = dueMs - performance.now()
    if (waitMs > 0) await pause(waitMs)
    else await new Promise<void>((resolve) => setImmediate(resolve))
    const columns = groups.next()
    for (const gateway of catalogue.gateways()) gateway.observedAtMs = performance.now()
    const startedMs = performance.now()
    judge(alarms, latest, columns)
    const endedMs = performance.now()
    workMs.push(endedMs - startedMs)
    lateMs.push(endedMs - dueMs)
  }
  const { user, system } = process.cpuUsage(cpu)
  const elapsedMs = performance.now() - beganMs
  return { lateMs, workMs, cpuShare: (user + system) / 1000 / elapsedMs, readings: lateMs.length * groups.rows }
}

/** Rules of every kind are saved while the engine runs, in the place of those of the file, and taken back. */
async function changeRules({ rules: book }: Alarms, { rules }: Size): Promise<Changed> {
  const changeMs: number[] = []
  // The first ticks of all rules belong to the start.
  await pause(2_500)
  const stops = monitorEventLoopDelay({ resolution: 1 })
  stops.enable()
  for (let change = 0; change < changedRules; change += 1) {
    const id = `rule-${Math.floor((change / changedRules) * rules) + (change % 20)}`
    const { scope: _scope, ...rule } = book.get('kimitsu', id).rule
    const asked = { tenant: 'kimitsu', id, by: 'bench', comment: undefined }
    const took = async (work: Promise<unknown>) => {
      const beganMs = performance.now()
      await work
      changeMs.push(performance.now() - beganMs)
    }
    await took(book.put({ ...asked, seen: 0 }, { ...rule, onDelayS: 11 }))
    await took(book.put({ ...asked, seen: 1 }, { ...rule, onDelayS: 12 }))
    await took(book.delete({ ...asked, seen: 2 }))
    // The watch of the event loop looks once a millisecond.
    await pause(5)
  }
  stops.disable()
  return { changeMs, changeStopMs: stops.max / 1e6 }
}

/** Readings a second where one group follows the other. */
function runUnpaced(alarms: Alarms, latest: LatestValues, groups: Groups, { readingsPerS }: Size): number {
  let workMs = 0
  let readings = 0
  while (readings < 20 * readingsPerS) {
    const columns = groups.next()
    const startedMs = performance.now()
    judge(alarms, latest, columns)
    workMs += performance.now() - startedMs
    readings += groups.rows
  }
  return (readings / workMs) * 1000
}

/** The physical limit: nothing but the comparison of each reading with two limits of its series. */
function runBare(groups: Groups, { readingsPerS }: Size): number {
  const above = new Float64Array(1 << 16).fill(limit)
  const active = new Uint8Array(1 << 16)
  let workMs = 0
  let readings = 0
  while (readings < 100 * readingsPerS) {
    const { series, value, rows } = groups.next()
    const startedMs = performance.now()
    for (let row = 0; row < rows; row += 1) {
      const id = series[row] as number
      const last = value[row] as number
      if (last > (above[id] as number)) active[id] = 1
      else if (last <= (above[id] as number) - 0.05) active[id] = 0
    }
    workMs += performance.now() - startedMs
    readings += rows
  }
  return (readings / workMs) * 1000
}

async function main([text = '{}']: readonly string[]): Promise<void> {
  const size = JSON.parse(text) as Size
  console.log('started')
  const folder = await mkdtemp(join(tmpdir(), 'musubi-bench-'))
  try {
    console.log(JSON.stringify(await measure(folder, size)))
  } finally {
    await rm(folder, { recursive: true })
  }
}

if (import.meta.main) await main(process.argv.slice(2))
