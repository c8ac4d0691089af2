// What was computed when and from what, and what was advised since when: the memory of the insights, in the hub's database.
import { sql } from 'kysely'
import { tenantOfKey } from '../people/principal.ts'
import type { HubDatabase, HubTransaction } from '../registry/hub-database.ts'
import type { Advice } from './insight.ts'
import type { InsightAdviceRow, InsightRunRow } from './insight-tables.ts'

export const runCauses = ['schedule', 'late', 'settings'] as const
export type RunCause = (typeof runCauses)[number]

/** Results for times in (fromMs, toMs] exist, of any version. */
export interface Computed {
  readonly fromMs: number
  readonly toMs: number
}

export interface InsightRun {
  readonly site: string
  readonly insight: string
  readonly version: number
  readonly settingsRevision: number
  readonly cause: RunCause
  readonly fromMs: number
  readonly toMs: number
  readonly inputFromMs: number
  readonly computedMs: number
}

/** What holds now. `advice` null: nothing to say any more. */
export interface HeldAdvice {
  readonly site: string
  readonly insight: string
  readonly version: number
  readonly advice: Advice | null
  /** The time of the result that first said so. */
  readonly sinceMs: number
  /** The time of the newest result that says so. */
  readonly timeMs: number
}

export interface AdviceNote {
  readonly site: string
  readonly insight: string
  readonly version: number
  readonly timeMs: number
  readonly advice: Advice | undefined
}

const rowsPerStatement = 400
/** Advice and provenance are kept as long as readings. */
const keptMs = 400 * 86_400_000

export const keyOf = (site: string, insight: string): string => `${site} ${insight}`

/** Bound: one entry per insight and place. Owner: the insight engine. */
export class InsightJournal {
  readonly #database: HubDatabase
  readonly #computed = new Map<string, Computed>()
  readonly #lastRun = new Map<string, number>()
  /** The row that the next scheduled run makes longer. */
  readonly #open = new Map<string, { readonly run: number; readonly row: InsightRun }>()
  readonly #held = new Map<string, { readonly number: number; readonly held: HeldAdvice }>()

  constructor(database: HubDatabase) {
    this.#database = database
  }

  async restore(): Promise<void> {
    const runs = await this.#database
      .selectFrom('insight_runs')
      .select(({ fn }) => [
        'site',
        'insight',
        fn.max('run').as('run'),
        fn.min('from_ms').as('from_ms'),
        fn.max('to_ms').as('to_ms'),
      ])
      .groupBy(['site', 'insight'])
      .execute()
    for (const row of runs) {
      const key = keyOf(row.site, row.insight)
      this.#lastRun.set(key, row.run)
      this.#computed.set(key, { fromMs: row.from_ms, toMs: row.to_ms })
    }
    for (const row of await newestAdvice(this.#database)) {
      this.#held.set(keyOf(row.site, row.insight), { number: row.number, held: heldOf(row) })
    }
  }

  computed(site: string, insight: string): Computed | undefined {
    return this.#computed.get(keyOf(site, insight))
  }

  /** Everything that is advised now, and what can't be told. */
  held(): readonly HeldAdvice[] {
    return [...this.#held.values()].map(({ held }) => held)
  }

  /** Notes runs and advice in one transaction; what is in memory follows when it is stored. */
  async write(runs: readonly InsightRun[], notes: readonly AdviceNote[]): Promise<void> {
    const lines = runs.map((run) => this.#lineOf(run))
    const changes = notes.flatMap((note) => this.#changeOf(note))
    if (lines.length > 0 || changes.length > 0) {
      await this.#database.transaction().execute(async (transaction) => {
        await writeRuns(transaction, lines)
        await writeAdvice(transaction, changes)
      })
    }
    for (const line of lines) this.#remember(line)
    for (const row of changes) {
      this.#held.set(keyOf(row.site, row.insight), { number: row.number, held: heldOf(row) })
    }
    for (const note of notes) this.#refresh(note)
  }

  /** Deletes what is older than readings are kept. */
  async expire(nowMs: number): Promise<void> {
    const before = nowMs - keptMs
    await this.#database.deleteFrom('insight_runs').where('to_ms', '<', before).execute()
    await this.#database.deleteFrom('insight_advice').where('time_ms', '<', before).execute()
  }

  #lineOf(run: InsightRun): { readonly run: number; readonly row: InsightRun } {
    const key = keyOf(run.site, run.insight)
    const open = this.#open.get(key)
    const continues =
      run.cause === 'schedule' &&
      open !== undefined &&
      open.row.version === run.version &&
      open.row.settingsRevision === run.settingsRevision &&
      open.row.toMs === run.fromMs
    if (open !== undefined && continues)
      return { run: open.run, row: { ...run, fromMs: open.row.fromMs, inputFromMs: open.row.inputFromMs } }
    const next = (this.#lastRun.get(key) ?? 0) + 1
    this.#lastRun.set(key, next)
    return { run: next, row: run }
  }

  #remember({ run, row }: { readonly run: number; readonly row: InsightRun }): void {
    const key = keyOf(row.site, row.insight)
    if (row.cause === 'schedule') this.#open.set(key, { run, row })
    const known = this.#computed.get(key)
    this.#computed.set(key, {
      fromMs: Math.min(row.fromMs, known?.fromMs ?? row.fromMs),
      toMs: Math.max(row.toMs, known?.toMs ?? row.toMs),
    })
  }

  /** A row where something else is said than before. */
  #changeOf({ site, insight, version, timeMs, advice }: AdviceNote): readonly InsightAdviceRow[] {
    const known = this.#held.get(keyOf(site, insight))
    if (known === undefined && advice === undefined) return []
    const before = known?.held.advice
    const isSame =
      advice === undefined ? before === null : before?.code === advice.code && before.level === advice.level
    if (isSame) return []
    return [
      {
        site,
        insight,
        number: (known?.number ?? 0) + 1,
        tenant: tenantOfKey(site),
        version,
        time_ms: timeMs,
        level: advice?.level ?? null,
        code: advice?.code ?? null,
        body: advice === undefined ? null : JSON.stringify(advice),
      },
    ]
  }

  /** The same advice with a new number behind it: shown at once, not written down. */
  #refresh({ site, insight, version, timeMs, advice }: AdviceNote): void {
    const key = keyOf(site, insight)
    const known = this.#held.get(key)
    if (known === undefined) return
    this.#held.set(key, { ...known, held: { ...known.held, version, timeMs, advice: advice ?? null } })
  }
}

async function newestAdvice(database: HubDatabase): Promise<readonly InsightAdviceRow[]> {
  return await database
    .selectFrom('insight_advice as advice')
    .innerJoin(
      (inner) =>
        inner
          .selectFrom('insight_advice')
          .select(({ fn }) => ['site', 'insight', fn.max('number').as('newest')])
          .groupBy(['site', 'insight'])
          .as('last'),
      (join) =>
        join
          .onRef('last.site', '=', 'advice.site')
          .onRef('last.insight', '=', 'advice.insight')
          .onRef('last.newest', '=', 'advice.number'),
    )
    .selectAll('advice')
    .execute()
}

async function writeRuns(
  transaction: HubTransaction,
  lines: readonly { readonly run: number; readonly row: InsightRun }[],
): Promise<void> {
  for (let start = 0; start < lines.length; start += rowsPerStatement) {
    const rows = lines.slice(start, start + rowsPerStatement).map(({ run, row }): InsightRunRow => ({
      site: row.site,
      insight: row.insight,
      run,
      tenant: tenantOfKey(row.site),
      version: row.version,
      settings_revision: row.settingsRevision,
      cause: row.cause,
      from_ms: row.fromMs,
      to_ms: row.toMs,
      input_from_ms: row.inputFromMs,
      computed_ms: row.computedMs,
    }))
    await transaction
      .insertInto('insight_runs')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .columns(['site', 'insight', 'run'])
          .doUpdateSet({ to_ms: sql<number>`excluded.to_ms`, computed_ms: sql<number>`excluded.computed_ms` }),
      )
      .execute()
  }
}

async function writeAdvice(transaction: HubTransaction, rows: readonly InsightAdviceRow[]): Promise<void> {
  for (let start = 0; start < rows.length; start += rowsPerStatement) {
    await transaction
      .insertInto('insight_advice')
      .values(rows.slice(start, start + rowsPerStatement))
      .execute()
  }
}

export function heldOf(row: InsightAdviceRow): HeldAdvice {
  const { site, insight, version, time_ms: timeMs, body } = row
  const advice = body === null ? null : (JSON.parse(body) as Advice)
  return { site, insight, version, advice, sinceMs: timeMs, timeMs }
}
