// What the store's main-thread side and its worker thread say to each other.
import type { ErrorCode } from '../../../broker/contract/app-error.ts'
import type {
  Commit,
  Cursor,
  DeadLetter,
  EventKey,
  EventsQuery,
  MaintenanceReport,
  RetentionClass,
  SeriesRecord,
  SpanQuery,
  StoreCopy,
  StoredEvent,
} from '../store.ts'

export interface WorkerOptions {
  readonly file: string
  readonly memoryLimit: string
  readonly checkpointThreshold: string
}

/** A query result as columns: every numeric column as Float64 (NULL is NaN), the one text column sparse. */
export interface ResultColumns {
  readonly rows: number
  readonly numbers: readonly Float64Array[]
  readonly texts: ReadonlyMap<number, string>
}

/** StoreState with the newest readings as columns series, time_ms, value, quality, text. */
export interface OpenedState {
  readonly series: readonly SeriesRecord[]
  readonly cursors: readonly Cursor[]
  readonly latest: ResultColumns
}

/** One entry for each call: what goes in, what comes back. */
export interface StoreCalls {
  readonly open: { readonly input: WorkerOptions; readonly output: OpenedState }
  readonly commit: { readonly input: Commit; readonly output: undefined }
  /** Columns: time_ms, value, quality, text. */
  readonly readings: { readonly input: SpanQuery & { readonly limit: number }; readonly output: ResultColumns }
  /** Columns: begin, min, mean, max, count. */
  readonly buckets: { readonly input: SpanQuery & { readonly buckets: number }; readonly output: ResultColumns }
  /** Columns: first, last, quality, count, text. */
  readonly flaws: { readonly input: SpanQuery & { readonly buckets: number }; readonly output: ResultColumns }
  /** Columns: series, begin, min, mean, max, count; ordered by series and time. */
  readonly hourly: {
    readonly input: { readonly fromMs: number; readonly toMs: number }
    readonly output: ResultColumns
  }
  readonly deadLetters: { readonly input: { readonly limit: number }; readonly output: readonly DeadLetter[] }
  readonly events: { readonly input: EventsQuery; readonly output: readonly StoredEvent[] }
  readonly event: { readonly input: EventKey; readonly output: { readonly found: StoredEvent | undefined } }
  readonly expireEvents: {
    readonly input: { readonly beforeMs: number }
    readonly output: { readonly expired: number }
  }
  readonly maintain: {
    readonly input: { readonly nowMs: number; readonly retention: readonly RetentionClass[] }
    readonly output: MaintenanceReport
  }
  readonly copyTo: { readonly input: { readonly file: string }; readonly output: StoreCopy }
  readonly close: { readonly input: undefined; readonly output: undefined }
}

export type StoreCall = keyof StoreCalls

export type WorkerRequest = {
  readonly [C in StoreCall]: { readonly id: number; readonly call: C; readonly input: StoreCalls[C]['input'] }
}[StoreCall]

export type WorkerReply =
  | { readonly kind: 'result'; readonly id: number; readonly output: StoreCalls[StoreCall]['output'] }
  | { readonly kind: 'error'; readonly id: number; readonly code: ErrorCode; readonly message: string }
  | {
      readonly kind: 'log'
      readonly level: 'info' | 'warn'
      readonly fields: Readonly<Record<string, unknown>>
      readonly message: string
    }
