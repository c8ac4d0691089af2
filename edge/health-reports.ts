// What the agent tells of itself: its own channels to the hub, and `/metrics` and `/healthz` where configured.
import type { Clock } from '../broker/contract/ports.ts'
import type { GatewayConfig } from './config.ts'
import type { Counters } from './counters.ts'
import type { FieldDevice } from './field-devices.ts'
import { type HealthSources, healthText, type MachineGauges, startHealth } from './health.ts'
import { startHealthServer } from './health-server.ts'
import type { Outbox } from './outbox/outbox.ts'

export interface HealthReports {
  /** Of `/metrics` and `/healthz`, where configured. */
  readonly port: number | undefined
  /** As on `/metrics`. */
  readonly text: () => string
}

export async function startHealthReports(
  config: GatewayConfig,
  parts: {
    readonly outbox: Outbox
    readonly devices: readonly Pick<FieldDevice, 'condition'>[]
    readonly counters: Counters
    readonly models: NonNullable<HealthSources['models']>
    readonly machine: MachineGauges
    readonly clock: Clock
  },
  stops: (() => Promise<void> | void)[],
): Promise<HealthReports> {
  const { outbox, devices, counters, models, machine, clock } = parts
  const sources: HealthSources = {
    machine,
    counters,
    models,
    outboxDepth: () => outbox.depth(),
    outboxCondition: () => outbox.condition,
    outboxAgeS: () => Math.max(0, (clock.now() - (outbox.oldestMs() ?? clock.now())) / 1000),
    deviceConditions: () => devices.map((device) => device.condition),
  }
  const report = startHealth({
    sources,
    intervalS: config.health.intervalS,
    clock,
    report: (samples) => outbox.append(samples, 'low'),
  })
  stops.push(() => report.stop())
  const text = () => healthText(sources)
  if (config.health.port === undefined) return { port: undefined, text }
  const server = await startHealthServer(config.health.port, {
    metrics: text,
    faults: () => (outbox.condition === 'healthy' ? [] : [`outbox ${outbox.condition}`]),
  })
  stops.push(() => server.stop())
  return { port: server.port, text }
}
