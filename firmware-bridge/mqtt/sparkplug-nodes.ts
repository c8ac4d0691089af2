// The Sparkplug edge nodes of a connection: each message of a node is read once, however many of our devices it concerns.
import type { Clock, Log } from '../../broker/contract/ports.ts'
import { AppError } from '../../broker/contract/app-error.ts'
import type { DriverDiscard } from '../driver.ts'
import { type SparkplugEvent, SparkplugNode } from '../sparkplug/node-session.ts'
import { loadSparkplugCodec, type SparkplugCodec } from '../sparkplug/payload.ts'
import type { SparkplugAddress } from './mqtt-address.ts'

/** A node is asked for its births at most this often. */
const rebirthIntervalMs = 30_000

export interface SparkplugNodesDependencies {
  readonly clock: Clock
  readonly log: Log
  readonly discard: (reason: DriverDiscard, amount: number) => void
  /** Publishes, QoS 0; nothing happens where that is not possible. */
  readonly publish: (topic: string, payload: Uint8Array) => void
}

export class SparkplugNodes {
  readonly #dependencies: SparkplugNodesDependencies
  /** By group and node; as many as the configuration has. */
  readonly #nodes = new Map<string, SparkplugNode>()
  readonly #askedMs = new Map<string, number>()
  readonly #events = new WeakMap<object, SparkplugEvent>()
  #codec: SparkplugCodec | undefined

  constructor(dependencies: SparkplugNodesDependencies) {
    this.#dependencies = dependencies
  }

  /** Before the first `take`. */
  async load(): Promise<void> {
    this.#codec ??= await loadSparkplugCodec()
  }

  /** Throws AppError for what is no message of a node. */
  take(address: SparkplugAddress, message: { readonly topic: string; readonly payload: Uint8Array }): SparkplugEvent {
    const known = this.#events.get(message)
    if (known !== undefined) return known
    const event = this.#read(`${address.group}/${address.node}`, message)
    this.#events.set(message, event)
    if (event.kind === 'none') return event
    if (event.gap > 0) this.#dependencies.discard('gap', event.gap)
    if (event.kind !== 'metrics') return event
    if (event.unknown > 0) this.#dependencies.discard('foreign', event.unknown)
    if (event.needsBirth && address.rebirth !== false) this.#askForBirth(address)
    return event
  }

  #read(key: string, { topic, payload }: { readonly topic: string; readonly payload: Uint8Array }): SparkplugEvent {
    if (this.#codec === undefined) throw new AppError('internal', 'the Sparkplug codec is not loaded')
    const [, , type = '', , device] = topic.split('/')
    const node = this.#nodes.get(key) ?? new SparkplugNode()
    this.#nodes.set(key, node)
    return type.endsWith('CMD') ? { kind: 'none' } : node.take(type, device, this.#codec.decode(payload))
  }

  #askForBirth({ group, node }: SparkplugAddress): void {
    const { clock, log, publish } = this.#dependencies
    const key = `${group}/${node}`
    const nowMs = clock.monotonic()
    if (nowMs - (this.#askedMs.get(key) ?? -Infinity) < rebirthIntervalMs || this.#codec === undefined) return
    this.#askedMs.set(key, nowMs)
    log.info({ group, node }, 'the node is asked for its births')
    publish(`spBv1.0/${group}/NCMD/${node}`, this.#codec.rebirthRequest(clock.now()))
  }
}
