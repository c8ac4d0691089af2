// The models that score series: detectors without a graph run here, the rest in the inference worker, which is started only for those.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import type { SeriesDetectorManifest } from '../../models/manifest-detector.ts'
import { isDetectorPackage } from '../../models/model-package.ts'
import { packageFolder } from '../../models/package-folder.ts'
import { checkPackages } from '../checks/checked-package.ts'
import { createCounters } from '../counters.ts'
import { createDetectorHost, type DetectorHost } from './detector-host.ts'
import { createDetectorSeries } from './detector-series.ts'
import type { InferenceHost, InferenceHostOptions } from './host.ts'
import type { LatencySnapshot } from './latency-histogram.ts'
import { givenSamples } from './series-models.ts'
import { globPattern, scoreSuffix } from './series-windows.ts'

export interface ModelHostOptions extends InferenceHostOptions {
  /** Where detectors keep what they learnt. */
  readonly stateFolder: string
}

export interface ModelHost extends Pick<InferenceHost, 'models' | 'refused' | 'score' | 'infer' | 'close'> {
  /** From the request of a run of graphs to its scores; undefined: only detectors score. */
  readonly latency: LatencySnapshot | undefined
}

/** The first binding whose globs match a series scores it. Refused packages are listed; sampling goes on without them. */
export async function createModelHost(options: ModelHostOptions): Promise<ModelHost> {
  const trust = options.trust ?? { keyFiles: [], allowUnsigned: false }
  const checked = await checkPackages([...new Set(options.models.map((model) => packageFolder(model.package)))], trust)
  const detectors = options.models.flatMap((model, place) => {
    const found = checked.find(({ folder }) => folder === packageFolder(model.package))
    return found !== undefined && 'model' in found && isDetectorPackage(found.model)
      ? [{ place, manifest: found.model.manifest }]
      : []
  })
  const isDetector = new Set(detectors.map(({ place }) => place))
  const graphs = options.models.filter((_, place) => !isDetector.has(place))
  const detectorHost = await createDetectorHost({
    ...options,
    counters: options.counters ?? createCounters(),
    detectors,
  })
  const hasGraphs = graphs.length + (options.circuits ?? []).length > 0
  const graphHost = !hasGraphs ? undefined : await openGraphHost({ ...options, models: graphs }, detectorHost)
  const patterns = options.models.map(({ inputs }) => inputs.map(globPattern))

  function placeOf(name: string): number {
    return name.endsWith(scoreSuffix) ? -1 : patterns.findIndex((globs) => globs.some((glob) => glob.test(name)))
  }

  function detected(samples: readonly Sample[]): readonly Sample[] {
    return detectors.flatMap(({ place }) => {
      const own = samples.filter(({ name }) => placeOf(name) === place)
      return own.length === 0 ? [] : detectorHost.score(place, own)
    })
  }

  return {
    get models() {
      return [...detectors.map(({ manifest: { id, version } }) => ({ id, version })), ...(graphHost?.models ?? [])]
    },
    get refused() {
      return graphHost?.refused ?? []
    },
    get latency() {
      return graphHost?.stats().latency
    },
    async score(samples) {
      const rest = samples.filter(({ name }) => !isDetector.has(placeOf(name)))
      return [...detected(samples), ...((await graphHost?.score(rest)) ?? [])]
    },
    async infer(id, values) {
      const detector = detectors.find(({ manifest }) => manifest.id === id)
      if (detector !== undefined) return detectGiven(detector.manifest, values)
      if (graphHost === undefined)
        throw new AppError('not-found', `"${id}" is no model of this gateway that scores series`)
      return await graphHost.infer(id, values)
    },
    async close() {
      await graphHost?.close()
      await detectorHost.close()
    },
  }
}

/** A detector learns: it begins anew with the first of the values. */
function detectGiven(manifest: SeriesDetectorManifest, values: Parameters<ModelHost['infer']>[1]): number {
  const series = createDetectorSeries(manifest, () => undefined)
  const newest = series.score(givenSamples(values), () => undefined).at(-1)
  if (typeof newest?.value === 'number') return newest.value
  throw new AppError('model.failed', 'the model gave no score for these values')
}

/** Loaded only where a graph is configured: a gateway with detectors alone never loads ONNX Runtime. */
async function openGraphHost(options: InferenceHostOptions, detectors: DetectorHost): Promise<InferenceHost> {
  try {
    const { createInferenceHost } = await import('./host.ts')
    return await createInferenceHost(options)
  } catch (error) {
    await detectors.close()
    throw error
  }
}
