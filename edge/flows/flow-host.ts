// The flows of a gateway: what they see, what they ask for, and what becomes of it.
import { join } from 'node:path'
import { chmodSync, mkdirSync, readFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { NewEvent } from '../../broker/contract/event-codec.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import { deviceUnits } from '../../firmware-bridge/device-units.ts'
import type { Counters } from '../counters.ts'
import type { PollOutcome } from '../device-poller.ts'
import { startFlowChild } from './flow-child.ts'
import { FlowSupervisor, type FlowSupervisorOptions, type FlowState } from './flow-supervisor.ts'
import { type FlowsConfig, flowDevice, type SetpointConfig } from './flows-config.ts'
import type { FlowAnswer, FlowAsk, FlowPlaces, FromFlows, InferValue, ToFlows } from './messages.ts'
import { createRaisedAlarms, type RaisedAlarms } from './raised-alarms.ts'
import { createRateLimit, flowRates } from './rate-limit.ts'
import { createSampleFeed } from './sample-feed.ts'
import { Setpoint } from './setpoint.ts'

export interface FlowHostOptions {
  readonly flows: FlowsConfig
  readonly dataFolder: string
  /** What the nodes offer in the editor, besides what `flows` names. */
  readonly offers: () => Pick<FlowPlaces, 'series' | 'models'>
  readonly deliver: (outcome: PollOutcome) => void
  readonly emitEvent: (event: NewEvent) => void
  /** Sets a channel of a device; resolves when it is confirmed. Throws AppError. */
  readonly write: (setpoint: SetpointConfig, value: number, signal: AbortSignal) => Promise<void>
  /** The score of the newest of the values, 0 … 1. Throws AppError `not-found`, `model.*`. */
  readonly infer: (model: string, values: readonly InferValue[]) => Promise<number>
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
  readonly random: () => number
  readonly limits?: FlowSupervisorOptions['limits']
}

export interface FlowHost {
  readonly state: FlowState
  /** Of the process; 0 where none runs. */
  readonly rssBytes: number
  /** The flows were changed in the editor and are not those of the deployed set. */
  readonly changedHere: boolean
  /** Where the editor listens; undefined: it is off. */
  readonly editorSocket: string | undefined
  /** Offers what was sampled to the flows. Never throws and never waits. */
  take(samples: readonly Sample[]): void
  /** Ends the flows, then leaves each output in its fail-safe. */
  stop(): Promise<void>
}

const editorSocketName = 'editor.sock'

/** Starts the process and sets every output to its fail-safe; flows then say otherwise. */
export function startFlowHost(options: FlowHostOptions): FlowHost {
  const { flows, clock, log, counters, random } = options
  const folder = join(options.dataFolder, 'flows')
  const ownFolder = join(folder, 'node-red')
  mkdirSync(ownFolder, { recursive: true, mode: 0o700 })
  for (const path of [folder, ownFolder]) chmodSync(path, 0o700)
  let changedHere = false

  const setpoints = new Map(
    flows.setpoints.map((config) => [
      config.id,
      new Setpoint(config, { write: (...given) => options.write(config, ...given), clock, log, counters, random }),
    ]),
  )
  const allSafe = (why: 'start' | 'flows-ended'): void => {
    for (const setpoint of setpoints.values()) setpoint.failSafe(why)
  }
  const version = deployedVersion(flows.file)
  const alarms = createRaisedAlarms({
    folder,
    emitEvent: options.emitEvent,
    version: () => version,
    clock,
    log,
    counters,
  })
  const asked = createAnswers(options, { setpoints, alarms })
  const limit = createRateLimit({ ...flowRates.asks, monotonicMs: () => clock.monotonic() })
  const feed = createSampleFeed({ send: (samples) => supervisor.send({ kind: 'samples', samples }), counters })

  function received(message: FromFlows): void {
    if (message.kind === 'taken') feed.taken()
    else if (message.kind === 'wants') feed.want(message.patterns)
    else if (message.kind === 'ask') void answerAsk(message.ask, message.question)
    else noted(message, { log, counters })
    if (message.kind === 'started' || message.kind === 'saved') changedHere = message.changedHere
  }

  async function answerAsk(ask: number, question: FlowAsk): Promise<void> {
    const answer = limit.take() ? await asked(question) : tooMany(counters)
    supervisor.send({ kind: 'answer', ask, answer })
  }

  allSafe('start')
  const supervisor = new FlowSupervisor({
    start: () => startFlowChild({ folder: ownFolder, file: flows.file, maxMemoryMb: flows.maxMemoryMb }),
    init: (safeMode) => initMessage(options, { folder: ownFolder, safeMode }),
    onMessage: received,
    onUp: () => feed.begin(),
    onDown() {
      feed.end()
      allSafe('flows-ended')
    },
    clock,
    log,
    counters,
    random,
    editor: flows.editor,
    maxRssBytes: flows.maxMemoryMb * 2 ** 20,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  })
  return {
    get state() {
      return supervisor.state
    },
    get rssBytes() {
      return supervisor.rssBytes
    },
    get changedHere() {
      return changedHere
    },
    editorSocket: flows.editor ? join(ownFolder, editorSocketName) : undefined,
    take: (samples) => feed.take(samples),
    async stop() {
      await supervisor.stop()
      await Promise.all([...setpoints.values()].map((setpoint) => setpoint.stop()))
    },
  }
}

/** What the process says of itself. */
function noted(message: FromFlows, { log, counters }: Pick<FlowHostOptions, 'log' | 'counters'>): void {
  if (message.kind === 'log') log[message.level]({ flow: message.text }, 'a flow says')
  else if (message.kind === 'started') log.info({ afterMs: message.afterMs }, 'the flows run')
  else if (message.kind === 'pong') {
    if (message.refused > 0) counters.add('flow_asks', 'too-many', message.refused)
    if (message.unlogged > 0) counters.add('flow_logs', 'not-shown', message.unlogged)
  } else if (message.kind === 'saved') {
    counters.add('flow_edits', 'saved')
    log.warn({ changedHere: message.changedHere }, 'the flows were changed in the editor of this gateway')
  }
}

function initMessage(
  { flows, offers }: FlowHostOptions,
  { folder, safeMode }: { readonly folder: string; readonly safeMode: boolean },
): ToFlows {
  const { file, editor } = flows
  const channels = flows.channels.map(({ id, unit }) => ({ id, unit }))
  const setpoints = flows.setpoints.map(({ id, min, max }) => ({ id, min, max }))
  return { kind: 'init', file, folder, editor, safeMode, places: { ...offers(), channels, setpoints } }
}

/** Names the deployed flows in events. */
function deployedVersion(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12)
}

function tooMany(counters: Counters): FlowAnswer {
  counters.add('flow_asks', 'too-many')
  return refused(new AppError('limit.exceeded', `flows ask more than ${flowRates.asks.perSecond} times a second`))
}

function refused({ code, message }: AppError): FlowAnswer {
  return { ok: false, code, message: message.slice(0, 500) }
}

/** Carries out what a node asks. Never rejects. */
function createAnswers(
  options: FlowHostOptions,
  { setpoints, alarms }: { readonly setpoints: ReadonlyMap<string, Setpoint>; readonly alarms: RaisedAlarms },
): (question: FlowAsk) => Promise<FlowAnswer> {
  const { counters } = options

  async function carriedOut(question: FlowAsk): Promise<number | undefined> {
    if (question.type === 'infer') return await options.infer(question.model, question.values)
    if (question.type === 'out') deliverReading(question, options)
    else if (question.type === 'alarm') alarms.take(question)
    else {
      const setpoint = setpoints.get(question.setpoint)
      if (setpoint === undefined) throw new AppError('not-found', `"${question.setpoint}" is not in /flows/setpoints`)
      await setpoint.set(question.value, question.node)
    }
    return undefined
  }

  return async (question) => {
    try {
      const value = await carriedOut(question)
      counters.add('flow_asks', question.type)
      return { ok: true, value }
    } catch (thrown) {
      counters.add('flow_refused', question.type)
      return refused(toAppError(thrown, 'internal'))
    }
  }
}

function deliverReading(
  { channel: id, value, timeMs }: Extract<FlowAsk, { readonly type: 'out' }>,
  options: FlowHostOptions,
): void {
  const channel = options.flows.channels.find((one) => one.id === id)
  if (channel === undefined) throw new AppError('not-found', `"${id}" is not in /flows/channels`)
  if (!(value >= channel.min && value <= channel.max)) {
    throw new AppError('limit.exceeded', `${id}: ${value} lies outside ${channel.min} to ${channel.max}`)
  }
  const primary = channel.unit === undefined ? { value, unit: undefined } : deviceUnits.toPrimary(value, channel.unit)
  if (primary === undefined || !Number.isFinite(primary.value))
    throw new AppError('limit.exceeded', `${id}: ${value} is no reading`)
  const measurement = { channel: id, ...primary, quality: 'good', reason: undefined, timeMs: undefined } as const
  options.deliver({ device: flowDevice, timeMs: timeMs ?? options.clock.now(), measurements: [measurement] })
}
