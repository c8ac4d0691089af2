// What speaks with gateways besides their readings: commands, images, installations and roll-outs.
import type { Registry } from 'prom-client'
import type { CloudOptions, Stops } from './cloud-options.ts'
import { type GatewayCare, openGatewayCare } from './commands/gateway-care.ts'
import { type Deployments, openDeployments } from './deployments/deployments.ts'
import type { GatewayRoutes } from './http/gateway-server.ts'
import { openImages, type Images } from './images/images.ts'
import { Installations } from './installations/installations.ts'
import type { GatewayRegistry } from './registry/gateway-registry.ts'
import type { HubDatabase } from './registry/hub-database.ts'

/** Undefined parts are those that this hub does not have. */
export async function openGatewayParts(
  options: CloudOptions,
  database: HubDatabase,
  registry: GatewayRegistry,
  stops: Stops,
): Promise<{
  readonly care: GatewayCare
  readonly images: Images | undefined
  readonly installations: Installations | undefined
  readonly deployments: Deployments | undefined
  readonly routes: readonly GatewayRoutes[]
  readonly metrics: readonly Registry[]
}> {
  const { publish, clock, log } = options
  const given = { folder: options.commandFolder, database }
  const care = await openGatewayCare(given, { gateways: registry, publish, clock, log })
  stops.push(() => care.stop())
  const images = await openImagesOf(options, database, registry, stops)
  const installations = openInstallations(options, database, stops)
  const deployments = await openDeploymentsOf(options, database, registry, stops)
  const present = [care, images, deployments].filter((part) => part !== undefined)
  const routes = present.map((part) => part.routes)
  return { care, images, installations, deployments, routes, metrics: present.map((part) => part.metrics) }
}

async function openImagesOf(
  { images: settings, clock, log }: CloudOptions,
  database: HubDatabase,
  gateways: GatewayRegistry,
  stops: Stops,
): Promise<Images | undefined> {
  if (settings === undefined) return undefined
  const images = await openImages(settings, { database, gateways, clock, log })
  stops.push(() => images.close())
  return images
}

function openInstallations(
  { installations: settings, photoLimits, clock, log }: CloudOptions,
  database: HubDatabase,
  stops: Stops,
): Installations | undefined {
  if (settings === undefined) return undefined
  const installations = new Installations(settings, { database, limits: photoLimits, clock, log })
  stops.push(() => installations.stop())
  return installations
}

async function openDeploymentsOf(
  { deploymentFolder, publish, clock, log }: CloudOptions,
  database: HubDatabase,
  gateways: GatewayRegistry,
  stops: Stops,
): Promise<Deployments | undefined> {
  if (deploymentFolder === undefined) return undefined
  const deployments = await openDeployments(deploymentFolder, { database, gateways, publish, clock, log })
  stops.push(() => deployments.stop())
  return deployments
}
