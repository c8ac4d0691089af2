// Prints the card of road-damage again: damaged patches, potholes and cracks on held-out road segments, beside a rule of dark places.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { SegmentationManifest } from '../manifest-image.ts'
import { createImageSession, type ImageSession } from '../vision/image-session.ts'
import type { Evaluation, EvaluationRequest, EvaluationRow } from './evaluator.ts'
import { createRoadRule, type RoadRule } from './road-rule.ts'
import {
  type Counts,
  enlarged,
  f1,
  iou,
  labelledImages,
  type LabelledImage,
  overlap,
  type ReadLabelled,
  readLabelled,
  type Score,
  segmentationPackage,
  withInterval,
} from './segmentation.ts'

const dataSet = 'road-damage'
/** As in models/training/segmentation/road_damage.py. */
const shares = { test: 0.25, validation: 0.1 } as const
const [lane, crack, pothole] = [1, 2, 3]
const patch = { side: 64, roadShare: 0.25, damagedFrom: 20 } as const
/** A crack counts as found where the model says crack so many pixels away or nearer (a square). */
const nearPx = 5

type Metric = 'patches' | 'pothole' | 'crack' | 'crackNear'

interface Judged {
  readonly group: string
  readonly model: Readonly<Record<Metric, Counts>>
  readonly rule: Readonly<Record<Exclude<Metric, 'crackNear'>, Counts>>
}

export async function evaluate({ model, dataFolder, progress }: EvaluationRequest): Promise<Evaluation> {
  const { manifest, model: bytes } = segmentationPackage(model)
  const { training, heldOut } = split(await labelledImages(join(dataFolder, dataSet), segmentOf))
  const all = training.length + heldOut.length
  const rule = await createRoadRule(training, (done) => progress(done, all, 'images'))
  const session = await createImageSession({ model: bytes, input: manifest.input, outputs: manifest.outputs })
  const judged: Judged[] = []
  try {
    for (const image of heldOut) {
      judged.push(await judge(session, rule, image, manifest.thresholds))
      progress(training.length + judged.length, all, 'images')
    }
  } finally {
    await session.close()
  }
  return {
    baseline: rule.description,
    about:
      'biankatpas/Cracks-and-Potholes-in-Road-Images-Dataset, 512 × 320 pixels; whole road segments held out; 95 % interval by drawing ' +
      'segments, then their images',
    rows: rowsOf(judged),
  }
}

/** `1067835_DF_010_010BDF0018_03802` → `DF_010_010BDF0018_`. */
function segmentOf(name: string): string {
  return name.replace(/^\d+_/, '').slice(0, -5)
}

/** Whole segments in the order of their SHA-256: the first hold a quarter of the images, the next a tenth (thresholds), the rest trains. */
function split(images: readonly LabelledImage[]) {
  const hash = (name: string): string => createHash('sha256').update(name).digest('hex')
  const segments = [...Map.groupBy(images, ({ group }) => group)].toSorted(([a], [b]) => (hash(a) < hash(b) ? -1 : 1))
  const parts: LabelledImage[][] = [[], [], []]
  const limits = [shares.test * images.length, shares.validation * images.length, Number.POSITIVE_INFINITY]
  let part = 0
  for (const [, members] of segments) {
    if ((parts[part]?.length ?? 0) >= (limits[part] ?? 0)) part += 1
    parts[part]?.push(...members)
  }
  const [heldOut = [], , training = []] = parts
  return { training, heldOut }
}

async function judge(
  session: ImageSession,
  rule: RoadRule,
  image: LabelledImage,
  thresholds: SegmentationManifest['thresholds'],
): Promise<Judged> {
  const read = await readLabelled(image)
  const { width, height } = read.image
  const { outputs } = await session.run(read.bytes)
  const mask = outputs.find(({ name }) => name === 'mask')
  const over = (name: string): Uint8Array => {
    const least = thresholds.perClass?.[name] ?? thresholds.mask
    return Uint8Array.from(enlarged(mask, name, width, height), (value) => Number(value > least))
  }
  const found = { crack: over('crack'), pothole: over('pothole') }
  const damaged = found.crack.map((value, index) => value | (found.pothole[index] ?? 0))
  const dark = rule.dark(read.image)
  const patches = patchesOf(read)
  const pixels = (map: Uint8Array, label: number): Counts =>
    overlap(
      map.length,
      (index) => map[index] === 1,
      (index) => read.labels[index] === label,
    )
  const perPatch = (map: Uint8Array, least: number): Counts => {
    const counts = patchCounts(map, width, height)
    return overlap(counts.length, (index) => (counts[index] ?? 0) >= least, patches.isDamaged, patches.isJudged)
  }
  return {
    group: image.group,
    model: {
      patches: perPatch(damaged, patch.damagedFrom),
      pothole: pixels(found.pothole, pothole),
      crack: pixels(found.crack, crack),
      crackNear: nearby(found.crack, read),
    },
    rule: {
      patches: perPatch(dark, rule.leastPatchPixels),
      pothole: pixels(rule.potholes(read.image), pothole),
      crack: pixels(dark, crack),
    },
  }
}

function patchesOf({ labels, image: { width, height } }: ReadLabelled) {
  const road = patchCounts(
    labels.map((label) => Number(label >= lane)),
    width,
    height,
  )
  const damage = patchCounts(
    labels.map((label) => Number(label >= crack)),
    width,
    height,
  )
  return {
    isJudged: (index: number): boolean => (road[index] ?? 0) >= patch.roadShare * patch.side ** 2,
    isDamaged: (index: number): boolean => (damage[index] ?? 0) >= patch.damagedFrom,
  }
}

function patchCounts(map: Uint8Array, width: number, height: number): Uint32Array {
  const across = width / patch.side
  const counts = new Uint32Array((across * height) / patch.side)
  map.forEach((value, index) => {
    const at = Math.floor(Math.floor(index / width) / patch.side) * across + Math.floor((index % width) / patch.side)
    counts[at] = (counts[at] ?? 0) + value
  })
  return counts
}

function nearby(found: Uint8Array, { labels, image: { width, height } }: ReadLabelled): Counts {
  const truth = labels.map((label) => Number(label === crack))
  const [aroundTruth, aroundFound] = [widened(truth, width, height), widened(found, width, height)]
  const count = (map: Uint8Array, wanted: (index: number) => boolean): number =>
    map.reduce((sum, value, index) => sum + (value === 1 && wanted(index) ? 1 : 0), 0)
  return [
    count(found, (index) => aroundTruth[index] === 1),
    count(found, (index) => aroundTruth[index] === 0),
    count(truth, (index) => aroundFound[index] === 0),
  ]
}

/** 1 where a 1 is within `nearPx` across and down. */
function widened(map: Uint8Array, width: number, height: number): Uint8Array {
  const spread = (from: Uint8Array, along: number, side: number, position: (index: number) => number): Uint8Array => {
    const wide = new Uint8Array(from.length)
    from.forEach((value, index) => {
      if (value === 0) return
      const at = position(index)
      const [low, high] = [Math.max(-nearPx, -at), Math.min(nearPx, side - 1 - at)]
      for (let step = low; step <= high; step += 1) wide[index + step * along] = 1
    })
    return wide
  }
  const across = spread(map, 1, width, (index) => index % width)
  return spread(across, width, height, (index) => Math.floor(index / width))
}

function rowsOf(judged: readonly Judged[]): EvaluationRow[] {
  const groups = judged.map(({ group }) => group)
  const of = `${judged.length} images, ${new Set(groups).size} held-out segments`
  const row = (title: string, metric: Exclude<Metric, 'crackNear'>, score: Score): EvaluationRow => ({
    metric: `${title}, ${of}`,
    model: withInterval(
      groups,
      judged.map(({ model }) => model[metric]),
      score,
    ),
    baseline: withInterval(
      groups,
      judged.map(({ rule }) => rule[metric]),
      score,
    ),
  })
  return [
    row('F1 of damaged patches (64 × 64 px of road)', 'patches', f1),
    row('pothole IoU', 'pothole', iou),
    row('crack IoU', 'crack', iou),
    {
      metric: `crack F1 within ${nearPx} px, ${of}`,
      model: withInterval(
        groups,
        judged.map(({ model }) => model.crackNear),
        f1,
      ),
      baseline: '–',
    },
  ]
}
