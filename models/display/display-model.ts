// Reads the display of a meter in a camera's picture: region, recogniser, number, plausibility.
import { refusal } from '../refusal.ts'
import type { DisplayReadingManifest } from '../manifest-image.ts'
import type { ImagePackage } from '../model-package.ts'
import { checkRuntime } from '../runtime.ts'
import { findingOf } from '../vision/finding.ts'
import { type GraphRunner, type ImageRun, openGraph } from '../vision/graph-runner.ts'
import { probeImage } from '../vision/image-probe.ts'
import { type RgbImage, sharpOfRgb } from '../vision/sharp-settings.ts'
import type { AnalyseOptions, Finding, VisionModel } from '../vision/vision-model.ts'
import { regionPixels } from './display-image.ts'
import { displaySettings, type DisplaySettings } from './display-settings.ts'
import { displayValue, type DisplayValue, type LastValue } from './display-value.ts'
import { type Alphabet, displayAlphabet, type LineText, readLine } from './line-text.ts'

/** What reads a line of digits. One at a time. */
export interface LineReader {
  /** Throws AppError `model.failed`. */
  read(line: RgbImage): Promise<LineText>
  close(): Promise<void>
}

/** Throws AppError `model.invalid` with the fault `wrong-runtime`, `bad-onnx`, `wrong-shape` or `golden-mismatch`. */
export async function openLineReader(model: ImagePackage<DisplayReadingManifest>): Promise<LineReader> {
  const { manifest, files } = model
  checkRuntime(manifest)
  const characters = files.get(manifest.characters)
  if (characters === undefined) throw refusal('missing-file', `${manifest.characters} is not in ${model.folder}`)
  const alphabet = displayAlphabet(new TextDecoder().decode(characters))
  const runner = await openGraph({ model: model.model, input: manifest.input, outputs: manifest.outputs })
  const reader = lineReader(runner, alphabet, manifest)
  try {
    await verifyGolden(model, reader)
  } catch (error) {
    await reader.close()
    throw error
  }
  return reader
}

function lineReader(runner: GraphRunner, alphabet: Alphabet, { input, outputs }: DisplayReadingManifest): LineReader {
  const { width, height } = input.image
  return {
    async read(line) {
      const wide = Math.min(width, Math.max(1, Math.round((line.width * height) / line.height)))
      const data = await sharpOfRgb(line).resize(wide, height, { fit: 'fill', kernel: 'linear' }).raw().toBuffer()
      const columns = (await runner.infer({ data, width: wide, height })).get(outputs[0]?.name ?? '')
      return readLine(columns?.values ?? new Float32Array(), alphabet)
    },
    close: () => runner.close(),
  }
}

/** The text of each golden image is as the package says. Throws `golden-mismatch`. */
async function verifyGolden(
  { golden, files, manifest }: ImagePackage<DisplayReadingManifest>,
  reader: LineReader,
): Promise<void> {
  for (const { image } of golden.cases) {
    const bytes = files.get(image)
    if (bytes === undefined) throw refusal('missing-file', `${image} is not in the package`)
    const expected = manifest.readings[image]
    const { text } = await reader.read(await regionPixels(await probeImage(bytes), displaySettings(undefined).region))
    if (text.replaceAll(/\D/g, '') !== expected) {
      throw refusal('golden-mismatch', `${image} is read as "${text}", expected "${expected ?? ''}"`)
    }
  }
}

/** `settings` of an analysis: display-settings.ts. `detail`: `text`, `confidence`, `quality`, and, where read, `value`, `unit`, `fault`. */
export async function openDisplayModel(model: ImagePackage<DisplayReadingManifest>): Promise<VisionModel> {
  const reader = await openLineReader(model)
  const { id, version, thresholds } = model.manifest
  return {
    description: { id, version, kind: 'display', use: 'reading', raise: 1, clear: 1, medianOf: 1 },
    async analyse(bytes, options: AnalyseOptions = {}) {
      const settings = displaySettings(options.settings)
      const began = performance.now()
      const probed = await probeImage(bytes)
      const seen = await regionPixels(probed, settings.region)
      const decoded = performance.now()
      const line = await reader.read(seen)
      const ran = performance.now()
      const run = {
        outputs: [],
        seen,
        tiles: 1,
        width: probed.widthPx,
        height: probed.heightPx,
        timings: { decodeMs: decoded - began, runMs: ran - decoded, joinMs: 0 },
      }
      return readFinding(run, { line, settings, least: thresholds.confidence, nowS: ran / 1000 }, options)
    },
    close: () => reader.close(),
  }
}

interface ReadDisplay {
  readonly line: LineText
  readonly settings: DisplaySettings
  readonly least: number
  readonly nowS: number
}

function readFinding(
  run: ImageRun,
  { line, settings, least, nowS }: ReadDisplay,
  options: AnalyseOptions,
): Promise<Finding> {
  const last = lastValue(options.last, nowS)
  const read = displayValue(line, settings, last, least)
  const doubts = read.quality === 'uncertain' ? doubtsBefore(options.last) + 1 : 0
  const { value, quality, fault } = doubts >= maxDoubts ? believed(read) : read
  const keeps = quality === 'good' && value !== undefined ? { goodValue: value, goodAtS: nowS } : kept(options.last)
  const { x, y, width, height } = settings.region
  const finding = findingOf({
    run,
    score: quality === 'bad' ? null : 1 - line.confidence,
    class: null,
    over: quality !== 'good',
    map: undefined,
    pieces: undefined,
    detail: {
      text: line.text.slice(0, 64),
      confidence: line.confidence,
      quality,
      ...(value === undefined ? {} : { value }),
      ...(settings.unit === undefined ? {} : { unit: settings.unit }),
      ...(fault === undefined ? {} : { fault }),
      ...keeps,
      ...(quality === 'uncertain' ? { doubts } : {}),
    },
    picture: options.picture,
    began: performance.now(),
  })
  return finding.then((found) => ({ ...found, boxes: [{ x, y, width, height, score: line.confidence }] }))
}

type Detail = AnalyseOptions['last']

/** So many implausible readings in a row are the truth: the one before them was wrong, or the meter was changed. */
const maxDoubts = 5

function doubtsBefore(last: Detail): number {
  return typeof last?.['doubts'] === 'number' ? last['doubts'] : 0
}

function believed({ value }: DisplayValue): DisplayValue {
  return { value, quality: 'good', fault: undefined }
}

/** What was good before stays known over readings that are not. */
function kept(last: Detail): Finding['detail'] {
  const [goodValue, goodAtS] = [last?.['goodValue'], last?.['goodAtS']]
  return typeof goodValue === 'number' && typeof goodAtS === 'number' ? { goodValue, goodAtS } : {}
}

/** Undefined where nothing is known, or the clock of this process is another one. */
function lastValue(last: Detail, nowS: number): LastValue | undefined {
  const [goodValue, goodAtS] = [last?.['goodValue'], last?.['goodAtS']]
  if (typeof goodValue !== 'number' || typeof goodAtS !== 'number' || goodAtS > nowS) return undefined
  return { value: goodValue, agoS: nowS - goodAtS }
}
