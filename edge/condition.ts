// How the gateway is, for its page at the hub: device by device, what was dropped and why, and its certificate.
import type { CertificateCondition, DeviceFaults, GatewayCondition } from '../broker/contract/gateway-condition.ts'
import type { Clock, Timer } from '../broker/contract/ports.ts'
import type { GatewayConfig } from './config.ts'
import type { Counters } from './counters.ts'
import type { FieldDevice } from './field-devices.ts'

type ConditionDevice = Pick<FieldDevice, 'plan' | 'condition' | 'faults'>

interface ConditionSources {
  readonly devices: () => readonly ConditionDevice[]
  readonly counters: Pick<Counters, 'entries'>
  readonly certificate: () => CertificateCondition | undefined
  readonly clock: Pick<Clock, 'now'>
}

/** Of GatewayCondition. */
const most = { devices: 1000, entries: 50 }

/** Its counts run from this call. */
export function openCondition(
  config: Pick<GatewayConfig, 'devices'>,
  { devices, counters, certificate, clock }: ConditionSources,
): () => GatewayCondition {
  const sinceMs = clock.now()
  const connections = new Map(config.devices.map(({ id, connection }) => [id, connection]))
  const counted = [...Map.groupBy(connections.values(), (id) => id)].map(([id, all]) => ({ id, devices: all.length }))
  return () => {
    const own = certificate()
    return {
      timeMs: clock.now(),
      sinceMs,
      devices: faultyDevices(devices(), connections),
      connections: counted,
      dropped: droppedBy(counters),
      ...(own === undefined ? {} : { certificate: own }),
    }
  }
}

const ranks = { offline: 0, failing: 1, ok: 2 } as const

function faultyDevices(devices: readonly ConditionDevice[], connections: ReadonlyMap<string, string>): DeviceFaults[] {
  return devices
    .map((device) => faultsOf(device, connections.get(device.plan.device)))
    .filter(({ state, errors }) => state !== 'ok' || errors.length > 0)
    .toSorted((a, b) => ranks[a.state] - ranks[b.state])
    .slice(0, most.devices)
}

function faultsOf({ plan, condition, faults }: ConditionDevice, connection: string | undefined): DeviceFaults {
  const { sinceMs, code } = faults
  return {
    id: plan.device,
    ...(connection === undefined ? {} : { connection }),
    state: condition,
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(code === undefined ? {} : { code }),
    errors: faults.errors().slice(0, most.entries),
  }
}

/** The counters of what is gone for good, and what they count. */
const dropCounters: Readonly<Record<string, GatewayCondition['dropped'][number]['what']>> = {
  outbox_evicted_readings: 'readings',
  outbox_dropped_readings: 'readings',
  samples_dropped: 'readings',
  outbox_evicted_events: 'events',
  events_dropped: 'events',
}

function droppedBy(counters: ConditionSources['counters']): GatewayCondition['dropped'] {
  return counters
    .entries()
    .flatMap(({ name, reason, value }) => {
      const what = dropCounters[name]
      return what === undefined ? [] : [{ what, reason, count: value }]
    })
    .slice(0, most.entries)
}

/** Counts alone are told anew no more often than this: a device that always fails must not use up the line. */
const countsEveryMs = 300_000

/**
 * Looks every `intervalS` whether the condition is still as it was told, and has it told where it is not: what began, ended
 * or was dropped at once, higher counts after `countsEveryMs`.
 */
export function watchCondition(options: {
  readonly condition: () => GatewayCondition
  readonly intervalS: number
  readonly clock: Clock
  readonly tell: () => void
}): Timer {
  const { condition, intervalS, clock, tell } = options
  let told = fingerprints(condition())
  let toldAtMs = clock.monotonic()
  let timer: Timer
  const look = (): void => {
    timer = clock.setTimer(look, intervalS * 1000)
    const now = fingerprints(condition())
    const countsDue = clock.monotonic() - toldAtMs >= countsEveryMs
    if (now.states === told.states && (now.whole === told.whole || !countsDue)) return
    told = now
    toldAtMs = clock.monotonic()
    tell()
  }
  timer = clock.setTimer(look, intervalS * 1000)
  return { cancel: () => timer.cancel() }
}

function fingerprints({ devices, dropped, certificate }: GatewayCondition) {
  const states = devices.map(({ id, state, code, sinceMs, errors }) => [id, state, code, sinceMs, errors.length])
  const reasons = dropped.map(({ what, reason }) => [what, reason])
  return {
    states: JSON.stringify([states, reasons, certificate]),
    whole: JSON.stringify([devices, dropped, certificate]),
  }
}
