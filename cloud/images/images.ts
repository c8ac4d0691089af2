// The images of a hub, put together: registry, store, uploads, thumbnails; started and stopped with the cloud.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { GatewayRoutes } from '../http/gateway-server.ts'
import { registerPlainCounters } from '../ingest/plain-counters.ts'
import type { GatewayRegistry } from '../registry/gateway-registry.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import { FieldMap } from './field-map.ts'
import { ImageRegistry } from './image-registry.ts'
import { createFolderImageStore, type ImageStore } from './image-store.ts'
import { Thumbnails } from './thumbnails.ts'
import { newUploadCounts, uploadCounters } from './upload-counts.ts'
import { uploadRoutes } from './upload-routes.ts'
import { Uploads, type UploadLimits } from './uploads.ts'

export interface ImageSettings {
  /** What arrives, what is kept (unless in a bucket) and thumbnails. */
  readonly folder: string
  readonly limits: UploadLimits
  /** Instead of the folder: a bucket. Called once. */
  readonly openBucket: (() => Promise<ImageStore>) | undefined
}

export interface Images {
  readonly registry: ImageRegistry
  readonly store: ImageStore
  readonly thumbnails: Thumbnails
  /** For the HTTPS listener of the gateways. */
  readonly routes: GatewayRoutes
  readonly metrics: Registry
  /** Ends abandoned uploads; done every hour. */
  expire(): Promise<void>
  close(): void
}

export async function openImages(
  settings: ImageSettings,
  parts: {
    readonly database: HubDatabase
    readonly gateways: GatewayRegistry
    readonly clock: Clock
    readonly log: Log
  },
): Promise<Images> {
  const { database, gateways, clock, log } = parts
  const arriving = join(settings.folder, 'arriving')
  await mkdir(arriving, { recursive: true })
  const fields = new FieldMap(gateways)
  const registry = new ImageRegistry({ database, fields })
  const store = (await settings.openBucket?.()) ?? createFolderImageStore(join(settings.folder, 'kept'))
  const counts = newUploadCounts()
  const metrics = new Registry()
  registerPlainCounters(metrics, counts, uploadCounters)
  const uploads = new Uploads({ folder: arriving, registry, store, limits: settings.limits, counts, clock, log })
  followFields({ gateways, fields, registry, log })
  return {
    registry,
    store,
    thumbnails: new Thumbnails({ folder: join(settings.folder, 'thumbnails'), store, log }),
    routes: uploadRoutes(uploads),
    metrics,
    expire: () => uploads.expire(),
    close: () => uploads.close(),
  }
}

/** Images are matched again when a gateway describes other fields than before. */
function followFields({
  gateways,
  fields,
  registry,
  log,
}: {
  readonly gateways: GatewayRegistry
  readonly fields: FieldMap
  readonly registry: ImageRegistry
  readonly log: Log
}): void {
  const areasOf = (gateway: ReturnType<GatewayRegistry['all']>[number]): string =>
    JSON.stringify([...gateway.sites.values()].map(({ id, area }) => [id, area]))
  const known = new Map(gateways.all().map((gateway) => [gateway.id, areasOf(gateway)]))
  gateways.onChange((gateway, { described }) => {
    if (!described || known.get(gateway.id) === areasOf(gateway)) return
    known.set(gateway.id, areasOf(gateway))
    fields.forget()
    const tenant = gateway.id.slice(0, gateway.id.indexOf('/'))
    registry
      .matchFields(tenant)
      .catch((thrown: unknown) => log.error({ err: thrown, tenant }, 'images could not be matched to fields'))
  })
}
