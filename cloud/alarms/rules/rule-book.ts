// The rules that are in force: those of the hub's file, and what each tenant has written besides or in their place.
import { AppError } from '../../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../../broker/contract/ports.ts'
import type { HubDatabase } from '../../registry/hub-database.ts'
import { rulesOf } from './combination.ts'
import { faultLine, ruleFault, type RuleFault } from './rule-fault.ts'
import { faultsOfParts, isRecord, ruleFaults, withDefaults } from './rule-faults.ts'
import type { RuleSetChange } from './rule-runner.ts'
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

/** What is wrong with a rule that somebody wants to save. */
export class RuleFaults extends AppError {
  readonly faults: readonly RuleFault[]

  constructor(faults: readonly RuleFault[]) {
    super('rule.invalid', `the rule has faults: ${faults.map(faultLine).join('; ')}`)
    this.faults = faults
  }
}

interface OwnRule extends WrittenRule {
  readonly tenant: string
}

export class RuleBook {
  readonly #dependencies: RuleBookDependencies
  /** By tenant and id. */
  readonly #own = new Map<string, Map<string, OwnRule>>()
  readonly #listeners = new Set<(change: RuleSetChange) => void>()
  /** By id, the rules of the file as they are in force; each knows which tenants have another in its place. */
  readonly #ofFile: ReadonlyMap<string, AlarmRule>
  /** By id of a rule of the file. */
  readonly #exceptTenants: ReadonlyMap<string, Set<string>>
  /** By the id of a rule, the combinations that name it: `{tenant} {id}`, of the file ` {id}`. */
  readonly #namedBy = new Map<string, Set<string>>()
  /** One change at a time: each is checked against the rules that it will stand among. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(dependencies: RuleBookDependencies) {
    this.#dependencies = dependencies
    const { fileRules } = dependencies
    this.#exceptTenants = new Map(fileRules.map(({ id }) => [id, new Set<string>()]))
    this.#ofFile = new Map(
      fileRules.map((rule) => {
        const exceptTenants = this.#exceptTenants.get(rule.id) ?? new Set()
        return [rule.id, { ...rule, scope: { exceptTenants } }]
      }),
    )
    for (const rule of fileRules) this.#note(key('', rule.id), rule)
  }

  /** A stored rule that this version of the hub does not understand is logged and left out of force. */
  async restore(): Promise<void> {
    const { database, log } = this.#dependencies
    for (const row of await database.selectFrom('alarm_rules').selectAll().execute()) {
      const rule = parsed(row)
      const faults = ruleFaults(rule)
      if (faults.length > 0)
        log.error(
          { tenant: row.tenant, rule: row.id, faults: faults.map(faultLine) },
          'a stored alarm rule is not understood',
        )
      else this.#put(row, rule as AlarmRule)
    }
  }

  /** What the engine runs. */
  inForce(): readonly AlarmRule[] {
    return [...this.#allOwn().map(({ rule }) => rule), ...this.#ofFile.values()]
  }

  onChange(listener: (change: RuleSetChange) => void): void {
    this.#listeners.add(listener)
  }

  /** What tenants have written, and the rules of the file. */
  list(isSeen: (tenant: string) => boolean): readonly WrittenRule[] {
    const own = this.#allOwn().filter(({ tenant }) => isSeen(tenant))
    return [...own, ...Array.from(this.#ofFile.values(), ofFile)]
  }

  /** What holds for a tenant under this id. Throws `not-found`. */
  get(tenant: string, id: string): WrittenRule {
    const found = this.#find(tenant, id)
    if (found === undefined) throw new AppError('not-found', `there is no rule ${id}`)
    return found
  }

  /** The rules whose alarms hide those of this one. Rules that name each other in a circle hide one another never: none would be told. */
  hidingRules(tenant: string, id: string): readonly string[] {
    const named = (one: string) => this.#find(tenant, one)?.rule.hiddenBy ?? []
    const leadsBack = (one: string, seen: ReadonlySet<string>): boolean =>
      one === id || named(one).some((next) => !seen.has(next) && leadsBack(next, new Set([...seen, next])))
    return named(id).filter((one) => !leadsBack(one, new Set([one])))
  }

  /** The rules that a combination of a tenant names, as far as they are there; none for a rule of another kind. */
  partsOf(tenant: string, rule: AlarmRule): readonly AlarmRule[] {
    if (rule.kind !== 'composite') return []
    return rulesOf(rule.of).flatMap((id) => this.#find(tenant, id)?.rule ?? [])
  }

  /** The rule that a tenant would have. Throws RuleFaults with every fault. */
  checked(tenant: string, id: string, given: unknown): AlarmRule {
    if (!isRecord(given)) throw new RuleFaults([ruleFault('', 'no-object', 'a rule is an object')])
    const { id: named, ...rest } = given
    const rule = withDefaults({ ...rest, id })
    const faults = [...ruleFaults(rule)]
    if (named !== undefined && named !== id)
      faults.push(ruleFault('/id', 'other-id', `the rule is saved as "${id}"`, { id }))
    if (faults.length > 0) throw new RuleFaults(faults)
    const written = { ...(rule as AlarmRule), scope: { tenant } }
    this.#requireSoundParts(tenant, id, written)
    return written
  }

  /** Durable, and in force, when it resolves. Throws RuleFaults, `rule.stale`, `limit.exceeded`. */
  put(change: RuleChange, given: unknown): Promise<WrittenRule> {
    return this.#inTurn(async () => {
      const { tenant, id, by, comment } = change
      const known = this.#seen(change)
      const rule = this.checked(tenant, id, given)
      if (known === undefined && (this.#own.get(tenant)?.size ?? 0) >= maxRulesPerTenant) {
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
      this.#tell(tenant, id, { gone: known, fresh: written })
      return written
    })
  }

  /** What the file says under this id, if it does, holds again. Throws `not-found`, `rule.stale`, RuleFaults. */
  delete(change: RuleChange): Promise<void> {
    return this.#inTurn(async () => {
      const { tenant, id, by, comment } = change
      const known = this.#seen(change)
      if (known === undefined) throw new AppError('not-found', `${tenant} has written no rule ${id}`)
      this.#requireSoundParts(tenant, id, this.#ofFile.get(id))
      const revision = (await this.#newestRevision(tenant, id)) + 1
      const at = { changed_ms: this.#dependencies.clock.now(), changed_by: by }
      const row = { tenant, id, revision, action: 'deleted', rule: null, comment: comment ?? null, ...at }
      await this.#dependencies.database.transaction().execute(async (transaction) => {
        await transaction.deleteFrom('alarm_rules').where('tenant', '=', tenant).where('id', '=', id).execute()
        await transaction.insertInto('alarm_rule_revisions').values(row).execute()
      })
      this.#remove(tenant, id)
      this.#tell(tenant, id, { gone: known, fresh: undefined })
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

  #allOwn(): readonly OwnRule[] {
    return Array.from(this.#own.values(), (rules) => [...rules.values()]).flat()
  }

  #find(tenant: string, id: string): WrittenRule | undefined {
    const fileRule = this.#ofFile.get(id)
    return this.#own.get(tenant)?.get(id) ?? (fileRule === undefined ? undefined : ofFile(fileRule))
  }

  /**
   * Throws RuleFaults with what the change of one rule of a tenant would make wrong in the combinations that it is, or is part of; what
   * was wrong before is not the writer's. `next` undefined: it goes.
   */
  #requireSoundParts(tenant: string, id: string, next: AlarmRule | undefined): void {
    const kindBefore = (part: string) => this.#find(tenant, part)?.rule.kind
    const kindAfter = (part: string) => (part === id ? next?.kind : kindBefore(part))
    const naming = [...(this.#namedBy.get(id) ?? [])].flatMap((name) => {
      const [of, by = ''] = name.split(' ')
      const isMeant = by !== id && (of === tenant || (of === '' && this.#own.get(tenant)?.has(by) !== true))
      return isMeant ? (this.#find(tenant, by)?.rule ?? []) : []
    })
    const before = this.#find(tenant, id)?.rule
    const known = [...naming, ...(before ? [before] : [])].flatMap((rule) => faultsOfParts(rule, kindBefore))
    const wrong = [...naming, ...(next ? [next] : [])].flatMap((rule) => faultsOfParts(rule, kindAfter))
    const knownLines = new Set(known.map(faultLine))
    const faults = wrong.filter((fault) => !knownLines.has(faultLine(fault)))
    if (faults.length > 0) throw new RuleFaults(faults)
  }

  #seen({ tenant, id, seen }: RuleChange): OwnRule | undefined {
    const known = this.#own.get(tenant)?.get(id)
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

  #put(row: AlarmRuleRow, rule: AlarmRule): OwnRule {
    const { tenant, id, revision, changed_ms: changedMs, changed_by: changedBy } = row
    const written = { tenant, revision, changedMs, changedBy, rule: { ...rule, scope: { tenant } } }
    this.#remove(tenant, id)
    const rules = this.#own.get(tenant) ?? new Map<string, OwnRule>()
    this.#own.set(tenant, rules)
    rules.set(id, written)
    this.#note(key(tenant, id), rule)
    this.#exceptTenants.get(id)?.add(tenant)
    return written
  }

  #remove(tenant: string, id: string): void {
    const known = this.#own.get(tenant)?.get(id)
    if (known === undefined) return
    this.#own.get(tenant)?.delete(id)
    if (known.rule.kind === 'composite') {
      for (const part of rulesOf(known.rule.of)) this.#namedBy.get(part)?.delete(key(tenant, id))
    }
    this.#exceptTenants.get(id)?.delete(tenant)
  }

  #note(name: string, rule: AlarmRule): void {
    if (rule.kind !== 'composite') return
    for (const part of rulesOf(rule.of)) {
      const names = this.#namedBy.get(part) ?? new Set<string>()
      this.#namedBy.set(part, names.add(name))
    }
  }

  #tell(
    tenant: string,
    id: string,
    { gone, fresh }: { readonly gone: OwnRule | undefined; readonly fresh: OwnRule | undefined },
  ): void {
    const fileRule = this.#ofFile.get(id)
    // Between two revisions of a tenant's own rule nothing changes for that of the file.
    const isRescoped = fileRule !== undefined && (gone === undefined) !== (fresh === undefined)
    const change = {
      gone: gone === undefined ? [] : [gone.rule],
      fresh: fresh === undefined ? [] : [fresh.rule],
      rescoped: isRescoped ? [{ rule: fileRule, tenant }] : [],
    }
    for (const listener of this.#listeners) listener(change)
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
