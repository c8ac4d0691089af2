// The image side of a hub in this process, with its HTTPS listener and its API, and a gateway's certificate for it.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { authorityFolder } from '../../bin/commands/ca.ts'
import { parseRules } from '../../cloud/alarms/rules/rule-file.ts'
import { startCloud } from '../../cloud/cloud.ts'
import { startGatewayServer } from '../../cloud/http/gateway-server.ts'
import { createFolderImageStore, type ImageStore } from '../../cloud/images/image-store.ts'
import { defaultUploadLimits } from '../../cloud/images/uploads.ts'
import { defaultRetention } from '../../cloud/maintenance.ts'
import { openDuckDbStore } from '../../cloud/store/duckdb/duckdb-store.ts'
import type { HubTls } from '../../edge/images/hub-requests.ts'
import { openAuthority } from '../../provisioning/authority.ts'
import { openRevocations } from '../../provisioning/registry/revocations.ts'

export interface ImageHub {
  readonly httpsPort: number
  readonly url: string
  /** Where images arrive. */
  readonly arriving: string
  tlsOf(gateway: string): Promise<HubTls>
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>
  items<T>(path: string): Promise<readonly T[]>
  stop(): Promise<void>
}

/** `data` is the hub's data folder; `around` stands between the hub and the folder of its images. */
export async function startImageHub(
  data: string,
  around: (store: ImageStore) => ImageStore = (store) => store,
): Promise<ImageHub> {
  await mkdir(data, { recursive: true })
  const clock = systemClock
  const log = silentLog
  const authority = await openAuthority({ folder: authorityFolder(data), clock, log })
  const folder = join(data, 'images')
  const cloud = await startCloud({
    store: openDuckDbStore({ file: join(data, 'readings.duckdb'), log, clock }),
    database: { place: join(data, 'hub.sqlite') },
    commandFolder: join(data, 'command-files'),
    photoFolder: join(data, 'photos'),
    people: { keyFile: join(data, 'people.key') },
    rules: parseRules('[]', 'rules'),
    retention: defaultRetention,
    events: { folder: join(data, 'thumbnails'), days: 400, pictures: { days: 60, maxBytes: 1e9 } },
    http: { host: '127.0.0.1', port: 0 },
    dashboardFolder: undefined,
    tiles: null,
    publish: () => undefined,
    moreMetrics: () => [],
    images: {
      folder,
      limits: { ...defaultUploadLimits, reserveBytes: 0 },
      openBucket: () => Promise.resolve(around(createFolderImageStore(join(folder, 'kept')))),
    },
    clock,
    log,
  })
  const server = await startGatewayServer({
    host: '127.0.0.1',
    port: 0,
    credentials: await authority.serverCredentials({ names: [] }),
    revocations: await openRevocations({ folder: authorityFolder(data), clock }),
    routes: cloud.gatewayRoutes,
    metrics: new Registry(),
    clock,
    log,
  })
  const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`http://127.0.0.1:${cloud.httpPort}${path}`, { headers })
  return {
    httpsPort: server.port,
    url: `https://localhost:${server.port}`,
    arriving: join(folder, 'arriving'),
    async tlsOf(gateway) {
      const { certificatePem, keyPem } = await authority.issueGateway({ tenant: 'kimitsu', gateway })
      return { ca: Buffer.from(authority.caPem), certificate: Buffer.from(certificatePem), key: Buffer.from(keyPem) }
    },
    get,
    items: async <T>(path: string) => ((await (await get(path)).json()) as { readonly items: readonly T[] }).items,
    async stop() {
      await server.close()
      await cloud.stop()
    },
  }
}
