// Sparkplug B payloads to metrics and back. protobuf.js is loaded with the first connection that has Sparkplug devices.
import { AppError } from '../../broker/contract/app-error.ts'

/** One metric as it stands in a payload; a value is not yet judged by its data type. */
export interface RawMetric {
  readonly name: string | undefined
  readonly alias: number | undefined
  /** Unix ms. */
  readonly timeMs: number | undefined
  readonly dataType: number | undefined
  /** `null`: is_null, or a kind of value that is no single one (data set, template, bytes). */
  readonly value: RawValue
  /** Property `Quality`: 0 bad, 192 good, 500 stale. */
  readonly quality: number | undefined
}

/** `long` for 64 bits, as the exact unsigned number. */
export type RawValue =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'long'; readonly value: bigint }
  | { readonly kind: 'plain'; readonly value: number | boolean | string }
  | null

export interface SparkplugPayload {
  /** Unix ms. */
  readonly timeMs: number | undefined
  readonly seq: number | undefined
  readonly metrics: readonly RawMetric[]
}

export interface SparkplugCodec {
  /** Throws `payload.malformed`; `limit.exceeded` above 5000 metrics. */
  decode(bytes: Uint8Array): SparkplugPayload
  /** The payload of the NCMD that asks a node for its births. */
  rebirthRequest(timeMs: number): Uint8Array
}

const maxMetrics = 5000
const booleanType = 11

export async function loadSparkplugCodec(): Promise<SparkplugCodec> {
  const { default: proto } = await import('sparkplug-payload/lib/sparkplugPayloadProto.js')
  const { Payload } = proto.org.eclipse.tahu.protobuf
  return {
    decode(bytes) {
      const payload = decoded(() => Payload.decode(bytes))
      const metrics = payload.metrics ?? []
      if (metrics.length > maxMetrics) {
        throw new AppError('limit.exceeded', `a payload of ${metrics.length} metrics`)
      }
      return {
        timeMs: timeOf(payload.timestamp),
        seq: smallNumber(payload.seq),
        metrics: metrics.map(metricOf),
      }
    },
    rebirthRequest: (timeMs) =>
      Payload.encode({
        timestamp: timeMs,
        metrics: [{ name: 'Node Control/Rebirth', timestamp: timeMs, datatype: booleanType, booleanValue: true }],
      }).finish(),
  }
}

function decoded<T>(decode: () => T): T {
  try {
    return decode()
  } catch (cause) {
    throw new AppError('payload.malformed', 'the bytes are no Sparkplug B payload', { cause })
  }
}

/** 64 bits of protobuf: long.js where the number may not fit. */
type Long = number | { readonly low: number; readonly high: number }

interface ProtoMetric {
  readonly name?: string | null
  readonly alias?: Long | null
  readonly timestamp?: Long | null
  readonly datatype?: number | null
  readonly isNull?: boolean | null
  readonly intValue?: number | null
  readonly longValue?: Long | null
  readonly floatValue?: number | null
  readonly doubleValue?: number | null
  readonly booleanValue?: boolean | null
  readonly stringValue?: string | null
  readonly properties?: {
    readonly keys?: readonly string[] | null
    readonly values?: readonly { readonly intValue?: number | null; readonly longValue?: Long | null }[] | null
  } | null
}

/** What the sender did not set stands on the prototype: only own fields are real. */
function own<Key extends keyof ProtoMetric>(metric: ProtoMetric, key: Key): NonNullable<ProtoMetric[Key]> | undefined {
  return Object.hasOwn(metric, key) ? (metric[key] ?? undefined) : undefined
}

function metricOf(metric: ProtoMetric): RawMetric {
  return {
    name: own(metric, 'name'),
    alias: smallNumber(own(metric, 'alias')),
    timeMs: timeOf(own(metric, 'timestamp')),
    dataType: own(metric, 'datatype'),
    value: own(metric, 'isNull') === true ? null : valueOf(metric),
    quality: qualityOf(own(metric, 'properties')),
  }
}

function valueOf(metric: ProtoMetric): RawValue {
  const int = own(metric, 'intValue')
  if (int !== undefined) return { kind: 'int', value: int }
  const long = own(metric, 'longValue')
  if (long !== undefined) return { kind: 'long', value: bigOf(long) }
  const value =
    own(metric, 'floatValue') ?? own(metric, 'doubleValue') ?? own(metric, 'booleanValue') ?? own(metric, 'stringValue')
  return value === undefined ? null : { kind: 'plain', value }
}

function qualityOf(properties: NonNullable<ProtoMetric['properties']> | undefined): number | undefined {
  const index = properties?.keys?.indexOf('Quality') ?? -1
  const value = index < 0 ? undefined : properties?.values?.[index]
  if (value === undefined) return undefined
  if (Object.hasOwn(value, 'intValue')) return value.intValue ?? undefined
  return smallNumber(value.longValue)
}

function bigOf(long: Long): bigint {
  if (typeof long === 'number') return BigInt.asUintN(64, BigInt(Math.trunc(long)))
  return (BigInt(long.high >>> 0) << 32n) | BigInt(long.low >>> 0)
}

/** A count, an alias or a seq; above 2^53 there is none that anybody uses. */
function smallNumber(long: Long | null | undefined): number | undefined {
  if (long === undefined || long === null) return undefined
  const value = bigOf(long)
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined
}

function timeOf(long: Long | null | undefined): number | undefined {
  const timeMs = smallNumber(long)
  return timeMs === undefined || timeMs > 8.64e15 ? undefined : timeMs
}
