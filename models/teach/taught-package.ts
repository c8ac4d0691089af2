// Writes what was taught as a revision: a package that holds the extractor as it was, the head, and pictures to prove both with.
import { createHash } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import type { ImageFeaturesManifest } from '../manifest-image.ts'
import type { ImagePackage } from '../model-package.ts'
import { signManifest } from '../signature.ts'
import type { HeadFit } from './fit-head.ts'
import { encodeHead, type HeadCheck, type HeldScore } from './head-file.ts'

interface Revision {
  readonly id: string
  /** major.minor.patch; the patch rises with each refit. */
  readonly version: string
  readonly labels: { readonly ja: string; readonly en: string }
  readonly fit: HeadFit
  readonly held: readonly HeldScore[]
  readonly examples: { readonly good: number; readonly bad: number }
  readonly taughtMs: number
  /** Pictures of the set with the score that the head gives them. */
  readonly checks: readonly { readonly picture: Uint8Array; readonly score: number }[]
  /** Ed25519, PEM: the gateway's own. Undefined: the package is not signed. */
  readonly privateKeyPem: string | undefined
}

const headPath = 'head.json'

/** Writes the folder beside and renames it, so that it is whole or absent. Throws AppError `store.unavailable`. */
export async function writeRevision(
  folder: string,
  extractor: ImagePackage<ImageFeaturesManifest>,
  revision: Revision,
): Promise<void> {
  const checks = revision.checks.map(({ score }, index): HeadCheck => ({ image: `examples/${index}.img`, score }))
  const files = new Map<string, Uint8Array>([
    [extractor.manifest.model, extractor.model],
    ...[...extractor.files].filter(([path]) => path.startsWith('golden/')),
    [extractor.manifest.card, new TextEncoder().encode(cardOf(extractor.manifest, revision))],
    [headPath, encodeHead({ head: revision.fit.head, checks, held: revision.held })],
    ...revision.checks.map(({ picture }, index) => [`examples/${index}.img`, picture] as const),
  ])
  const manifest = new TextEncoder().encode(
    `${JSON.stringify(manifestOf(extractor.manifest, revision, files), undefined, 2)}\n`,
  )
  const signature = revision.privateKeyPem === undefined ? undefined : signManifest(manifest, revision.privateKeyPem)
  const beside = `${folder}.part`
  try {
    await rm(beside, { recursive: true, force: true })
    for (const [path, bytes] of [...files, ['manifest.json', manifest] as const]) {
      await mkdir(dirname(join(beside, path)), { recursive: true })
      await writeFile(join(beside, path), bytes, { flush: true })
    }
    if (signature !== undefined) await writeFile(join(beside, 'signature.json'), signature, { flush: true })
    await rm(folder, { recursive: true, force: true })
    await rename(beside, folder)
  } catch (cause) {
    throw new AppError('store.unavailable', `${folder} cannot be written`, { cause })
  }
}

function manifestOf(
  extractor: ImageFeaturesManifest,
  { id, version, labels, examples, taughtMs, fit }: Revision,
  files: ReadonlyMap<string, Uint8Array>,
): ImageFeaturesManifest {
  return {
    ...extractor,
    id,
    version,
    labels,
    taught: {
      head: headPath,
      thresholds: { reject: 0.5, review: 0.35, mask: 0.5 },
      classes: [{ id: 'defect', ja: '不良', en: 'Defect' }],
      examples,
      taughtMs,
      leaveOneOut: fit.leaveOneOut,
    },
    files: [...files]
      .map(([path, bytes]) => ({ path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
  }
}

function cardOf(extractor: ImageFeaturesManifest, { id, version, examples, taughtMs, fit }: Revision): string {
  const { auroc, falseRejects, falsePasses } = fit.leaveOneOut
  const graph = extractor.files.find(({ path }) => path === extractor.model)
  return `# ${id} ${version}

Taught by example on ${new Date(taughtMs).toISOString()} from ${examples.good} good and ${examples.bad} bad pictures, on the extractor
${extractor.id} ${extractor.version} (sha-256 of its graph ${graph?.sha256 ?? 'unknown'}).

Each example judged by a head that was fitted without it: ${falseRejects} of ${examples.good} good ones rejected, ${falsePasses} of
${examples.bad} bad ones passed, area under the ROC curve ${auroc.toFixed(3)}. So few examples tell little of rare defects.

**Terms.** The extractor: see its own card (MobileNetV2 of @mediapipe/objectron, Apache-2.0). The examples and the head: the owner's.
`
}
