// Six paddy probes on Modbus whose every live value is exact and unique, and the outbox of their gateway after seven days offline.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import { createCounters } from '../../edge/counters.ts'
import { Outbox } from '../../edge/outbox/outbox.ts'
import type { ModbusSlave } from '../../firmware-bridge/simulators/modbus/modbus-slave.ts'
import type { StoredValue } from './hub-under-test.ts'

export const probes = ['probe-1', 'probe-2', 'probe-3', 'probe-4', 'probe-5', 'probe-6'] as const
export const channels = ['water-level', 'water-temperature'] as const
const minutes = 7 * 24 * 60
const label = { ja: '水位計', en: 'Level probe' }

export const probeProfile = {
  id: 'exact-probe',
  driver: 'modbus',
  label,
  channels: channels.map((id, index) => ({
    id,
    label,
    unit: index === 0 ? 'm' : 'Cel',
    source: { table: 'input', address: 2 * index, type: 'uint32' },
    scale: 1e-6,
  })),
}

export const probeSite = {
  id: 'paddy-1',
  kind: 'paddy',
  name: { ja: '水田', en: 'Paddy' },
  position: { lat: 35.33, lon: 139.9 },
}

export interface Probe {
  readonly slave: ModbusSlave
  /** Values handed out, one list a channel. */
  readonly served: readonly [level: readonly number[], temperature: readonly number[]]
  /** From now on the level lies below the limit of `paddy-level-low`. */
  drain(): void
  /** From now on reads are refused. */
  freeze(): void
}

/** Registers count millionths of a metre and of a degree, so that what is stored can be compared exactly. */
export function createProbe(): Probe {
  const level: number[] = []
  const temperature: number[] = []
  let mode: 'full' | 'drained' | 'frozen' = 'full'
  return {
    served: [level, temperature],
    drain: () => void (mode = 'drained'),
    freeze: () => void (mode = 'frozen'),
    slave: {
      input(address, count) {
        if (mode === 'frozen' || address !== 0 || count !== 4) return undefined
        const reads = level.length + 1
        const raw = [(mode === 'full' ? 70_000 : 0) + reads, 20_000_000 + reads] as const
        level.push(raw[0] / 1e6)
        temperature.push(raw[1] / 1e6)
        return raw.flatMap((micro) => [micro >>> 16, micro & 0xffff])
      },
    },
  }
}

/** Hours that broke a rule and ended days or half an hour ago, as [first minute, last minute, level in m]. */
const spells = [
  [3000, 3180, 0.003],
  [5000, 5060, 0.21],
  [8000, 8001, 0.001],
  [minutes - 90, minutes - 30, 0.002],
] as const

function levelAt(minute: number, probe: number): number {
  const spell = spells.find(([first, last]) => minute >= first && minute <= last)
  return (spell?.[2] ?? 0.08 + 0.02 * Math.sin(minute / 200)) + probe * 1e-6 + minute * 1e-9
}

/** Expected at the hub, per series name, in the order of time. */
export type Backlog = ReadonlyMap<string, readonly StoredValue[]>

/** Writes seven days of minute readings, the last of them a minute ago, through the gateway's own outbox. */
export async function fillOutbox(dataFolder: string, maxBytes: number): Promise<Backlog> {
  await mkdir(dataFolder, { recursive: true })
  const outbox = new Outbox(
    {
      path: join(dataFolder, 'outbox.sqlite'),
      maxBytes,
      maxFileBytes: 2 * maxBytes,
      maxMemoryBytes: 8 * 2 ** 20,
      groupCommitMs: 200,
      lingerMs: 10,
    },
    { clock: systemClock, log: silentLog, counters: createCounters() },
  )
  const backlog = new Map<string, StoredValue[]>()
  const endMs = Math.floor(systemClock.now()) - 60_000
  for (let minute = 1; minute <= minutes; minute += 1) {
    const time = endMs - (minutes - minute) * 60_000
    const samples = probes.flatMap((probe, index) => samplesAt(probe, index, minute, time))
    outbox.append(samples, 'normal')
    for (const { name, timeMs, value } of samples) {
      const kept = backlog.get(name) ?? []
      kept.push({ time: timeMs, value: value as number })
      backlog.set(name, kept)
    }
  }
  outbox.close()
  return backlog
}

function samplesAt(probe: string, index: number, minute: number, timeMs: number): readonly Sample[] {
  const good = { timeMs, quality: 'good', reason: undefined } as const
  return [
    { ...good, name: `${probe}:water-level`, unit: 'm', value: levelAt(minute, index) },
    { ...good, name: `${probe}:water-temperature`, unit: 'Cel', value: 18 + index + minute / 2 ** 14 },
  ]
}
