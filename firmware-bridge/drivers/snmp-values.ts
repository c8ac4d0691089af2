// From an agent's objects to a profile's measurements: row filters, sums over rows, codes, rates.
import { measure, unusable } from '../channel-measurement.ts'
import type { Measurement } from '../driver.ts'
import type { SnmpChannel, SnmpProfile } from '../profile-schema.ts'
import { type AgentInterval, type CounterBaseline, counterDelta, intervalBetween } from './snmp-rates.ts'
import type { SnmpValue } from './snmp-session.ts'

export const sysUpTime = '1.3.6.1.2.1.1.3.0'

/** What one read asks for: each scalar and each column once. */
export interface SnmpPlan {
  readonly scalars: readonly string[]
  readonly columns: readonly string[]
}

export interface SnmpReading {
  readonly scalars: ReadonlyMap<string, SnmpValue>
  /** Column OID → row index → value. */
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, SnmpValue>>
  readonly monotonicMs: number
  readonly before: CounterBaseline | undefined
}

export function planSnmp(profile: SnmpProfile): SnmpPlan {
  const scalars = new Set([sysUpTime])
  const columns = new Set<string>()
  for (const { source } of profile.channels) {
    if ('oid' in source) scalars.add(source.oid)
    else {
      columns.add(source.column)
      if (source.where !== undefined) columns.add(source.where.column)
    }
  }
  return { scalars: [...scalars], columns: [...columns] }
}

/**
 * The measurements, and the counters to compare the next read with. A rate needs two reads: the first gives none. After
 * a restart of the agent or a cleared counter the rate is bad with reason `reset`.
 */
export function measureSnmp(
  profile: SnmpProfile,
  reading: SnmpReading,
): { readonly measurements: readonly Measurement[]; readonly counters: ReadonlyMap<string, bigint> } {
  const uptimeTicks = reading.scalars.get(sysUpTime)
  const counters = new Map<string, bigint>()
  const interval: AgentInterval =
    typeof uptimeTicks === 'number'
      ? intervalBetween(reading.before, { uptimeTicks, monotonicMs: reading.monotonicMs, counters })
      : { kind: 'none' }
  const measurements = profile.channels.flatMap((channel) => {
    const values = valuesOf(channel, reading)
    if (values === undefined) return [unusable(channel, 'exception')]
    const { kind = 'gauge' } = channel.source
    if (kind === 'gauge') return [measureGauge(channel, values)]
    if (kind === 'text') return [measureText(channel, values)]
    if (![...values.values()].every(isCount)) return [unusable(channel, 'frame')]
    for (const [key, value] of values) counters.set(key, BigInt(value))
    return measureRate(channel, values, interval, reading.before)
  })
  return { measurements, counters }
}

/** By OID, the values that a channel is made of; undefined when the agent does not have them. */
function valuesOf(
  { source }: SnmpChannel,
  { scalars, tables }: SnmpReading,
): ReadonlyMap<string, SnmpValue> | undefined {
  if ('oid' in source) {
    const value = scalars.get(source.oid)
    return value === undefined ? undefined : new Map([[source.oid, value]])
  }
  const column = tables.get(source.column)
  const filter = source.where === undefined ? undefined : tables.get(source.where.column)
  const isFiltered = source.where !== undefined
  if (column === undefined || column.size === 0 || (isFiltered && (filter === undefined || filter.size === 0)))
    return undefined
  const accepted = source.where?.equals
  const rows = [...column].filter(
    ([index]) => accepted === undefined || accepted.some((wanted) => wanted === filter?.get(index)),
  )
  return new Map(rows.map(([index, value]) => [`${source.column}.${index}`, value]))
}

function measureGauge(channel: SnmpChannel, values: ReadonlyMap<string, SnmpValue>): Measurement {
  const numbers = [...values.values()].map((value) =>
    channel.codes === undefined ? numberOf(value) : (channel.codes[String(value)] ?? Number.NaN),
  )
  const value = reduce(numbers, 'reduce' in channel.source ? channel.source.reduce : 'sum')
  return value === undefined ? unusable(channel, 'exception') : measure(channel, value)
}

/** Text is a number where it says one; an empty text says none. Of a hardware address the session leaves no number. */
function numberOf(value: SnmpValue): number {
  return typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value)
}

function isCount(value: SnmpValue): boolean {
  return typeof value === 'bigint' || Number.isInteger(value)
}

function measureText(channel: SnmpChannel, values: ReadonlyMap<string, SnmpValue>): Measurement {
  const text = [...values.values()].join(', ')
  return { channel: channel.id, value: text, unit: undefined, quality: 'good', reason: undefined, timeMs: undefined }
}

function measureRate(
  channel: SnmpChannel,
  values: ReadonlyMap<string, SnmpValue>,
  interval: AgentInterval,
  before: CounterBaseline | undefined,
): readonly Measurement[] {
  if (values.size === 0) return [unusable(channel, 'exception')]
  if (interval.kind === 'none') return []
  if (interval.kind === 'reset') return [unusable(channel, 'reset')]
  const bits = channel.source.kind === 'counter64' ? 64 : 32
  const rates: number[] = []
  for (const [key, value] of values) {
    const old = before?.counters.get(key)
    if (old === undefined) continue
    const delta = counterDelta(old, BigInt(value), bits)
    if (delta === undefined) return [unusable(channel, 'reset')]
    rates.push(Number(delta) / interval.seconds)
  }
  if (rates.length === 0) return []
  const rate = reduce(rates, 'reduce' in channel.source ? channel.source.reduce : 'sum')
  return rate === undefined ? [] : [measure(channel, rate)]
}

/** No rows are a sum and a count of 0 (no station, no radio of that kind), but no maximum and no mean. */
function reduce(values: readonly number[], how: 'sum' | 'max' | 'mean' | 'count'): number | undefined {
  if (how === 'count') return values.length
  const sum = values.reduce((total, value) => total + value, 0)
  if (how === 'sum') return sum
  if (values.length === 0) return undefined
  return how === 'max' ? Math.max(...values) : sum / values.length
}
