// Loads a model package and refuses, by the name of the fault, whatever is not exactly what its manifest says.
import { createHash } from 'node:crypto'
import type { TSchema, Static } from 'typebox'
import { Value } from 'typebox/value'
import { LampGoldenTrace } from './lamp-fault/golden-trace.ts'
import { ImageGoldenCases } from './manifest-image.ts'
import { checkClasses, checkLabels } from './manifest-labels.ts'
import { DetectorTrace } from './manifest-detector.ts'
import { GoldenCases, GoldenTrace } from './manifest-series.ts'
import { manifestSchemas, type GraphManifest, type Manifest, type Task } from './manifest.ts'
import type { DetectorPackage, GraphPackage, ModelPackage } from './model-package.ts'
import { readNpmFile } from './npm-file.ts'
import { packageLimits } from './package-archive.ts'
import { checkGraphs } from './package-graph.ts'
import { openPackageSource, type PackageSource } from './package-source.ts'
import { refusal } from './refusal.ts'
import { verifyDetectorTrace } from './series/open-detector.ts'
import { checkSignature, createTrust, type Trust } from './signature.ts'

const maxManifestBytes = 256 * 1024
const maxSignatureBytes = 4096
const manifestPath = 'manifest.json'
const signaturePath = 'signature.json'

/**
 * Reads and checks a package: a folder or a .tgz. Throws AppError `model.invalid`; refusal.ts lists the faults and faultOf() names
 * the one found. The signature is checked before anything of the package is believed. `trust`: the release key alone if absent.
 */
export async function loadPackage(place: string, trust: Trust = createTrust()): Promise<ModelPackage> {
  const source = await openPackageSource(place)
  const bytes = await source.read(manifestPath, maxManifestBytes)
  const isSigned = source.paths.has(signaturePath)
  const signature = isSigned ? await source.read(signaturePath, maxSignatureBytes) : undefined
  return checkedPackage(place, source, bytes, checkSignature(bytes, signature, trust))
}

/** What a package says it is, unverified. Throws `model.invalid` with `missing-file`, `bad-archive`, `bad-schema` or `missing-label`. */
export async function readManifest(place: string): Promise<Manifest> {
  const source = await openPackageSource(place)
  return parseManifest(await source.read(manifestPath, maxManifestBytes))
}

/** As loadPackage, for one who is about to sign: a signature is not looked at. Gives the exact bytes to sign too. */
export async function inspectPackage(
  place: string,
): Promise<{ readonly model: ModelPackage; readonly bytes: Uint8Array }> {
  const source = await openPackageSource(place)
  const bytes = await source.read(manifestPath, maxManifestBytes)
  return { model: await checkedPackage(place, source, bytes, undefined), bytes }
}

async function checkedPackage(
  folder: string,
  source: PackageSource,
  manifestBytes: Uint8Array,
  signedBy: string | undefined,
): Promise<ModelPackage> {
  const manifest = parseManifest(manifestBytes)
  const contents = await listedFiles(manifest, source)
  const content = (path: string): Uint8Array => {
    const bytes = contents.get(path)
    if (bytes === undefined) throw refusal('missing-file', `${path} is used by the manifest but not in its file list`)
    return bytes
  }
  if (manifest.task === 'series-detector')
    return detectorPackage({ folder, manifest, files: contents, signedBy }, content)
  checkGraphs(manifest, content)
  for (const path of [manifest.card, ...furtherFiles(manifest)]) content(path)
  const { model, golden } = { model: content(manifest.model), golden: goldenOf(manifest, content) }
  for (const path of [manifest.model, manifest.card]) contents.delete(path)
  // The golden samples were parsed by the task of this very manifest.
  return { folder, manifest, model, golden, files: contents, signedBy } as ModelPackage
}

/** A package without a graph: its golden trace is run here, because it needs no runtime. */
function detectorPackage(
  read: Omit<DetectorPackage, 'model' | 'golden'>,
  content: (path: string) => Uint8Array,
): DetectorPackage {
  const { manifest } = read
  content(manifest.card)
  const trace = checked(
    DetectorTrace,
    parsedJson(content(manifest.golden.trace), manifest.golden.trace),
    manifest.golden.trace,
  )
  verifyDetectorTrace(manifest, trace)
  return { ...read, model: new Uint8Array(), golden: { trace } }
}

/** The content of every listed file, and no other file is there. */
async function listedFiles(manifest: Manifest, source: PackageSource): Promise<Map<string, Uint8Array>> {
  const listed = new Set([manifestPath, signaturePath, ...manifest.files.map(({ path }) => path)])
  for (const path of source.paths) {
    if (!listed.has(path)) throw refusal('unlisted-file', `${path} is not in the manifest`)
  }
  if (listed.size !== manifest.files.length + 2) throw refusal('bad-schema', 'manifest.json: a file is listed twice')
  const total = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0)
  if (total > packageLimits.totalBytes) {
    throw refusal('bad-schema', `the files have ${total} bytes, at most ${packageLimits.totalBytes} are read`)
  }
  const contents = new Map<string, Uint8Array>()
  for (const { path, bytes, sha256, npm } of manifest.files) {
    const limit = packageLimits.fileBytes
    const content = await (npm === undefined ? source.read(path, limit) : readNpmFile(npm, limit))
    const found = createHash('sha256').update(content).digest('hex')
    if (content.length !== bytes || found !== sha256) {
      throw refusal('hash-mismatch', `${path} has sha-256 ${found}, the manifest says ${sha256}`)
    }
    contents.set(path, content)
  }
  return contents
}

/** `bytes` of a manifest.json. Throws `model.invalid` with `bad-schema` or `missing-label`. */
export function parseManifest(bytes: Uint8Array): Manifest {
  const value = parsedJson(bytes, manifestPath)
  const task = typeof value === 'object' && value !== null && 'task' in value ? value.task : undefined
  if (!isTask(task)) {
    const known = Object.keys(manifestSchemas).join(', ')
    throw refusal('bad-schema', `manifest.json: /task is ${JSON.stringify(task)}; known tasks are ${known}`)
  }
  checkLabels(value)
  const manifest: Manifest = checked(manifestSchemas[task], value, manifestPath)
  checkClasses(manifest)
  if (manifest.task === 'series-anomaly') {
    const { features, place } = manifest.input.window
    if (features.includes('sun-elevation') && place === undefined) {
      throw refusal('bad-schema', 'manifest.json: the feature sun-elevation needs a place')
    }
  }
  return manifest
}

function isTask(task: unknown): task is Task {
  return typeof task === 'string' && Object.hasOwn(manifestSchemas, task)
}

/** Files that the manifest names besides graph, card and golden cases. */
function furtherFiles(manifest: GraphManifest): readonly string[] {
  if (manifest.task === 'display-reading') return [manifest.characters]
  return manifest.task === 'image-features' && manifest.taught !== undefined ? [manifest.taught.head] : []
}

function goldenOf(manifest: GraphManifest, content: (path: string) => Uint8Array): GraphPackage['golden'] {
  const read = <T extends TSchema>(schema: T, path: string): Static<T> =>
    checked(schema, parsedJson(content(path), path), path)
  if (manifest.task === 'series-anomaly') {
    return { cases: read(GoldenCases, manifest.golden.cases), trace: read(GoldenTrace, manifest.golden.trace) }
  }
  if (manifest.task === 'lamp-fault') {
    return { cases: read(GoldenCases, manifest.golden.cases), trace: read(LampGoldenTrace, manifest.golden.trace) }
  }
  const cases = read(ImageGoldenCases, manifest.golden.cases)
  for (const { image, outputs } of cases) {
    content(image)
    for (const output of Object.values(outputs)) if ('file' in output) content(output.file)
  }
  return { cases }
}

function parsedJson(bytes: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw refusal('bad-schema', `${name} is not JSON`, cause)
  }
}

function checked<T extends TSchema>(schema: T, value: unknown, name: string): Static<T> {
  if (Value.Check(schema, value)) return value
  const faults = Value.Errors(schema, value).map((error) => `${error.instancePath || '/'} ${error.message}`)
  throw refusal('bad-schema', `${name}: ${faults.slice(0, 10).join('; ')}`)
}
