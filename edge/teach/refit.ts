// The process that teaches: low priority, one job, then it ends; sampling and verdicts go on beside it.
import { readFile } from 'node:fs/promises'
import { constants, setPriority } from 'node:os'
import { basename } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import { isImagePackage, type ModelPackage } from '../../models/model-package.ts'
import { loadPackage } from '../../models/package.ts'
import { standingOf, whyWorse } from '../../models/teach/comparison.ts'
import { decodeHead, type HeldScore } from '../../models/teach/head-file.ts'
import { teach } from '../../models/teach/teach.ts'
import { openVisionModel } from '../../models/vision/open-vision-model.ts'
import type { VisionModel } from '../../models/vision/vision-model.ts'
import { answerParent } from '../checks/checker.ts'
import { trustOf } from '../checks/trust.ts'
import { type Example, ExampleStore } from './example-store.ts'
import type { RefitAnswer, RefitRequest } from './refit-messages.ts'

setPriority(constants.priority.PRIORITY_LOW)
await answerParent(([words = '']) => refit(JSON.parse(words) as RefitRequest))

async function refit(request: RefitRequest): Promise<RefitAnswer> {
  const current = await loadPackage(request.current, await trustOf(request.trust))
  const examples = await new ExampleStore(request.examples).list()
  const pictures = (judgement: Example['judgement']) =>
    examples
      .filter((example) => example.judgement === judgement)
      .map(({ path }) => ({ name: basename(path), read: () => readExample(path) }))
  const { out, version, nowMs } = request
  const { id, labels } = request.model ?? current.manifest
  const privateKeyPem = await readFile(request.privateKeyFile, 'utf8')
  const given = { extractor: current, good: pictures('good'), bad: pictures('bad') }
  const taught = await teach({ ...given, out, id, version, labels, nowMs, privateKeyPem })
  const before = request.isAnotherPart === true ? undefined : await judgedBefore(current, examples, taught.pictures)
  return {
    worse: before && whyWorse(standingOf(taught.pictures), standingOf(before)),
    ...taught.leaveOneOut,
    good: taught.pictures.filter(({ isBad }) => !isBad).length,
    bad: taught.pictures.filter(({ isBad }) => isBad).length,
    refused: taught.refused.map(({ name, reason }) => `${name}: ${reason}`),
    goodScores: histogram(taught.pictures.filter(({ isBad }) => !isBad)),
    badScores: histogram(taught.pictures.filter(({ isBad }) => isBad)),
  }
}

function histogram(scores: readonly HeldScore[]): number[] {
  const bins = 20
  const counts = Array.from({ length: bins }, () => 0)
  for (const { heldScore } of scores) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(heldScore * bins)))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  return counts
}

/**
 * The same examples by the head in use: what it was taught with by its score without them, what came later as it judges it now.
 * An example whose judgement was corrected counts as it is judged today. Undefined where nothing is in use yet.
 */
async function judgedBefore(
  current: ModelPackage,
  examples: readonly Example[],
  wanted: readonly HeldScore[],
): Promise<readonly HeldScore[] | undefined> {
  if (!isImagePackage(current) || current.manifest.task !== 'image-features') return undefined
  const head = current.manifest.taught && current.files.get(current.manifest.taught.head)
  if (head === undefined) return undefined
  const known = new Map(decodeHead(head).held.map((held) => [idOf(held.name), held]))
  const model = await openVisionModel(current)
  try {
    const scores: HeldScore[] = []
    for (const { name, isBad } of wanted) {
      const held = known.get(idOf(name))
      const path = examples.find((example) => basename(example.path) === name)?.path
      const heldScore = held?.heldScore ?? (path && (await scoreNow(model, path)))
      if (typeof heldScore === 'number') scores.push({ name, isBad, heldScore })
    }
    return scores
  } finally {
    await model.close()
  }
}

/** Undefined: it has gone meanwhile. */
async function scoreNow(model: VisionModel, path: string): Promise<number | null | undefined> {
  const bytes = await readFile(path).catch(() => undefined)
  return bytes && (await model.analyse(bytes)).score
}

/** A correction that came meanwhile may have moved it, or a person have deleted it. */
function readExample(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: unknown) => {
    throw new AppError('image.invalid', 'it is no longer there', { cause })
  })
}

/** The picture itself, whenever it was added. */
function idOf(name: string): string {
  return /-([0-9a-f]{16})\.img$/.exec(name)?.[1] ?? name
}
