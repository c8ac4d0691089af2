// Prints the card of paddy-canopy again: panicle pixels on held-out frames and in an unseen field, beside a colour index.
import { join } from 'node:path'
import { createImageSession, type ImageSession } from '../vision/image-session.ts'
import type { RgbImage } from '../vision/sharp-settings.ts'
import type { Evaluation, EvaluationRequest, EvaluationRow } from './evaluator.ts'
import {
  type Counts,
  enlarged,
  f1,
  iou,
  labelledImages,
  type LabelledImage,
  overlap,
  readLabelled,
  type Score,
  segmentationPackage,
  withInterval,
} from './segmentation.ts'

const dataSet = 'rice-panicle'
/** As in models/training/segmentation/paddy_canopy.py, which trained on the other frames of the field. */
const heldOut: ReadonlySet<string> = new Set(['DJI_0058', 'DJI_0059'])
/** The rule that train_segmentation.py found best on the training frames. */
const excessRedFrom = 0.0859375

interface Judged {
  readonly group: string
  readonly pixels: number
  readonly model: Counts
  readonly rule: Counts
}

export async function evaluate({ model, dataFolder, progress }: EvaluationRequest): Promise<Evaluation> {
  const { manifest, model: bytes } = segmentationPackage(model)
  const folder = join(dataFolder, dataSet)
  const frameOf = (name: string): string => name.slice(0, 'DJI_0000'.length)
  const own = (await labelledImages(join(folder, 'FSF1E'), frameOf)).filter(({ group }) => heldOut.has(group))
  const other = await labelledImages(join(folder, 'FSF2L'), frameOf)
  const session = await createImageSession({ model: bytes, input: manifest.input, outputs: manifest.outputs })
  let done = 0
  const judgeAll = async (tiles: readonly LabelledImage[]): Promise<Judged[]> => {
    const judged: Judged[] = []
    for (const tile of tiles) {
      judged.push(await judge(session, tile, manifest.thresholds.mask))
      progress((done += 1), own.length + other.length, 'tiles')
    }
    return judged
  }
  try {
    return {
      baseline: `excess red (1.4 R − G) / (R + G + B) > ${excessRedFrom.toFixed(3)}, chosen on the training frames`,
      about:
        'rooooolin/wsff, tiles of 256 × 256 pixels; trained on the frames of FSF1E that are not held out; 95 % interval by drawing ' +
        'frames, then their tiles',
      rows: [
        ...rowsOf(`held-out frames ${[...heldOut].join(', ')} of FSF1E`, await judgeAll(own)),
        ...rowsOf('unseen field FSF2L', await judgeAll(other)),
      ],
    }
  } finally {
    await session.close()
  }
}

async function judge(session: ImageSession, tile: LabelledImage, threshold: number): Promise<Judged> {
  const { bytes, image, labels } = await readLabelled(tile)
  const { outputs } = await session.run(bytes)
  const panicle = enlarged(
    outputs.find(({ name }) => name === 'mask'),
    'panicle',
    image.width,
    image.height,
  )
  const truth = (index: number): boolean => labels[index] !== 0
  return {
    group: tile.group,
    pixels: labels.length,
    model: overlap(labels.length, (index) => (panicle[index] as number) > threshold, truth),
    rule: overlap(labels.length, (index) => excessRed(image, index) > excessRedFrom, truth),
  }
}

/** Meyer and Neto (2008) with the chromatic coordinates of Woebbecke; a dark pixel has none. */
function excessRed({ data }: RgbImage, index: number): number {
  const [red = 0, green = 0, blue = 0] = data.subarray(index * 3, index * 3 + 3)
  return (1.4 * red - green) / Math.max(red + green + blue, 0.05 * 255)
}

function rowsOf(title: string, judged: readonly Judged[]): EvaluationRow[] {
  const groups = judged.map(({ group }) => group)
  const of = `${title}: ${judged.length} tiles, ${new Set(groups).size} frames`
  const row = (metric: string, score: Score): EvaluationRow => ({
    metric: `${metric}, ${of}`,
    model: withInterval(
      groups,
      judged.map(({ model }) => model),
      score,
    ),
    baseline: withInterval(
      groups,
      judged.map(({ rule }) => rule),
      score,
    ),
  })
  const error = (side: 'model' | 'rule'): string => {
    const errors = judged.map(({ pixels, [side]: [, wrong, missed] }) => Math.abs(wrong - missed) / pixels)
    return (errors.reduce((sum, value) => sum + value, 0) / judged.length).toFixed(3)
  }
  return [
    row('panicle IoU', iou),
    row('panicle F1 of pixels', f1),
    { metric: `mean error of a tile's panicle cover, ${of}`, model: error('model'), baseline: error('rule') },
  ]
}
