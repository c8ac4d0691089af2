// The language of expression rules: a part of CEL (Common Expression Language) over numbers, with unknown as a third truth value.
import { Environment, EvaluationError, ParseError, type ASTNode } from '@marcbachmann/cel-js'
import { AppError } from '../../../broker/contract/app-error.ts'
import type { RuleFault, RuleFaultCode } from './rule-fault.ts'

/** One value per name; NaN or absent: unknown. */
type ExpressionValues = Readonly<Record<string, number>>

export interface Expression {
  /** Names that it uses. */
  readonly names: readonly string[]
  /** Undefined: what is unknown decides. `false && unknown` is false, `true || unknown` is true. */
  evaluate(values: ExpressionValues): boolean | undefined
}

/** Why a text is no expression. */
export class ExpressionRefusal extends AppError {
  readonly fault: RuleFaultCode
  readonly values: RuleFault['values']

  constructor(fault: RuleFaultCode, message: string, values: RuleFault['values'] = {}, cause?: unknown) {
    super('config.invalid', message, { cause })
    this.fault = fault
    this.values = values
  }
}

/** Cost is linear in the nodes: there is no loop, no list and no text in what is allowed. */
const maxDepth = 24
const limits = { maxAstNodes: 200, maxListElements: 0, maxMapEntries: 0, maxCallArguments: 2 }
const functions = ['abs', 'min', 'max', 'div'] as const
const plainOperators = new Set(['<', '<=', '>', '>=', '==', '!=', '+', '-', '*', '&&', '||', '?:', '!_', '-_'])

/**
 * `names`: the series that it may name, each a number. Division by zero is unknown. Throws ExpressionRefusal (`config.invalid`)
 * with what is wrong: syntax, types, a name that is not there, a result that is not true or false, or anything outside
 * numbers, comparison, arithmetic, logic and the functions abs, min and max.
 */
export function compileExpression(source: string, names: readonly string[]): Expression {
  // CEL's own `/` of doubles gives infinity or NaN, which compares false: it is called by a function that is unknown instead.
  const plain = parsed(environmentFor(names, maxDepth), source)
  const used = new Set<string>()
  refuseForeign(plain.ast, used)
  for (const name of used) {
    if (!names.includes(name)) throw new ExpressionRefusal('foreign-name', `there is no value "${name}"`, { name })
  }
  // Each level of the tree may be a pair of brackets and an operator.
  const program = parsed(environmentFor(names, limits.maxAstNodes * 2), rewritten(plain.ast))
  const result = program.check()
  if (!result.valid) throw new ExpressionRefusal('wrong-operand', reasonOf(result.error), {}, result.error)
  if (result.type !== 'bool') {
    const given = result.type ?? 'nothing'
    throw new ExpressionRefusal('no-truth', `gives ${given}, not true or false, for example "level < 0.02"`)
  }
  const usedNames = [...used]
  return { names: usedNames, evaluate: (values) => evaluated(program, usedNames, values) }
}

function evaluated(
  program: (context: ExpressionValues) => unknown,
  names: readonly string[],
  values: ExpressionValues,
): boolean | undefined {
  const known: Record<string, number> = {}
  let count = 0
  for (const name of names) {
    const value = values[name]
    if (value === undefined || !Number.isFinite(value)) continue
    known[name] = value
    count += 1
  }
  if (count === 0 && names.length > 0) return undefined
  try {
    return program(known) === true
  } catch (thrown) {
    // A name that is absent, or a division by zero: CEL lets `&&` and `||` decide without it where they can.
    if (thrown instanceof EvaluationError) return undefined
    throw thrown
  }
}

function environmentFor(names: readonly string[], maxDepth: number): Environment {
  const environment = new Environment({ limits: { ...limits, maxDepth } })
  for (const name of names) environment.registerVariable(name, 'double')
  return environment
    .registerFunction('abs(double): double', (a: number) => Math.abs(a))
    .registerFunction('min(double, double): double', (a: number, b: number) => Math.min(a, b))
    .registerFunction('max(double, double): double', (a: number, b: number) => Math.max(a, b))
    .registerFunction('div(double, double): double', divided)
}

function divided(a: number, b: number): number {
  if (b === 0) throw new EvaluationError('division by zero')
  return a / b
}

function parsed(environment: Environment, source: string) {
  try {
    return environment.parse(source)
  } catch (thrown) {
    if (!(thrown instanceof ParseError)) throw thrown
    if (thrown.code === 'limit_exceeded') throw new ExpressionRefusal('too-complex', reasonOf(thrown), {}, thrown)
    throw new ExpressionRefusal('syntax', reasonOf(thrown), { at: (thrown.range?.start ?? 0) + 1 }, thrown)
  }
}

/** The first line: CEL draws the place under it. */
function reasonOf(cause: unknown): string {
  return cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
}

function refuseForeign(node: ASTNode, used: Set<string>): void {
  if (node.op === 'id') used.add(node.args)
  else if (node.op === 'value') refuseForeignValue(node.args)
  else if (node.op === 'call') refuseForeignCall(node.args[0])
  else if (node.op !== '/' && !plainOperators.has(node.op)) {
    const text = node.input.slice(node.start, node.end)
    throw new ExpressionRefusal('foreign-text', `"${text}" is not part of the language`, { text })
  }
  for (const part of partsOf(node)) refuseForeign(part, used)
}

function refuseForeignValue(value: unknown): void {
  const allowed = typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
  if (!allowed) throw new ExpressionRefusal('foreign-value', 'only numbers, true and false may stand in an expression')
}

function refuseForeignCall(name: string): void {
  if (functions.some((known) => known === name)) return
  throw new ExpressionRefusal('foreign-function', `there is no function "${name}"; abs, min and max are there`, {
    name,
  })
}

function partsOf(node: ASTNode): readonly ASTNode[] {
  if (node.op === 'call') return node.args[1]
  if (node.op === '!_' || node.op === '-_') return [node.args]
  return isOperator(node) ? node.args : []
}

/** The same with `a / b` written as `div(a, b)`, `2` as `2.0` and every part in brackets: to CEL, 2 and 2.0 are of two types. */
function rewritten(node: ASTNode): string {
  const parts = partsOf(node).map(rewritten)
  const [first = '', second = '', third = ''] = parts
  if (node.op === 'call') return `${node.args[0]}(${parts.join(', ')})`
  if (node.op === '/') return `div(${first}, ${second})`
  if (node.op === '!_' || node.op === '-_') return `(${node.op.slice(0, 1)}${first})`
  if (node.op === '?:') return `(${first} ? ${second} : ${third})`
  if (isOperator(node)) return `(${first} ${node.op} ${second})`
  if (node.op === 'value' && typeof node.args === 'bigint') return `${node.args}.0`
  return node.op === 'id' ? node.args : node.input.slice(node.start, node.end)
}

type OperatorNode = Extract<ASTNode, { readonly args: readonly ASTNode[] }>

function isOperator(node: ASTNode): node is OperatorNode {
  return node.op === '/' || (plainOperators.has(node.op) && node.op !== '!_' && node.op !== '-_')
}
