// Evaluates display reading on displays that the project draws: whole numbers read exactly, beside a threshold and seven segments.
import { AppError } from '../../broker/contract/app-error.ts'
import { type LineReader, openLineReader } from '../display/display-model.ts'
import { regionPixels } from '../display/display-image.ts'
import { drawDisplay, displayKinds, type DisplayKind, type DrawnDisplay } from '../display/drawn-display.ts'
import { readSegments } from '../display/segment-rule.ts'
import type { ImagePackage, ModelPackage } from '../model-package.ts'
import type { DisplayReadingManifest } from '../manifest-image.ts'
import { probeImage } from '../vision/image-probe.ts'
import type { Evaluation, EvaluationRequest, EvaluationRow } from './evaluator.ts'

const perKind = 150
const firstSeed = 7_000_000
/** Of blur, glare, tilt, noise and smallness, drawn evenly. */
const hardness = { from: 0, to: 1 } as const

interface Read {
  readonly kind: DisplayKind
  readonly hard: boolean
  readonly model: boolean
  readonly rule: boolean
  readonly confidence: number
}

export async function evaluate({ model, progress }: EvaluationRequest): Promise<Evaluation> {
  const reader = await openLineReader(displayPackage(model))
  try {
    const reads: Read[] = []
    const total = perKind * displayKinds.length
    for (const kind of displayKinds) {
      for (let index = 0; index < perKind; index += 1) {
        reads.push(await readDrawn(reader, await drawn(kind, index)))
        progress(reads.length, total, kind)
      }
    }
    return {
      baseline: 'Otsu threshold, gaps between digits, seven places in each',
      about:
        `${total} displays drawn with seeds that nothing else uses: LCD and LED of seven segments, wheels of a counter, dots; 4 to 7 digits; blur, ` +
        'glare, tilt up to 6°, noise and digits of 18 to 64 pixels. The region is given with up to 16 % slack. 95 % intervals (Wilson).',
      rows: rowsOf(reads, displayPackage(model).manifest.thresholds.confidence),
    }
  } finally {
    await reader.close()
  }
}

function drawn(kind: DisplayKind, index: number): Promise<DrawnDisplay> {
  const seed = firstSeed + displayKinds.indexOf(kind) * 100_000 + index
  return drawDisplay(seed, kind, hardness.from + ((hardness.to - hardness.from) * (index + 0.5)) / perKind)
}

async function readDrawn(reader: LineReader, display: DrawnDisplay): Promise<Read> {
  const pixels = await regionPixels(await probeImage(display.jpeg), display.region)
  const { text, confidence } = await reader.read(pixels)
  return {
    kind: display.kind,
    hard: display.hardness > 0.5,
    model: text.replaceAll(/\D/g, '') === display.digits,
    rule: readSegments(pixels) === display.digits,
    confidence,
  }
}

function rowsOf(reads: readonly Read[], least: number): readonly EvaluationRow[] {
  const exact = (metric: string, of: readonly Read[]): EvaluationRow => ({
    metric: `read exactly: ${metric}`,
    model: share(of.filter((read) => read.model).length, of.length),
    baseline: share(of.filter((read) => read.rule).length, of.length),
  })
  const sure = reads.filter(({ confidence }) => confidence >= least)
  return [
    exact('all displays', reads),
    ...displayKinds.map((kind) =>
      exact(
        kind,
        reads.filter((read) => read.kind === kind),
      ),
    ),
    exact(
      'the easier half',
      reads.filter(({ hard }) => !hard),
    ),
    exact(
      'the harder half',
      reads.filter(({ hard }) => hard),
    ),
    {
      metric: `read with a confidence of ${least} or more`,
      model: share(sure.length, reads.length),
      baseline: '–',
    },
    {
      metric: 'wrong among those',
      model: share(sure.filter((read) => !read.model).length, sure.length),
      baseline: '–',
    },
  ]
}

/** With the 95 % score interval (Wilson 1927). */
function share(hits: number, of: number): string {
  if (of === 0) return '–'
  const [p, z] = [hits / of, 1.96]
  const middle = p + (z * z) / (2 * of)
  const half = z * Math.sqrt((p * (1 - p)) / of + (z * z) / (4 * of * of))
  const scale = 1 + (z * z) / of
  return `${p.toFixed(3)} (${Math.max(0, (middle - half) / scale).toFixed(3)}–${((middle + half) / scale).toFixed(3)}; ${hits} of ${of})`
}

function displayPackage(model: ModelPackage): ImagePackage<DisplayReadingManifest> {
  const { manifest } = model
  if (manifest.task === 'display-reading') return { ...(model as ImagePackage), manifest }
  throw new AppError('model.invalid', `${manifest.id} reads no displays`)
}
