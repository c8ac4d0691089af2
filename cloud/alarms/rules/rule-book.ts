// The rules that are in force: those of the hub's file, and what each tenant has written besides or in their place.
import { AppError } from '../../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../../broker/contract/ports.ts'
import type { HubDatabase } from '../../registry/hub-database.ts'
import { isRecord, referenceFaults, ruleFaults, withDefaults } from './rule-faults.ts'
import type { AlarmRuleRow } from './rule-tables.ts'
import type { AlarmRule } from './rule.ts'

/** A rule as people read it. */
export interface WrittenRule {
  /** Undefined: a rule of the hub's file, which holds for every tenant that has not written another in its place. */
  readonly tenant: string | undefined
  readonly rule: AlarmRule
  /** 0 for one of the file. */
  readonly revision: number
  readonly changedMs: number | undefined
  readonly changedBy: string | undefined
}

export interface RuleRevision {
  readonly revision: number
  readonly action: 'created' | 'changed' | 'deleted'
  readonly rule: AlarmRule | undefined
  readonly changedMs: number
  readonly changedBy: string
  readonly comment: string | undefined
}

export interface RuleChange {
  readonly tenant: string
  readonly id: string
  /** The revision that the writer has seen: 0 where there is none, or only one of the file. */
  readonly seen: number
  readonly by: string
  readonly comment: string | undefined
}

export interface RuleBookDependencies {
  readonly database: HubDatabase
  readonly fileRules: readonly AlarmRule[]
  readonly clock: Clock
  readonly log: Log
}

/** Bound of what one tenant writes; more are refused. Owner: RuleBook. */
const maxRulesPerTenant = 20_000

/** What is wrong with a rule that somebody wants to save; each fault as `/path: what`. */
export class RuleFaults extends AppError {
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super('rule.invalid', `the rule has faults: ${faults.join('; ')}`)
    this.faults = faults
  }
}

export class RuleBook {
  readonly #dependencies: RuleBookDependencies
  /** By `{tenant} {id}`. */
  readonly #own = new Map<string, WrittenRule & { readonly tenant: string }>()
  readonly #listeners = new Set<(rules: readonly AlarmRule[]) => void>()
  /** By id, the rules of the file as they were read. */
  readonly #ofFile: ReadonlyMap<string, AlarmRule>
  /** By id, the rules of the file as they are in force: the same object as long as the same tenants have another in its place. */
  readonly #fileRules: Map<string, AlarmRule>
  /** One change at a time: each is checked against the rules that it will stand among. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(dependencies: RuleBookDependencies) {
    this.#dependencies = dependencies
    this.#ofFile = new Map(dependencies.fileRules.map((rule) => [rule.id, rule]))
    this.#fileRules = new Map(this.#ofFile)
  }

  /** A stored rule that this version of the hub does not understand is logged and left out of force. */
  async restore(): Promise<void> {
    const { database, log } = this.#dependencies
    for (const row of await database.selectFrom('alarm_rules').selectAll().execute()) {
      const rule = parsed(row)
      const faults = ruleFaults(rule)
      if (faults.length > 0)
        log.error({ tenant: row.tenant, rule: row.id, faults }, 'a stored alarm rule is not understood')
      else this.#put(row, rule as AlarmRule)
    }
    for (const id of new Set(Array.from(this.#own.values(), ({ rule }) => rule.id))) this.#scopeFileRule(id)
  }

  /** What the engine runs: what people wrote first, so that of two dead-man rules theirs wins. */
  inForce(): readonly AlarmRule[] {
    return [...Array.from(this.#own.values(), ({ rule }) => rule), ...this.#fileRules.values()]
  }

  onChange(listener: (rules: readonly AlarmRule[]) => void): void {
    this.#listeners.add(listener)
  }

  /** What tenants have written, and the rules of the file. */
  list(isSeen: (tenant: string) => boolean): readonly WrittenRule[] {
    const own = [...this.#own.values()].filter(({ tenant }) => isSeen(tenant))
    return [...own, ...this.#dependencies.fileRules.map(ofFile)]
  }

  /** What holds for a tenant under this id. Throws `not-found`. */
  get(tenant: string, id: string): WrittenRule {
    const fileRule = this.#ofFile.get(id)
    const found = this.#own.get(key(tenant, id)) ?? (fileRule === undefined ? undefined : ofFile(fileRule))
    if (found === undefined) throw new AppError('not-found', `there is no rule ${id}`)
    return found
  }

  /** The rules of one tenant that take part in what it writes: its own, and those of the file that it has not replaced. */
  ofTenant(tenant: string): readonly AlarmRule[] {
    const own = [...this.#own.values()].filter((written) => written.tenant === tenant).map(({ rule }) => rule)
    const ids = new Set(own.map(({ id }) => id))
    return [...own, ...this.#dependencies.fileRules.filter(({ id }) => !ids.has(id))]
  }

  /** The rule that a tenant would have. Throws RuleFaults with every fault. */
  checked(tenant: string, id: string, given: unknown): AlarmRule {
    if (!isRecord(given)) throw new RuleFaults([': a rule is an object'])
    const { id: named, ...rest } = given
    const rule = withDefaults({ ...rest, id })
    const faults = [...ruleFaults(rule)]
    if (named !== undefined && named !== id) faults.push(`/id: the rule is saved as "${id}"`)
    if (faults.length > 0) throw new RuleFaults(faults)
    const written = { ...(rule as AlarmRule), scope: { tenant } }
    const around = this.ofTenant(tenant).filter((other) => other.id !== id)
    const wrong = newReferenceFaults([...around, written], this.ofTenant(tenant))
    if (wrong.length > 0) throw new RuleFaults(wrong)
    return written
  }

  /** Durable, and in force, when it resolves. Throws RuleFaults, `rule.stale`, `limit.exceeded`. */
  put(change: RuleChange, given: unknown): Promise<WrittenRule> {
    return this.#inTurn(async () => {
      const { tenant, id, by, comment } = change
      const known = this.#seen(change)
      const rule = this.checked(tenant, id, given)
      if (known === undefined && this.#countOf(tenant) >= maxRulesPerTenant) {
        throw new AppError('limit.exceeded', `${tenant} has ${maxRulesPerTenant} rules already`)
      }
      const revision = (await this.#newestRevision(tenant, id)) + 1
      const { scope: _scope, ...text } = rule
      const row = {
        tenant,
        id,
        revision,
        rule: JSON.stringify(text),
        changed_ms: this.#dependencies.clock.now(),
        changed_by: by,
      }
      const action = known === undefined ? 'created' : 'changed'
      await this.#dependencies.database.transaction().execute(async (transaction) => {
        await transaction
          .insertInto('alarm_rules')
          .values(row)
          .onConflict((conflict) => conflict.columns(['tenant', 'id']).doUpdateSet(row))
          .execute()
        await transaction
          .insertInto('alarm_rule_revisions')
          .values({ ...row, action, comment: comment ?? null })
          .execute()
      })
      const written = this.#put(row, rule)
      this.#tell(id)
      return written
    })
  }

  /** What the file says under this id, if it does, holds again. Throws `not-found`, `rule.stale`, RuleFaults. */
  delete(change: RuleChange): Promise<void> {
    return this.#inTurn(async () => {
      const { tenant, id, by, comment } = change
      if (this.#seen(change) === undefined) throw new AppError('not-found', `${tenant} has written no rule ${id}`)
      const fileRule = this.#ofFile.get(id)
      const others = this.ofTenant(tenant).filter((rule) => rule.id !== id)
      const left = fileRule === undefined ? others : [...others, fileRule]
      const wrong = newReferenceFaults(left, this.ofTenant(tenant))
      if (wrong.length > 0) throw new RuleFaults(wrong)
      const revision = (await this.#newestRevision(tenant, id)) + 1
      const at = { changed_ms: this.#dependencies.clock.now(), changed_by: by }
      const row = { tenant, id, revision, action: 'deleted', rule: null, comment: comment ?? null, ...at }
      await this.#dependencies.database.transaction().execute(async (transaction) => {
        await transaction.deleteFrom('alarm_rules').where('tenant', '=', tenant).where('id', '=', id).execute()
        await transaction.insertInto('alarm_rule_revisions').values(row).execute()
      })
      this.#own.delete(key(tenant, id))
      this.#tell(id)
    })
  }

  /** Newest first. */
  async history(tenant: string, id: string, limit: number): Promise<readonly RuleRevision[]> {
    const rows = await this.#dependencies.database
      .selectFrom('alarm_rule_revisions')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .orderBy('revision', 'desc')
      .limit(limit)
      .execute()
    return rows.map((row) => ({
      revision: row.revision,
      action: row.action as RuleRevision['action'],
      rule: row.rule === null ? undefined : (JSON.parse(row.rule) as AlarmRule),
      changedMs: row.changed_ms,
      changedBy: row.changed_by,
      comment: row.comment ?? undefined,
    }))
  }

  #seen({ tenant, id, seen }: RuleChange): WrittenRule | undefined {
    const known = this.#own.get(key(tenant, id))
    if ((known?.revision ?? 0) === seen) return known
    const present = known === undefined ? 'it is not there any more' : `it is at revision ${known.revision}`
    throw new AppError('rule.stale', `somebody else has changed the rule ${id} meanwhile: ${present}`)
  }

  async #newestRevision(tenant: string, id: string): Promise<number> {
    const row = await this.#dependencies.database
      .selectFrom('alarm_rule_revisions')
      .select(({ fn }) => fn.max('revision').as('newest'))
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .executeTakeFirst()
    return row?.newest ?? 0
  }

  #countOf(tenant: string): number {
    let count = 0
    for (const written of this.#own.values()) if (written.tenant === tenant) count += 1
    return count
  }

  #put(row: AlarmRuleRow, rule: AlarmRule): WrittenRule {
    const { tenant, id, revision, changed_ms: changedMs, changed_by: changedBy } = row
    const written = { tenant, revision, changedMs, changedBy, rule: { ...rule, scope: { tenant } } }
    this.#own.set(key(tenant, id), written)
    return written
  }

  #tell(id: string): void {
    this.#scopeFileRule(id)
    for (const listener of this.#listeners) listener(this.inForce())
  }

  #scopeFileRule(id: string): void {
    const rule = this.#ofFile.get(id)
    if (rule === undefined) return
    const exceptTenants = [...this.#own.values()].filter((own) => own.rule.id === id).map(({ tenant }) => tenant)
    this.#fileRules.set(id, exceptTenants.length === 0 ? rule : { ...rule, scope: { exceptTenants } })
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = this.#turn
    const mine = (async () => {
      await before.catch(() => undefined)
      return await work()
    })()
    this.#turn = mine
    return await mine
  }
}

function parsed(row: AlarmRuleRow): unknown {
  try {
    const rule: unknown = JSON.parse(row.rule)
    return isRecord(rule) ? { ...rule, id: row.id } : rule
  } catch {
    return undefined
  }
}

function ofFile(rule: AlarmRule): WrittenRule {
  return { tenant: undefined, rule, revision: 0, changedMs: undefined, changedBy: undefined }
}

function key(tenant: string, id: string): string {
  return `${tenant} ${id}`
}

/** Only what the change itself brings: a fault that was there before is not the writer's. */
function newReferenceFaults(after: readonly AlarmRule[], before: readonly AlarmRule[]): readonly string[] {
  const known = new Set(referenceFaults(before))
  return referenceFaults(after).filter((fault) => !known.has(fault))
}
