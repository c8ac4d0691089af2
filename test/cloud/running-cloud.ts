// A cloud with a real DuckDB store and HTTP port in a temporary folder, for tests.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeDocument } from '../../broker/contract/checked-document.ts'
import { encodeDocument } from '../../broker/contract/document-codec.ts'
import { AckDocument, type StatusDocument } from '../../broker/contract/documents.ts'
import { encodeEnvelope } from '../../broker/contract/envelope-codec.ts'
import { encodePack } from '../../broker/contract/pack-codec.ts'
import { silentLog, systemClock, type Clock } from '../../broker/contract/ports.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import { parseRules } from '../../cloud/alarms/rules/rule-file.ts'
import type { CloudOptions } from '../../cloud/cloud-options.ts'
import { startCloud, type Cloud } from '../../cloud/cloud.ts'
import { parseOpenData } from '../../cloud/open-data/open-data-file.ts'
import type { NoticeSink } from '../../cloud/notifications/notice.ts'
import { defaultRetention } from '../../cloud/maintenance.ts'
import { openDuckDbStore } from '../../cloud/store/duckdb/duckdb-store.ts'
import type { Store } from '../../cloud/store/store.ts'

export interface RunningCloud {
  readonly cloud: Cloud
  readonly url: string
  readonly acks: AckDocument[]
  get(path: string): Promise<{ readonly status: number; readonly body: never }>
  stop(): Promise<void>
}

export async function temporaryFolder(): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'musubi-cloud-'))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

export async function runCloud(
  folder: string,
  options: {
    readonly rules?: string
    readonly clock?: Clock
    /** Waited for before each commit. */
    readonly beforeCommit?: () => Promise<void>
    readonly notices?: NoticeSink
    /** Without it: a SQLite file in the folder. */
    readonly database?: CloudOptions['database']
    readonly more?: Partial<CloudOptions>
  } = {},
): Promise<RunningCloud> {
  const clock = options.clock ?? systemClock
  const acks: AckDocument[] = []
  const rulesFile = new URL('../../cloud/alarms/rules/default-rules.yaml', import.meta.url)
  const openDataFile = new URL('../../cloud/open-data/open-data.yaml', import.meta.url)
  const duckdb = openDuckDbStore({ file: join(folder, 'readings.duckdb'), log: silentLog, clock: systemClock })
  const store: Store = {
    ...duckdb,
    async commit(commit) {
      await options.beforeCommit?.()
      await duckdb.commit(commit)
    },
  }
  const cloud = await startCloud({
    store,
    database: options.database ?? { place: join(folder, 'hub.sqlite') },
    commandFolder: join(folder, 'command-files'),
    photoFolder: join(folder, 'photos'),
    people: { keyFile: join(folder, 'people.key') },
    rules: parseRules(options.rules ?? (await readFile(rulesFile, 'utf8')), 'rules'),
    retention: defaultRetention,
    openData: parseOpenData(await readFile(openDataFile, 'utf8'), 'open-data'),
    ...(options.notices === undefined ? {} : { notices: options.notices }),
    events: { folder: join(folder, 'thumbnails'), days: 400, pictures: { days: 60, maxBytes: 1e9 } },
    http: { host: '127.0.0.1', port: 0 },
    dashboardFolder: undefined,
    tiles: null,
    publish: (_topic, payload) => void acks.push(decodeDocument(AckDocument, payload)),
    moreMetrics: () => [],
    clock,
    log: silentLog,
    ...options.more,
  })
  const url = `http://127.0.0.1:${cloud.httpPort}`
  return {
    cloud,
    url,
    acks,
    async get(path) {
      const response = await fetch(`${url}${path}`)
      return { status: response.status, body: (await response.json()) as never }
    },
    stop: () => cloud.stop(),
  }
}

export function sample(name: string, value: number, timeMs = Date.now()): Sample {
  return { name, value, timeMs, unit: 'm', quality: 'good', reason: undefined }
}

export function telemetry(seq: number, samples: readonly Sample[], epoch = 'epoch-1'): Uint8Array {
  return encodeEnvelope({ epoch, seq, prev: seq - 1, pack: encodePack(samples, 'cbor') })
}

export function birth(change: Partial<StatusDocument> = {}): Uint8Array {
  const document: StatusDocument = {
    v: 1,
    state: 'online',
    timeMs: Date.now(),
    epoch: 'epoch-1',
    label: { ja: '小糸の水田', en: 'Koito paddies' },
    sites: [
      {
        id: 'paddy-1',
        kind: 'paddy',
        name: { ja: '水田1', en: 'Paddy 1' },
        position: { lat: 35.3, lon: 139.9 },
      },
    ],
    devices: [
      {
        id: 'probe-1',
        site: 'paddy-1',
        profile: 'qdy30a-level',
        label: { ja: '水位計', en: 'Level probe' },
        series: [{ name: 'probe-1:water-level', unit: 'm', intervalS: 10, label: { ja: '水位', en: 'Water level' } }],
      },
    ],
    ...change,
  }
  return encodeDocument({ ...document })
}

export const gatewayTopic = (kind: string) => `musubi/v1/kimitsu/paddy-koito/${kind}`
export const levelSeries = 'kimitsu/paddy-koito/probe-1:water-level'

/** Waits until `check` holds; fails after 10 s with what it last threw. */
export async function eventually<T>(check: () => Promise<T> | T): Promise<T> {
  const deadline = performance.now() + 10_000
  for (;;) {
    try {
      return await check()
    } catch (thrown) {
      if (performance.now() > deadline) throw thrown
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}
