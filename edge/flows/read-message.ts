// What the process of the flows says, judged before it is used: a flow that got hold of the channel must not end the agent.
import { maxGlobLength } from './glob.ts'
import type { FlowAsk, FromFlows, InferValue } from './messages.ts'

type Fields = Readonly<Record<string, unknown>>

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 1000
const isNumber = (value: unknown): value is number => typeof value === 'number'
const isMaybeNumber = (value: unknown): boolean => value === undefined || isNumber(value)
const maxPatterns = 1000
const maxValues = 10_000

/** Undefined: it is none of the messages, or one with parts that it cannot have. */
export function readMessage(value: unknown): FromFlows | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const fields = value as Fields
  const check = Object.hasOwn(checks, String(fields['kind'])) ? checks[fields['kind'] as FromFlows['kind']] : undefined
  return check?.(fields) === true ? (value as FromFlows) : undefined
}

const checks: Readonly<Record<FromFlows['kind'], (fields: Fields) => boolean>> = {
  ready: () => true,
  taken: () => true,
  started: ({ afterMs, changedHere }) => isNumber(afterMs) && typeof changedHere === 'boolean',
  saved: ({ changedHere }) => typeof changedHere === 'boolean',
  pong: ({ beat, refused, unlogged }) => isNumber(beat) && isNumber(refused) && isNumber(unlogged),
  wants: ({ patterns }) =>
    Array.isArray(patterns) &&
    patterns.length <= maxPatterns &&
    patterns.every((pattern) => isText(pattern) && pattern.length <= maxGlobLength),
  log: ({ level, text }) => (level === 'warn' || level === 'error') && isText(text),
  ask: ({ ask, question }) =>
    isNumber(ask) && typeof question === 'object' && question !== null && isAsk(question as Fields),
}

function isAsk(question: Fields): boolean {
  const type = question['type'] as FlowAsk['type']
  return Object.hasOwn(asks, type) && asks[type](question)
}

const asks: Readonly<Record<FlowAsk['type'], (question: Fields) => boolean>> = {
  out: ({ channel, value, timeMs }) => isText(channel) && isNumber(value) && isMaybeNumber(timeMs),
  setpoint: ({ setpoint, value, node }) => isText(setpoint) && isNumber(value) && isText(node),
  alarm: ({ source, class: name, state, value, timeMs, node }) =>
    isText(source) &&
    isText(name) &&
    (state === 'raised' || state === 'cleared') &&
    isMaybeNumber(value) &&
    isNumber(timeMs) &&
    isText(node),
  infer: ({ model, values }) =>
    isText(model) && Array.isArray(values) && values.length <= maxValues && values.every(isValue),
}

function isValue(value: unknown): boolean {
  const { timeMs, value: number } = Object(value) as Partial<InferValue>
  return isNumber(timeMs) && isNumber(number)
}
