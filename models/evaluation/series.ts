// Prints the card of a series detector again: NAB by its full protocol, where the data are there, and simulated access points.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import { readNabCorpus } from '../nab/corpus.ts'
import { accessPointRows, simulationAbout, thresholdsAbout } from './access-points.ts'
import type { Evaluation, EvaluationRequest } from './evaluator.ts'
import { nabRows } from './nab.ts'

/** The folder `nab` is windows.json, profiles.json and data/ of the Numenta Anomaly Benchmark. */
export async function evaluate({ model, dataFolder, progress }: EvaluationRequest): Promise<Evaluation> {
  const { manifest } = model
  if (manifest.task !== 'series-detector') throw new AppError('model.invalid', `${manifest.id} is no series detector`)
  const folder = join(dataFolder, 'nab')
  const hasNab = await stat(folder).then(
    () => true,
    () => false,
  )
  if (!hasNab) throw new AppError('not-found', `${folder} is not there: the Numenta Anomaly Benchmark`)
  const nab = nabRows(await readNabCorpus(folder), manifest.detector)
  const simulated = await accessPointRows(manifest, (done, total) => progress(done, total, 'access points'))
  return {
    about: `NAB: one definition and one threshold for all series, probation 15 %, at most 750 rows, unscored; ${simulationAbout}.`,
    baseline: `NAB: windowed Gaussian; access points: ${thresholdsAbout}`,
    rows: [...nab, ...simulated],
  }
}
