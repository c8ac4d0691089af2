// What runs a model over files for a person, whatever its task.

export interface FileResult {
  /** One word or two: pass, reject, no alarm, 3 alarms. */
  readonly verdict: string
  /** 0..1; null where there is none. */
  readonly score: number | null
  readonly class: string | null
  readonly detail: Readonly<Record<string, unknown>>
  /** The files that were written. */
  readonly written: readonly string[]
}

export interface FileRunner {
  /** `out`: path without an ending, to which `.heat.png` and others are added. Throws AppError. */
  run(file: string, out: string): Promise<FileResult>
  close(): Promise<void>
}
