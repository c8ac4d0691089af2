// `musubi model run`: judges files by a model and draws what it saw, for a person to look at.
import { mkdir } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { toAppError } from '../../broker/contract/app-error.ts'
import { isImagePackage, isLampFaultPackage, type ModelPackage } from '../../models/model-package.ts'
import { loadPackage } from '../../models/package.ts'
import { packageFolder } from '../../models/package-folder.ts'
import { type ModelAction, trustFlags, trustOf, UsageError } from './action.ts'
import { stderrProgress } from './progress.ts'
import type { FileResult, FileRunner } from './run-file.ts'

export const action: ModelAction = {
  usage: `  musubi model run PACKAGE FILE… [--out DIR] [--json]
      Judges each file by the model and writes a heat map beside it, FILE.heat.png (or into DIR). Images for models that see;
      for series a CSV of time,value (FILE.scores.csv is written too), for lamps one of time,volts,LAMP,LAMP,… in watts.`,
  async run(words) {
    const options = { ...trustFlags, out: { type: 'string' }, json: { type: 'boolean' } } as const
    const { positionals, values } = parseArgs({ args: [...words], allowPositionals: true, options })
    const [place, ...files] = positionals
    if (place === undefined || files.length === 0) throw new UsageError('a package and at least one file are needed')
    const model = await loadPackage(packageFolder(place), await trustOf(values))
    if (values.out !== undefined) await mkdir(values.out, { recursive: true })
    const folderOf = (file: string): string => resolve(values.out ?? dirname(file))
    const runner = await runnerOf(model)
    try {
      return await runAll(runner, files, { folderOf, json: values.json ?? false })
    } finally {
      await runner.close()
    }
  },
}

async function runnerOf(model: ModelPackage): Promise<FileRunner> {
  if (isImagePackage(model)) return (await import('./run-image.ts')).imageRunner(model)
  if (isLampFaultPackage(model)) return (await import('./run-lamps.ts')).lampRunner(model)
  return (await import('./run-series.ts')).seriesRunner(model)
}

/** A file that cannot be judged is told and the others go on. Exit code 1 if there was one. */
async function runAll(
  runner: FileRunner,
  files: readonly string[],
  { folderOf, json }: { readonly folderOf: (file: string) => string; readonly json: boolean },
): Promise<number> {
  const progress = stderrProgress()
  let failed = 0
  for (const [index, file] of files.entries()) {
    if (files.length > 1) progress.update(index, files.length, basename(file))
    try {
      const result = await runner.run(file, join(folderOf(file), basename(file)))
      progress.end()
      console.log(json ? JSON.stringify({ file, ...result }) : line(file, result))
    } catch (thrown) {
      failed += 1
      const { code, message } = toAppError(thrown, 'not-found')
      progress.end()
      if (json) console.log(JSON.stringify({ file, error: { code, message } }))
      else console.error(`${file}: ${code}: ${message}`)
    }
  }
  return failed === 0 ? 0 : 1
}

function line(file: string, { verdict, score, class: named, detail, written }: FileResult): string {
  const facts = Object.entries(detail).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
  const head = [verdict, ...(score === null ? [] : [`score ${score.toFixed(3)}`]), ...(named === null ? [] : [named])]
  return `${file}: ${[...head, ...facts].join(', ')}${written.map((path) => `\n  → ${path}`).join('')}`
}
