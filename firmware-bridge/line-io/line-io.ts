// What an inspection needs of the machine that it watches: an input that says "now", and an output that sorts.
import type { AppError } from '../../broker/contract/app-error.ts'

/** Begins to watch when made by its factory; `close` ends it. */
export interface TriggerInput {
  /** Why the input cannot be read at this moment. */
  readonly fault: AppError | undefined
  close(): Promise<void>
}

/** `atMs`: monotonic ms of the edge. */
export type OnTrigger = (atMs: number) => void

export interface Relay {
  /** Resolves when the output is known to be so. Throws AppError `driver.*`, `tool.missing`. One at a time. */
  set(on: boolean, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}
