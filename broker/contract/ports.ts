// What every program is given from outside: the clock and the log. Only a main reads the real ones.

/** Time as milliseconds since the Unix epoch (UTC), and timers that a test can drive. */
export interface Clock {
  now(): number
  /** Monotonic milliseconds, for durations; never jumps with the wall clock. */
  monotonic(): number
  setTimer(callback: () => void, delayMs: number): Timer
}

export interface Timer {
  cancel(): void
}

export type LogFields = Readonly<Record<string, unknown>>

/** Structured log; the shape of pino's child loggers, fields first. */
export interface Log {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
  child(fields: LogFields): Log
}

/** The real clock. Timers are unref'd by nobody: whoever sets one cancels it. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(callback, delayMs) {
    const handle = setTimeout(callback, delayMs)
    return { cancel: () => clearTimeout(handle) }
  },
}

/** A log that says nothing, for tests and tools. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
}
