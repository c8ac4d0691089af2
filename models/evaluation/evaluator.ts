// What prints the table of a card again: a model package and a folder of data in, rows of metrics out.
import type { ModelPackage } from '../model-package.ts'

/** One line of a card's table. Texts, with unit and confidence interval where there is one, e.g. `0.91 (0.88–0.94)`. */
export interface EvaluationRow {
  readonly metric: string
  readonly model: string
  /** The method that learns nothing, on the same data; `–` where there is none for this metric. */
  readonly baseline: string
  /** A published figure on the same data and split, with its source. */
  readonly published?: string
}

export interface Evaluation {
  /** What the baseline is, in one phrase. */
  readonly baseline: string
  /** Data, split, number of samples, in one or two sentences. */
  readonly about: string
  readonly rows: readonly EvaluationRow[]
}

export interface EvaluationRequest {
  /** Checked and its golden samples run. */
  readonly model: ModelPackage
  /** The folder that holds the data sets, each in its own folder. */
  readonly dataFolder: string
  /** Folder with the graphs of the folds, where the shipped graph saw all data. */
  readonly foldsFolder?: string
  /** To be called now and then with what is done of how much: `done` from 0 to `total`. */
  readonly progress: (done: number, total: number, what: string) => void
}

/** Throws AppError `not-found` when the data it needs is not in the folder. */
export type Evaluator = (request: EvaluationRequest) => Promise<Evaluation>
