// Teaches a product from pictures: features of every example, the head, the revision on disk, and what a person wants to see of it.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import { openImageSession } from '../image-golden.ts'
import type { ImageFeaturesManifest } from '../manifest-image.ts'
import { isImagePackage, type ImagePackage, type ModelPackage } from '../model-package.ts'
import { heatPng, overlaid } from '../vision/heat-map.ts'
import type { ImageSession } from '../vision/image-session.ts'
import type { RgbImage } from '../vision/sharp-settings.ts'
import { fitHead, type HeadFit } from './fit-head.ts'
import type { HeldScore } from './head-file.ts'
import { judge } from './head.ts'
import type { PatchMap } from './patch-map.ts'
import { writeRevision } from './taught-package.ts'
import { mapOfRun } from './taught-model.ts'

export interface TeachRequest {
  /** The package image-features, or a revision that was taught on it. */
  readonly extractor: ModelPackage
  readonly good: readonly TeachPicture[]
  readonly bad: readonly TeachPicture[]
  /** Folder of the revision; it is replaced. */
  readonly out: string
  readonly id: string
  readonly version: string
  readonly labels: { readonly ja: string; readonly en: string }
  /** Now, milliseconds since the Unix epoch. */
  readonly nowMs: number
  /** The gateway's own key, PEM; undefined: not signed. */
  readonly privateKeyPem?: string
  /** Where the heat map of every example goes; undefined: none is drawn. */
  readonly heatFolder?: string
  readonly progress?: (done: number, total: number, what: string) => void
}

export interface TeachPicture {
  readonly name: string
  readonly read: () => Promise<Uint8Array>
}

export interface Taught {
  readonly leaveOneOut: HeadFit['leaveOneOut']
  /** 0.5 and more is rejected. */
  readonly pictures: readonly HeldScore[]
  /** Pictures that could not be read, with the reason; they are left out. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[]
}

/** How many pictures of each judgement the package keeps to prove itself with. */
const checksPerJudgement = 1

interface Seen {
  readonly name: string
  readonly bytes: Uint8Array
  readonly map: PatchMap
  readonly picture: RgbImage
}

/**
 * Deterministic: the same pictures in the same order give the same head. Throws AppError `model.invalid` for another package than
 * an extractor or for too few pictures, `store.unavailable`.
 */
export async function teach(request: TeachRequest): Promise<Taught> {
  const { extractor, progress = () => undefined } = request
  if (!isImagePackage(extractor) || extractor.manifest.task !== 'image-features') {
    throw new AppError('model.invalid', `${extractor.manifest.id} is no extractor that can be taught`)
  }
  const model = { ...extractor, manifest: extractor.manifest } as ImagePackage<ImageFeaturesManifest>
  const session = await openImageSession(model)
  const refused: Taught['refused'][number][] = []
  const total = request.good.length + request.bad.length
  const fitSteps = Math.ceil(total / 2)
  let done = 0
  try {
    const seen = async (pictures: readonly TeachPicture[]): Promise<Seen[]> => {
      const found: Seen[] = []
      for (const picture of pictures) {
        const one = await seenPicture(session, picture, refused)
        if (one !== undefined) found.push(one)
        done += 1
        progress(done, total + fitSteps, picture.name)
      }
      return found
    }
    const good = await seen(request.good)
    const bad = await seen(request.bad)
    const maps = (list: readonly Seen[]): PatchMap[] => list.map(({ map }) => map)
    const fit = fitHead(maps(good), maps(bad), (share) =>
      progress(total + share * fitSteps, total + fitSteps, 'fitting the head'),
    )
    const proofs = [...good.slice(0, checksPerJudgement), ...bad.slice(0, checksPerJudgement)]
    const checks = proofs.map(({ bytes, map }) => ({ picture: bytes, score: judge(fit.head, map).score }))
    await writeRevision(request.out, model, {
      id: request.id,
      version: request.version,
      labels: request.labels,
      fit,
      checks,
      held: namedScores(good, bad, fit),
      examples: { good: good.length, bad: bad.length },
      taughtMs: request.nowMs,
      privateKeyPem: request.privateKeyPem,
    })
    if (request.heatFolder !== undefined) await drawHeat(request.heatFolder, fit, [...good, ...bad])
    return { leaveOneOut: fit.leaveOneOut, pictures: namedScores(good, bad, fit), refused }
  } finally {
    await session.close()
  }
}

async function seenPicture(
  session: ImageSession,
  { name, read }: TeachPicture,
  refused: Taught['refused'][number][],
): Promise<Seen | undefined> {
  try {
    const bytes = await read()
    const run = await session.run(bytes)
    return { name, bytes, map: mapOfRun(run), picture: run.seen }
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== 'image.invalid') throw thrown
    refused.push({ name, reason: thrown.message })
    return undefined
  }
}

function namedScores(good: readonly Seen[], bad: readonly Seen[], { held }: HeadFit): HeldScore[] {
  const named = (list: readonly Seen[], scores: readonly number[], isBad: boolean): HeldScore[] =>
    list.map(({ name }, index) => ({ name, isBad, heldScore: scores[index] ?? 0 }))
  return [...named(good, held.good, false), ...named(bad, held.bad, true)]
}

/** One PNG an example, `{number}-{score}.png`: good ones first. */
async function drawHeat(folder: string, { head }: HeadFit, list: readonly Seen[]): Promise<void> {
  for (const [index, { name, map, picture }] of list.entries()) {
    const { heat } = judge(head, map)
    const drawn = overlaid(picture, { width: map.width, height: map.height, values: heat })
    const plain = name.replaceAll(/[^A-Za-z0-9-]+/g, '_')
    await writeFile(join(folder, `${String(index).padStart(2, '0')}-${plain}.png`), await heatPng(drawn, picture))
  }
}
