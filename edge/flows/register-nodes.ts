// Our nodes for Node-RED: what a flow sees of the gateway, and what it may do. Their forms and texts are in nodes/.
import type { FlowNode, NodeApi, NodeMessage } from 'node-red'
import { toAppError } from '../../broker/contract/app-error.ts'
import { type AlarmRule, createAlarmGate } from './alarm-gate.ts'
import type { FlowPort } from './flow-port.ts'
import type { FlowAsk, FlowSample, InferValue } from './messages.ts'

/** Called by nodes/musubi.cjs, which Node-RED loads. */
export function registerNodes(api: NodeApi, port: FlowPort): void {
  const register = (type: string, start: (this: FlowNode, config: never) => void): void =>
    api.nodes.registerType(type, start)
  const made = (node: FlowNode, config: object): FlowNode => {
    api.nodes.createNode(node, config)
    return node
  }
  register('musubi in', function (this: FlowNode, config: InConfig) {
    startIn(made(this, config), config, port)
  })
  register('musubi out', function (this: FlowNode, config: OutConfig) {
    startOut(made(this, config), config, port)
  })
  register('musubi setpoint', function (this: FlowNode, config: SetpointNodeConfig) {
    startSetpoint(made(this, config), config, port)
  })
  register('musubi alarm', function (this: FlowNode, config: AlarmConfig) {
    startAlarm(made(this, config), config, port)
  })
  register('musubi infer', function (this: FlowNode, config: InferConfig) {
    startInfer(made(this, config), config, port)
  })
  // What the forms offer.
  api.httpAdmin?.get('/musubi/places', (_request, response) => response.json(port.places))
}

interface InConfig {
  /** Globs over series names, apart by commas, spaces or lines. */
  readonly series: string
  /** `all`, or without what is not good. */
  readonly quality: 'all' | 'good'
}

/** Each sample as a message: payload is the value, null where there is none; topic is the series. */
function startIn(node: FlowNode, { series, quality }: InConfig, port: FlowPort): void {
  const patterns = series.split(/[\s,]+/).filter((pattern) => pattern !== '')
  const end = port.listen(patterns, (sample) => {
    if (quality === 'good' && sample.quality !== 'good') return
    node.status(inStatus(sample))
    const { name, value, unit, quality: found, reason, timeMs } = sample
    node.send({ payload: value, topic: name, unit, quality: found, reason, timeMs })
  })
  node.on('close', end)
}

function inStatus({ value, unit = '', quality, reason }: FlowSample) {
  const fill = quality === 'good' ? 'green' : quality === 'uncertain' ? 'yellow' : 'red'
  return { fill, shape: 'dot', text: value === null ? (reason ?? 'bad') : `${String(value)} ${unit}` } as const
}

interface OutConfig {
  readonly channel: string
}

function startOut(node: FlowNode, { channel }: OutConfig, port: FlowPort): void {
  onInput(node, async (message) => {
    const value = numberOf(message['payload'])
    const timeMs = typeof message['timeMs'] === 'number' ? message['timeMs'] : undefined
    await port.ask({ type: 'out', channel, value, timeMs })
    return { text: `${value}` }
  })
}

interface SetpointNodeConfig {
  readonly setpoint: string
}

/** The message goes on when the device has confirmed. */
function startSetpoint(node: FlowNode, { setpoint }: SetpointNodeConfig, port: FlowPort): void {
  onInput(node, async (message) => {
    const value = numberOf(message['payload'])
    await port.ask({ type: 'setpoint', setpoint, value, node: nodeName(node) })
    return { text: `${value}`, send: { ...message, payload: value, setpoint } }
  })
}

interface AlarmConfig {
  readonly alarm: string
  /** `device:channel` or a device; empty: the topic of the message. */
  readonly source: string
  readonly when: AlarmRule['when']
  readonly raiseAt: string | number
  readonly clearAt: string | number
  readonly onDelayS: string | number
  readonly offDelayS: string | number
}

/** Of each source its own state; a change is told to the hub and goes on as a message. */
function startAlarm(node: FlowNode, config: AlarmConfig, port: FlowPort): void {
  const raiseAt = Number(config.raiseAt) || 0
  const rule: AlarmRule = {
    when: config.when,
    raiseAt,
    clearAt: config.clearAt === '' ? raiseAt : Number(config.clearAt) || 0,
    onDelayS: Number(config.onDelayS) || 0,
    offDelayS: Number(config.offDelayS) || 0,
  }
  const gates = new Map<string, ReturnType<typeof createAlarmGate>>()
  const newest = new Map<string, number | undefined>()

  async function change(source: string, state: 'raised' | 'cleared'): Promise<NodeMessage> {
    const value = newest.get(source)
    const about = { source, class: config.alarm, state, value, timeMs: Date.now(), node: nodeName(node) }
    await port.ask({ type: 'alarm', ...about })
    const fill = state === 'raised' ? 'red' : 'green'
    node.status({ fill, shape: 'dot', text: `${source} ${state}` })
    return { topic: source, payload: state === 'raised', alarm: config.alarm, state }
  }

  const timer = setInterval(() => {
    for (const [source, gate] of gates) {
      const state = gate.tick(performance.now())
      if (state === undefined) continue
      change(source, state).then(
        (message) => node.send(message),
        (thrown: unknown) => node.status({ fill: 'red', shape: 'ring', text: toAppError(thrown, 'internal').code }),
      )
    }
  }, 1000)
  node.on('close', () => clearInterval(timer))
  onInput(node, async (message) => {
    const source = config.source === '' ? textOf(message['topic']) : config.source
    const { payload } = message
    newest.set(source, typeof payload === 'number' ? payload : undefined)
    const gate = gates.get(source) ?? createAlarmGate(rule)
    gates.set(source, gate)
    const state = gate.push(payload, performance.now())
    return state === undefined ? {} : { send: await change(source, state) }
  })
}

interface InferConfig {
  readonly model: string
}

/** The payload is a list of values, oldest first: numbers a minute apart, or `{ timeMs, value }`. It becomes the score of the newest. */
function startInfer(node: FlowNode, { model }: InferConfig, port: FlowPort): void {
  onInput(node, async (message) => {
    const values = inferValues(message['payload'])
    const score = await port.ask({ type: 'infer', model, values } satisfies FlowAsk)
    return { text: `${score?.toFixed(3)}`, send: { ...message, payload: score, model } }
  })
}

const minuteMs = 60_000

function inferValues(payload: unknown): readonly InferValue[] {
  const list: readonly unknown[] = Array.isArray(payload) ? payload : [payload]
  const endMs = Date.now()
  return list.map((entry, index) => {
    const { timeMs, value } = Object(entry) as { readonly timeMs?: unknown; readonly value?: unknown }
    if (typeof timeMs === 'number' && typeof value === 'number') return { timeMs, value }
    return { timeMs: endMs - (list.length - 1 - index) * minuteMs, value: numberOf(entry) }
  })
}

interface Done {
  /** Of the node's state in the editor. */
  readonly text?: string
  readonly send?: NodeMessage
}

/** What fails is an error of the node, for a `catch` node, with the code of the refusal in the message. */
function onInput(node: FlowNode, work: (message: NodeMessage) => Promise<Done>): void {
  async function take(message: NodeMessage, send: (message: NodeMessage) => void): Promise<Error | undefined> {
    try {
      const { text, send: next } = await work(message)
      if (text !== undefined) node.status({ fill: 'green', shape: 'dot', text })
      if (next !== undefined) send(next)
      return undefined
    } catch (thrown) {
      const error = toAppError(thrown, 'internal')
      node.status({ fill: 'red', shape: 'ring', text: error.code })
      Object.assign(message, { refusal: error.code })
      return error
    }
  }
  node.on('input', (message, send, end) => void take(message, send).then(end))
}

function nodeName({ name, id }: FlowNode): string {
  return (name === undefined || name === '' ? id : name).slice(0, 100)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Booleans are 0 and 1, as in samples; what is no number becomes NaN, which the gateway refuses. */
function numberOf(value: unknown): number {
  if (typeof value === 'boolean') return Number(value)
  return typeof value === 'number' ? value : Number.NaN
}
