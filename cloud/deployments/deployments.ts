// The remote care of what gateways run, put together: artefacts, roll-outs, routes; started and stopped with the cloud.
import { Registry } from 'prom-client'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { GatewayRoutes } from '../http/gateway-server.ts'
import { registerPlainCounters } from '../ingest/plain-counters.ts'
import type { GatewayRegistry } from '../registry/gateway-registry.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import { artefactRoutes } from './artefact-routes.ts'
import { ArtefactStore } from './artefact-store.ts'
import { type RolloutPorts, Rollouts } from './rollouts.ts'

export interface Deployments {
  readonly rollouts: Rollouts
  readonly artefacts: ArtefactStore
  readonly database: HubDatabase
  /** What gateways reach over HTTPS. */
  readonly routes: GatewayRoutes
  readonly metrics: Registry
  stop(): Promise<void>
}

export async function openDeployments(
  folder: string,
  ports: {
    readonly database: HubDatabase
    readonly gateways: GatewayRegistry
    readonly publish: RolloutPorts['publish']
    readonly clock: Clock
    readonly log: Log
  },
): Promise<Deployments> {
  const { database, clock } = ports
  const log = ports.log.child({ part: 'deployments' })
  const artefacts = new ArtefactStore(folder)
  const rollouts = new Rollouts({ ...ports, artefacts, log })
  await rollouts.start()
  const removed = await artefacts.collect(await rollouts.needed(), clock.now())
  if (removed > 0) log.info({ removed }, 'artefacts that nothing needs were removed')
  const metrics = new Registry()
  registerPlainCounters(metrics, rollouts.reportCounters, [
    ['reports', 'musubi_deployment_reports_total', 'Reported states of gateways that were taken'],
    ['malformedReports', 'musubi_deployment_malformed_reports_total', 'Reported states that could not be used'],
    [
      'unbelievableReports',
      'musubi_deployment_unbelievable_reports_total',
      'Reported states of a revision that nobody can have made',
    ],
  ])
  registerPlainCounters(metrics, rollouts.counters, [
    ['offers', 'musubi_deployment_offers_total', 'Desired states that were published'],
    ['halts', 'musubi_deployment_halts_total', 'Roll-outs that halted by themselves'],
  ])
  return {
    rollouts,
    artefacts,
    database,
    routes: artefactRoutes(artefacts, rollouts),
    metrics,
    stop: () => rollouts.stop(),
  }
}
