// The two ways to an InfluxDB: line protocol in through the official client, InfluxQL out over /query.
import { InfluxDB, type WriteApi } from '@influxdata/influxdb-client'
import { AppError } from '../../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../../broker/contract/ports.ts'

export interface InfluxOptions {
  /** Base URL, `http://host:8086`. */
  readonly url: string
  /** 1.x: `user:password`; 2.x and 3.x: a token. */
  readonly token?: string
  /** `/write` is what 1.x before 1.8 knows; `/api/v2/write` what 1.8, 2.x, 3.x and VictoriaMetrics know. */
  readonly writePath: '/write' | '/api/v2/write'
  /** 1.x: the database. 2.x and 3.x: the bucket, to which a DBRP mapping gives the same name. */
  readonly database: string
  /** 2.x only. */
  readonly organization?: string
  /** 1.x: make the database at open when it is missing. */
  readonly createDatabase?: boolean
  readonly clock: Clock
  readonly log: Log
}

/** One series of an InfluxQL answer. */
export interface InfluxSeries {
  readonly name: string
  readonly tags?: Readonly<Record<string, string>>
  readonly columns: readonly string[]
  readonly values: readonly (readonly (number | string | boolean | null)[])[]
}

export interface InfluxConnection {
  /** Resolves when the server has answered 204 to every line. At most 4 tries a request, with back-off and jitter; then store.unavailable. */
  write(lines: readonly string[], precision: 'ms' | 'ns'): Promise<void>
  /** Times are in milliseconds. Throws store.query when the server refuses the statement, store.unavailable when it cannot be reached. */
  query(statement: string): Promise<readonly InfluxSeries[]>
  close(): Promise<void>
}

const linesPerRequest = 10_000
const timeoutMs = 30_000
const tries = 4
const firstDelayMs = 100

export function connectInflux(options: InfluxOptions): InfluxConnection {
  const writers = { ms: writerOf(options, 'ms'), ns: writerOf(options, 'ns') }

  async function writeOnce(lines: string[], precision: 'ms' | 'ns'): Promise<void> {
    writers[precision].writeRecords(lines)
    await writers[precision].flush()
  }

  return {
    async write(lines, precision) {
      for (let start = 0; start < lines.length; start += linesPerRequest) {
        const part = lines.slice(start, start + linesPerRequest)
        await withRetries(options, () => writeOnce(part, precision))
      }
    },
    query: (statement) => runQuery(options, statement),
    async close() {
      for (const writer of Object.values(writers)) await writer.close()
    },
  }
}

/** The client's own retries and time-driven flushes are off: a commit must know its result. */
function writerOf({ url, token, writePath, database, organization }: InfluxOptions, precision: 'ms' | 'ns'): WriteApi {
  const client = new InfluxDB({ url, timeout: timeoutMs, ...(token === undefined ? {} : { token }) })
  const writer = client.getWriteApi(organization ?? '', database, precision, {
    batchSize: linesPerRequest + 1,
    maxBatchBytes: Number.MAX_SAFE_INTEGER,
    flushInterval: 0,
    maxRetries: 0,
    maxBufferLines: 0,
    gzipThreshold: 1_000_000_000,
    writeFailed: refuse,
  })
  const target = writePath === '/write' ? { db: database } : { org: organization ?? '', bucket: database }
  writer.path = `${writePath}?${new URLSearchParams({ ...target, precision }).toString()}`
  return writer
}

/** Makes the flush fail at once, without the client's own line on the console. */
async function refuse(error: Error): Promise<void> {
  throw error
}

async function withRetries({ clock, log }: InfluxOptions, write: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write()
    } catch (error) {
      const status = statusOf(error)
      const message = `InfluxDB did not take a write: ${error instanceof Error ? error.message : String(error)}`
      if (status === 400 || status === 413) throw new AppError('store.query', message, { cause: error })
      if (attempt === tries) throw new AppError('store.unavailable', message, { cause: error })
      log.warn({ err: error, attempt }, 'a write to InfluxDB is tried again')
      const delayMs = firstDelayMs * 2 ** attempt * (0.5 + Math.random() / 2)
      await new Promise<void>((resolve) => void clock.setTimer(resolve, delayMs))
    }
  }
}

function statusOf(error: unknown): number | undefined {
  const status = error !== null && typeof error === 'object' && 'statusCode' in error ? error.statusCode : undefined
  return typeof status === 'number' ? status : undefined
}

interface QueryAnswer {
  readonly error?: string
  readonly results?: readonly { readonly error?: string; readonly series?: readonly InfluxSeries[] }[]
}

async function runQuery({ url, token, database }: InfluxOptions, statement: string): Promise<readonly InfluxSeries[]> {
  const answer = await fetchAnswer(url, {
    method: 'POST',
    body: new URLSearchParams({ db: database, q: statement, epoch: 'ms' }),
    headers: token === undefined ? {} : { authorization: `Token ${token}` },
    signal: AbortSignal.timeout(timeoutMs),
  })
  const error = answer.error ?? answer.results?.find((result) => result.error !== undefined)?.error
  if (error !== undefined) throw new AppError('store.query', `InfluxDB refused a query: ${error}`)
  return answer.results?.flatMap(({ series }) => series ?? []) ?? []
}

async function fetchAnswer(url: string, request: RequestInit): Promise<QueryAnswer> {
  try {
    const response = await fetch(new URL('/query', url), request)
    if (response.status >= 500) throw new Error(`status ${String(response.status)}`)
    return (await response.json()) as QueryAnswer
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new AppError('store.unavailable', `InfluxDB at ${url} cannot be asked: ${reason}`, { cause: error })
  }
}
