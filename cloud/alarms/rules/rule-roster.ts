// The rules at work, found by what they watch, by id and by what they are made of; one comes or goes without a look at the others.
import type { SeriesFacts } from '../../registry/series-directory.ts'
import { rulesOf } from './combination.ts'
import { RuleIndex } from './rule-index.ts'
import type { RuleRunner } from './rule-runner.ts'
import type { AlarmRule } from './rule.ts'
import { isInScope } from './series-match.ts'

export class RuleRoster {
  readonly #run: (rule: AlarmRule) => RuleRunner
  readonly #index = new RuleIndex()
  readonly #byRule = new Map<AlarmRule, RuleRunner>()
  readonly #byId = new Map<string, Set<RuleRunner>>()
  readonly #ofEvents = new Set<RuleRunner>()
  readonly #ofConditions = new Set<RuleRunner>()
  /** Combinations by the id of each rule that they name. */
  readonly #overPart = new Map<string, Set<RuleRunner>>()
  /** Of the rules of the file, by id. */
  readonly #positions = new Map<string, number>()

  constructor(run: (rule: AlarmRule) => RuleRunner) {
    this.#run = run
  }

  /** Undefined: a rule that is switched off is kept by whoever has it, and not run. */
  add(rule: AlarmRule): RuleRunner | undefined {
    if (rule.scope?.tenant === undefined && !this.#positions.has(rule.id)) {
      this.#positions.set(rule.id, this.#positions.size)
    }
    if (rule.disabled === true) return undefined
    const runner = this.#run(rule)
    this.#byRule.set(rule, runner)
    this.#index.add(runner)
    addTo(this.#byId, rule.id, runner)
    if ('observeEvent' in runner) this.#ofEvents.add(runner)
    if ('observeCondition' in runner) this.#ofConditions.add(runner)
    for (const part of partsOf(rule)) addTo(this.#overPart, part, runner)
    return runner
  }

  /** Undefined where it was not run. */
  remove(rule: AlarmRule): RuleRunner | undefined {
    const runner = this.#byRule.get(rule)
    if (runner === undefined) return undefined
    this.#byRule.delete(rule)
    this.#index.delete(runner)
    removeFrom(this.#byId, rule.id, runner)
    this.#ofEvents.delete(runner)
    this.#ofConditions.delete(runner)
    for (const part of partsOf(rule)) removeFrom(this.#overPart, part, runner)
    return runner
  }

  runnerOf(rule: AlarmRule): RuleRunner | undefined {
    return this.#byRule.get(rule)
  }

  all(): Iterable<RuleRunner> {
    return this.#byRule.values()
  }

  ofEvents(): Iterable<RuleRunner> {
    return this.#ofEvents
  }

  ofConditions(): Iterable<RuleRunner> {
    return this.#ofConditions
  }

  /** Combinations that name this rule. */
  overPart(id: string): Iterable<RuleRunner> {
    return this.#overPart.get(id) ?? []
  }

  /** The one that holds under this id for a gateway, `{tenant}/{gateway}`. */
  ofId(id: string, gateway: string): RuleRunner | undefined {
    for (const runner of this.#byId.get(id) ?? []) if (isInScope(runner.rule.scope, gateway)) return runner
    return undefined
  }

  /** Those that may watch a series, in an order that does not depend on when each was written: of a tenant by id, then of the file. */
  candidates(facts: SeriesFacts): readonly RuleRunner[] {
    return this.#index.find(facts).toSorted((a, b) => this.#compare(a.rule, b.rule))
  }

  #compare(a: AlarmRule, b: AlarmRule): number {
    const ofFile = this.#rank(a) - this.#rank(b)
    return ofFile === 0 ? Number(a.id > b.id) - Number(a.id < b.id) : ofFile
  }

  #rank({ id, scope }: AlarmRule): number {
    return scope?.tenant === undefined ? (this.#positions.get(id) ?? 0) : -1
  }
}

function partsOf(rule: AlarmRule): readonly string[] {
  return rule.kind === 'composite' ? rulesOf(rule.of) : []
}

function addTo(sets: Map<string, Set<RuleRunner>>, key: string, runner: RuleRunner): void {
  const set = sets.get(key)
  if (set === undefined) sets.set(key, new Set([runner]))
  else set.add(runner)
}

function removeFrom(sets: Map<string, Set<RuleRunner>>, key: string, runner: RuleRunner): void {
  const set = sets.get(key)
  set?.delete(runner)
  if (set?.size === 0) sets.delete(key)
}
