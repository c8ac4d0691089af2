// The gateway as a device of its own: what an operator must know of it travels like any other reading.
import type { Clock, Timer } from '../broker/contract/ports.ts'
import type { Sample } from '../broker/contract/sample.ts'
import { gatewayDevice } from '../broker/contract/gateway-device.ts'
import type { Counters } from './counters.ts'
import type { Channel } from './device-channels.ts'
import type { DeviceCondition } from './device-poller.ts'
import type { LatencySnapshot } from './inference/latency-histogram.ts'
import type { OutboxDepth } from './outbox/message.ts'
import type { OutboxCondition } from './outbox/disk.ts'

/** What the machine tells; read by the main, so that a test can say anything. */
export interface MachineGauges {
  rssBytes(): number
  /** degC of the hottest thermal zone; undefined where /sys has none. */
  cpuTemperatureC(): number | undefined
  /** The longest delay of the event loop since the last call, in seconds. */
  takeLoopLagS(): number
}

export interface HealthSources {
  readonly machine: MachineGauges
  readonly counters: Counters
  readonly outboxDepth: () => OutboxDepth
  readonly outboxCondition: () => OutboxCondition
  /** Seconds since the oldest of what waits was measured; 0: nothing waits. */
  readonly outboxAgeS: () => number
  readonly deviceConditions: () => readonly DeviceCondition[]
  /** Where models run; undefined: none does. */
  readonly models?: {
    /** Name of the histogram, in units of a second, and what it counted. */
    readonly latencies: () => Readonly<Record<string, LatencySnapshot>>
    readonly gauges: () => Readonly<Record<string, number>>
  }
}

type Gauge = readonly [
  id: string,
  unit: string,
  ja: string,
  en: string,
  read: (sources: HealthSources) => number | undefined,
]

/** Units are SenML primary units. Counters rise from the start of the agent. */
const gauges: readonly Gauge[] = [
  [
    'outbox-messages',
    'count',
    '未送信メッセージ',
    'Messages in the outbox',
    ({ outboxDepth }) => outboxDepth().messages,
  ],
  ['outbox-readings', 'count', '未送信データ', 'Readings in the outbox', ({ outboxDepth }) => outboxDepth().readings],
  ['outbox-size', 'B', '未送信データ量', 'Size of the outbox', ({ outboxDepth }) => outboxDepth().bytes],
  ['outbox-age', 's', '最も古い未送信データ', 'Age of the oldest in the outbox', ({ outboxAgeS }) => outboxAgeS()],
  ['outbox-fault', '/', '保存異常', 'Outbox fault', ({ outboxCondition }) => (outboxCondition() === 'healthy' ? 0 : 1)],
  [
    'readings-evicted',
    'count',
    '破棄データ',
    'Readings evicted',
    ({ counters }) => counters.total('outbox_evicted_readings'),
  ],
  [
    'poll-errors',
    'count',
    '計測エラー',
    'Poll errors',
    ({ counters }) => counters.total('poll_errors') + counters.total('listen_errors'),
  ],
  [
    'devices-offline',
    'count',
    '応答なし機器',
    'Devices offline',
    ({ deviceConditions }) => deviceConditions().filter((condition) => condition === 'offline').length,
  ],
  ['memory', 'B', 'メモリ使用量', 'Memory in use', ({ machine }) => machine.rssBytes()],
  ['cpu-temperature', 'Cel', 'CPU温度', 'CPU temperature', ({ machine }) => machine.cpuTemperatureC()],
  ['loop-lag', 's', '処理遅延', 'Event loop lag', ({ machine }) => machine.takeLoopLagS()],
]

/** The series of device `gateway`, for the birth document. */
export const healthChannels: readonly Omit<Channel, 'declared'>[] = gauges.map(([id, unit, ja, en]) => ({
  id,
  unit,
  label: { ja, en },
}))

/** Health as samples at `timeMs` (Unix ms); what the machine cannot tell is left out. */
function healthSamples(sources: HealthSources, timeMs: number): readonly Sample[] {
  return gauges.flatMap(([id, unit, , , read]) => {
    const value = read(sources)
    if (value === undefined) return []
    return [
      { name: `${gatewayDevice}:${id}`, timeMs, value, unit, quality: 'good', reason: undefined } satisfies Sample,
    ]
  })
}

/** The same values, every counter and the latencies of models in Prometheus's text format. */
export function healthText(sources: HealthSources): string {
  const values = healthSamples(sources, 0).map(
    ({ name, value }) => [name.slice(name.indexOf(':') + 1), value ?? Number.NaN] as const,
  )
  const gauged = [...values, ...Object.entries(sources.models?.gauges() ?? {})].flatMap(([name, value]) => {
    const id = metric(name)
    return [`# TYPE ${id} gauge`, `${id} ${value}`]
  })
  const typed = new Set<string>()
  const counted = sources.counters.entries().flatMap(({ name, reason, value }) => {
    const id = `${metric(name)}_total`
    const head = typed.has(id) ? [] : [`# TYPE ${id} counter`]
    typed.add(id)
    return [...head, `${id}{reason="${reason}"} ${value}`]
  })
  const timed = Object.entries(sources.models?.latencies() ?? {}).flatMap(histogramText)
  return `${[...gauged, ...counted, ...timed].join('\n')}\n`
}

function histogramText([name, { boundsMs, counts, count, sumMs }]: readonly [string, LatencySnapshot]): string[] {
  const id = `${metric(name)}_seconds`
  let through = 0
  const buckets = boundsMs.map((boundMs, index) => {
    through += counts[index] ?? 0
    return `${id}_bucket{le="${boundMs / 1000}"} ${through}`
  })
  return [
    `# TYPE ${id} histogram`,
    ...buckets,
    `${id}_bucket{le="+Inf"} ${count}`,
    `${id}_sum ${sumMs / 1000}`,
    `${id}_count ${count}`,
  ]
}

function metric(name: string): string {
  return `musubi_edge_${name.replaceAll('-', '_')}`
}

/** Calls `report` at once and then every `intervalS`, until stopped. */
export function startHealth(options: {
  readonly sources: HealthSources
  readonly intervalS: number
  readonly clock: Clock
  readonly report: (samples: readonly Sample[]) => void
}): { stop(): void } {
  const { sources, intervalS, clock, report } = options
  let timer: Timer | undefined
  const tick = (): void => {
    timer = clock.setTimer(tick, intervalS * 1000)
    report(healthSamples(sources, clock.now()))
  }
  tick()
  return { stop: () => timer?.cancel() }
}
