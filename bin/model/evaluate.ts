// `musubi model evaluate`: prints the table of a model's card again, from data that is not part of the project.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { AppError } from '../../broker/contract/app-error.ts'
import { evaluated, evaluatorOf } from '../../models/evaluation/registry.ts'
import type { Evaluation } from '../../models/evaluation/evaluator.ts'
import { type ModelAction, onePackage, trustFlags, trustOf, UsageError } from './action.ts'
import { verifiedPackage } from '../../models/verified-package.ts'
import { stderrProgress } from './progress.ts'

export const action: ModelAction = {
  usage: `  musubi model evaluate PACKAGE --data DIR [--folds DIR] [--json]
      Prints the table of the model's card: the model, a method that learns nothing, published figures. DIR holds the data sets,
      each in its own folder; the card names them. Progress goes to stderr.
      --folds DIR   graphs of cross-validation that the training left, for a model whose shipped net saw all data`,
  async run(words) {
    const options = {
      ...trustFlags,
      data: { type: 'string' },
      folds: { type: 'string' },
      json: { type: 'boolean' },
    } as const
    const { positionals, values } = parseArgs({ args: [...words], allowPositionals: true, options })
    const place = onePackage(positionals)
    if (values.data === undefined) throw new UsageError('--data is needed: the folder with the data sets')
    const model = await verifiedPackage(place, await trustOf(values))
    const { id, version } = model.manifest
    const evaluate = await evaluatorOf(model.manifest)
    if (evaluate === undefined) {
      throw new AppError('not-found', `there is no evaluator for ${id}; known are ${evaluated().join(', ')}`)
    }
    const progress = stderrProgress()
    const given = { model, dataFolder: resolve(values.data), ...foldsOf(values.folds), progress: progress.update }
    const result = await evaluate(given).finally(() => progress.end())
    console.log(values.json === true ? JSON.stringify({ id, version, ...result }) : report(`${id} ${version}`, result))
    return 0
  },
}

function foldsOf(folder: string | undefined): { readonly foldsFolder?: string } {
  return folder === undefined ? {} : { foldsFolder: resolve(folder) }
}

/** A table in Markdown, its columns lined up. */
function report(name: string, { about, baseline, rows }: Evaluation): string {
  const hasPublished = rows.some(({ published }) => published !== undefined)
  const head = ['metric', 'model', 'baseline', ...(hasPublished ? ['published'] : [])]
  const lines = rows.map((row) => [
    row.metric,
    row.model,
    row.baseline,
    ...(hasPublished ? [row.published ?? '–'] : []),
  ])
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((cells) => cells[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = line(widths.map((width) => '-'.repeat(width)))
  return [`${name}: ${about}`, `Baseline: ${baseline}`, '', line(head), rule, ...lines.map(line)].join('\n')
}
