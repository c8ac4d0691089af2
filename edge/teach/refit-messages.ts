// What the gateway asks of the process that teaches, and what it answers.

/** Plain values: the words of the process, as one JSON text. */
export interface RefitRequest {
  /** Folder of the example store. */
  readonly examples: string
  /** The package that is in use: the extractor of the first teaching, or a revision. */
  readonly current: string
  /** Folder of the revision to be written. */
  readonly out: string
  readonly id: string
  readonly version: string
  readonly labels: { readonly ja: string; readonly en: string }
  readonly nowMs: number
  /** File of the gateway's own private key, PEM: words of a process are seen by others. */
  readonly privateKeyFile: string
  /** Public keys, PEM, by which `current` may be signed. */
  readonly trust: readonly string[]
}

export interface RefitAnswer {
  /** Undefined: the revision may replace the one in use. */
  readonly worse: string | undefined
  readonly falseRejects: number
  readonly falsePasses: number
  readonly auroc: number
  readonly good: number
  readonly bad: number
  readonly refused: readonly string[]
}
