// One Sparkplug edge node as it is heard: its births, which give aliases their names, its sequence, and who is alive.
import { AppError } from '../../broker/contract/app-error.ts'
import { metricValue } from './metric-value.ts'
import type { RawMetric, SparkplugPayload } from './payload.ts'

/** A metric with its name known. `undefined` device: the node's own. */
export interface SparkplugMetric {
  readonly name: string
  readonly value: number | boolean | string | null
  readonly timeMs: number | undefined
  readonly quality: number | undefined
}

/** What one message was understood to say. */
export type SparkplugEvent =
  /** Of the node (`device` undefined) or one device of it. `gap`: messages missing before it. */
  | {
      readonly kind: 'metrics'
      readonly device: string | undefined
      readonly metrics: readonly SparkplugMetric[]
      /** Metrics that no birth explains. */
      readonly unknown: number
      readonly gap: number
      readonly needsBirth: boolean
    }
  /** `device` undefined: the node and all its devices. */
  | { readonly kind: 'death'; readonly device: string | undefined; readonly gap: number }
  /** Nothing to tell: a death of an earlier session, a command. */
  | { readonly kind: 'none' }

interface Birth {
  readonly name: string
  readonly dataType: number | undefined
  readonly device: string | undefined
}

/** Bound: names that births of one node may define, and as many aliases; more are not understood. */
const maxDefinitions = 20_000
const controls: ReadonlySet<string> = new Set(['bdSeq', 'Node Control/Rebirth'])

export class SparkplugNode {
  readonly #names = new Map<string, Birth>()
  readonly #aliases = new Map<number, Birth>()
  #isBorn = false
  #bdSeq: number | undefined
  #seq: number | undefined

  /** `type` and `device` from the topic. Throws `payload.schema` for what a topic of its kind cannot carry. */
  take(type: string, device: string | undefined, payload: SparkplugPayload): SparkplugEvent {
    if (type.endsWith('CMD')) return { kind: 'none' }
    if (type.startsWith('D') !== (device !== undefined))
      throw new AppError('payload.schema', `${type} on a wrong topic`)
    if (type === 'NDEATH') return this.#death(payload)
    if (type === 'NBIRTH') this.#nodeBirth(payload)
    const gap = type === 'NBIRTH' ? 0 : this.#gapBefore(payload.seq)
    if (type === 'DDEATH') return { kind: 'death', device, gap }
    if (type === 'NBIRTH' || type === 'DBIRTH') this.#define(payload.metrics, device)
    else if (type !== 'NDATA' && type !== 'DDATA')
      throw new AppError('payload.schema', `${type} is not a Sparkplug message`)
    return this.#metrics(payload, device, gap)
  }

  #nodeBirth({ seq, metrics }: SparkplugPayload): void {
    const bdSeq = metrics.find(({ name }) => name === 'bdSeq')?.value
    this.#names.clear()
    this.#aliases.clear()
    this.#isBorn = true
    this.#seq = (seq ?? 0) % 256
    this.#bdSeq = bdSeq === undefined || bdSeq === null ? undefined : Number(bdSeq.value)
  }

  /** Sparkplug 3.0 §6: accepted only with the bdSeq of the birth; one of an earlier session arrives late. */
  #death({ metrics }: SparkplugPayload): SparkplugEvent {
    const value = metrics.find(({ name }) => name === 'bdSeq')?.value
    const bdSeq = value === undefined || value === null ? undefined : Number(value.value)
    if (this.#isBorn && bdSeq !== this.#bdSeq) return { kind: 'none' }
    this.#isBorn = false
    this.#seq = undefined
    return { kind: 'death', device: undefined, gap: 0 }
  }

  /** One counter over all messages of the node, 0 to 255. */
  #gapBefore(seq: number | undefined): number {
    const last = this.#seq
    this.#seq = seq === undefined ? undefined : seq % 256
    if (last === undefined || seq === undefined) return 0
    return ((seq % 256) - last + 255) % 256
  }

  #define(metrics: readonly RawMetric[], device: string | undefined): void {
    for (const { name, alias, dataType } of metrics) {
      if (name === undefined) continue
      const birth: Birth = { name, dataType, device }
      const key = keyOf(name, device)
      if (this.#names.size < maxDefinitions || this.#names.has(key)) this.#names.set(key, birth)
      if (alias === undefined) continue
      if (this.#aliases.size < maxDefinitions || this.#aliases.has(alias)) this.#aliases.set(alias, birth)
    }
  }

  #metrics({ timeMs, metrics }: SparkplugPayload, device: string | undefined, gap: number): SparkplugEvent {
    let unknown = 0
    const known = metrics.flatMap((metric): SparkplugMetric[] => {
      const birth = this.#birthOf(metric, device)
      const name = metric.name ?? birth?.name
      const value = metricValue(metric.value, metric.dataType ?? birth?.dataType)
      if (name !== undefined && controls.has(name)) return []
      if (name !== undefined && value !== undefined) {
        return [{ name, value, timeMs: metric.timeMs ?? timeMs, quality: metric.quality }]
      }
      unknown += 1
      return []
    })
    return {
      kind: 'metrics',
      device,
      metrics: known,
      unknown,
      gap,
      needsBirth: !this.#isBorn || unknown > 0 || gap > 0,
    }
  }

  #birthOf({ name, alias }: RawMetric, device: string | undefined): Birth | undefined {
    if (name !== undefined) return this.#names.get(keyOf(name, device))
    const birth = alias === undefined ? undefined : this.#aliases.get(alias)
    return birth?.device === device ? birth : undefined
  }
}

function keyOf(name: string, device: string | undefined): string {
  return `${device ?? ''}\n${name}`
}
