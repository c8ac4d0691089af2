// Evaluates teach by example: magnetic tiles as a new product, taught from 30 good and 10 bad photos, judged on tiles it never saw.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import { openImageSession } from '../image-golden.ts'
import { isImagePackage } from '../model-package.ts'
import { factsUnder, fitGood, type HeadFit, separate } from '../teach/fit-head.ts'
import { scoreOf } from '../teach/head.ts'
import type { PatchMap } from '../teach/patch-map.ts'
import { seededRandom, shuffled } from '../seeded-random.ts'
import { mapOfRun } from '../teach/taught-model.ts'
import type { Evaluation, EvaluationRequest } from './evaluator.ts'
import { auroc } from './ranking.ts'
import { readTilePhotos, type TilePhoto } from './tile-photos.ts'

const draws = 4
const goodCount = 30
const badCount = 10
const names = ['good', 'blowhole', 'break', 'crack', 'fray', 'uneven'] as const

interface Photo extends TilePhoto {
  readonly map: PatchMap
  /** Mean and mean deviation of each channel: what the nearest neighbour compares. */
  readonly features: Float32Array
}

interface DrawFigures {
  readonly auroc: number
  readonly baseline: number
  readonly falseRejects: number
  readonly found: number
}

export async function evaluate({ model, dataFolder, progress }: EvaluationRequest): Promise<Evaluation> {
  if (!isImagePackage(model)) throw new AppError('model.invalid', 'the package reads no images')
  const folder = join(dataFolder, 'magnetic-tile')
  const chosen = onePerTile(await readTilePhotos(folder))
  const total = chosen.length * (1 + draws)
  const session = await openImageSession(model)
  const photos: Photo[] = []
  try {
    for (const photo of chosen) {
      const run = await session.run(await readFile(join(folder, photo.file)))
      const features = run.outputs.find(({ meaning }) => meaning === 'features')?.values ?? new Float32Array()
      photos.push({ ...photo, map: mapOfRun(run), features })
      progress(photos.length, total, 'features')
    }
  } finally {
    await session.close()
  }
  const figures = new Map<string, DrawFigures[]>()
  for (let draw = 0; draw < draws; draw += 1) {
    const done = (count: number): void => progress(photos.length * (1 + draw) + count, total, `draw ${draw + 1}`)
    for (const [name, found] of drawn(photos, draw, done)) figures.set(name, [...(figures.get(name) ?? []), found])
  }
  return report(figures, photos)
}

/** Of each tile one photo, chosen by its number: the exposures of one tile are no independent parts. */
function onePerTile(photos: readonly TilePhoto[]): TilePhoto[] {
  const kept = new Map<string, TilePhoto[]>()
  for (const photo of photos) {
    const key = `${photo.label}-${photo.tile}`
    kept.set(key, [...(kept.get(key) ?? []), photo])
  }
  return [...kept.values()].flatMap((list, index) => list.slice(index % list.length, (index % list.length) + 1))
}

/** One choice of examples: all kinds of defects together, then each kind as a product of its own with half of its tiles as examples. */
function drawn(photos: readonly Photo[], seed: number, done: (count: number) => void): [string, DrawFigures][] {
  const random = seededRandom(seed)
  const picked = (list: readonly Photo[], count: number): Photo[] =>
    shuffled(random, list.length)
      .slice(0, count)
      .map((index) => list[index] as Photo)
  const good = picked(
    photos.filter(({ label }) => label === 0),
    goodCount,
  )
  const known = fitGood(good.map(({ map }) => map))
  const facts = new Map<Photo, number[]>()
  for (const photo of photos) {
    facts.set(photo, factsUnder(known, photo.map))
    done(facts.size)
  }
  const kinds = names.map((_, label) => label).slice(1)
  const perKind = Math.floor(badCount / kinds.length)
  const mixed = kinds.flatMap((kind) =>
    picked(
      photos.filter(({ label }) => label === kind),
      perKind,
    ),
  )
  const figuresOf = (bad: readonly Photo[], tested: readonly number[]): DrawFigures => {
    const fit = separate(
      known,
      bad.map((photo) => facts.get(photo) ?? []),
    )
    const used = new Set([...good, ...bad].map(({ tile }) => tile))
    const test = photos.filter(({ tile, label }) => !used.has(tile) && tested.includes(label))
    return figuresFor(fit, test, facts, good)
  }
  return [
    ['all kinds', figuresOf(mixed, [0, ...kinds])],
    ...kinds.map((kind): [string, DrawFigures] => {
      const own = photos.filter(({ label }) => label === kind)
      const bad = picked(own, Math.min(badCount, Math.floor(own.length / 2)))
      return [names[kind] as string, figuresOf(bad, [0, kind])]
    }),
  ]
}

function figuresFor(
  { head }: HeadFit,
  test: readonly Photo[],
  facts: ReadonlyMap<Photo, number[]>,
  good: readonly Photo[],
): DrawFigures {
  const isBad = test.map(({ label }) => label !== 0)
  const scores = test.map((photo) => scoreOf(head, facts.get(photo) ?? []))
  const share = (of: boolean): number => {
    const kept = scores.filter((_, index) => isBad[index] === of)
    return kept.filter((score) => score >= 0.5).length / kept.length
  }
  const nearest = test.map(({ features }) => Math.min(...good.map((other) => distance(features, other.features))))
  return {
    auroc: auroc(scores, isBad),
    baseline: auroc(nearest, isBad),
    falseRejects: share(false),
    found: share(true),
  }
}

function report(figures: ReadonlyMap<string, readonly DrawFigures[]>, photos: readonly Photo[]): Evaluation {
  const rows = [...figures].flatMap(([name, list]) => {
    const column = (pick: (figure: DrawFigures) => number): string => interval(list.map(pick))
    const line = { metric: `AUROC, ${name}`, model: column((f) => f.auroc), baseline: column((f) => f.baseline) }
    if (name !== 'all kinds') return [line]
    return [
      line,
      { metric: 'good parts rejected', model: column((f) => f.falseRejects), baseline: '–' },
      { metric: 'bad parts rejected', model: column((f) => f.found), baseline: '–' },
    ]
  })
  const tiles = new Set(photos.map(({ tile }) => tile)).size
  return {
    baseline: 'nearest good example by mean and deviation of the same features',
    about: `magnetic tiles, one photo a tile (${photos.length} photos of ${tiles} tiles); per draw ${goodCount} good and ${badCount} bad tiles teach (of one kind alone: half of its tiles, at most ${badCount}), the others are judged; mean and range of ${draws} draws`,
    rows,
  }
}

function interval(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return `${mean.toFixed(3)} (${Math.min(...values).toFixed(3)}–${Math.max(...values).toFixed(3)})`
}

function distance(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at += 1) sum += ((a[at] as number) - (b[at] as number)) ** 2
  return sum
}
