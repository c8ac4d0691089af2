// Loads a model package and refuses, by the name of the fault, whatever is not exactly what its manifest says.
import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { TSchema, Static } from 'typebox'
import { Value } from 'typebox/value'
import { ImageGoldenCases } from './manifest-image.ts'
import { checkClasses, checkLabels } from './manifest-labels.ts'
import { GoldenCases, GoldenTrace } from './manifest-series.ts'
import { manifestSchemas, type Manifest, type Task } from './manifest.ts'
import type { ModelPackage } from './model-package.ts'
import { checkGraphs } from './package-graph.ts'
import { refusal } from './refusal.ts'

const maxManifestBytes = 256 * 1024
const maxFileBytes = 256 * 1024 * 1024

/**
 * Reads and checks a package. Throws AppError `model.invalid`; refusal.ts lists the faults and faultOf() names the one found.
 */
export async function loadPackage(folder: string): Promise<ModelPackage> {
  const manifest = parseManifest(await readPart(folder, 'manifest.json', maxManifestBytes))
  await refuseUnlisted(folder, manifest)
  const contents = new Map<string, Uint8Array>()
  for (const file of manifest.files) contents.set(file.path, await readListed(folder, file))
  const content = (path: string): Uint8Array => {
    const bytes = contents.get(path)
    if (bytes === undefined) throw refusal('missing-file', `${path} is used by the manifest but not in its file list`)
    return bytes
  }
  checkGraphs(manifest, content)
  for (const path of [manifest.card, ...furtherFiles(manifest)]) content(path)
  const { model, golden } = { model: content(manifest.model), golden: goldenOf(manifest, content) }
  for (const path of [manifest.model, manifest.card]) contents.delete(path)
  // The golden samples were parsed by the task of this very manifest.
  return { folder, manifest, model, golden, files: contents, signedBy: undefined } as ModelPackage
}

/** `bytes` of a manifest.json. Throws `model.invalid` with `bad-schema` or `missing-label`. */
export function parseManifest(bytes: Uint8Array): Manifest {
  const value = parsedJson(bytes, 'manifest.json')
  const task = typeof value === 'object' && value !== null && 'task' in value ? value.task : undefined
  if (!isTask(task)) {
    const known = Object.keys(manifestSchemas).join(', ')
    throw refusal('bad-schema', `manifest.json: /task is ${JSON.stringify(task)}; known tasks are ${known}`)
  }
  checkLabels(value)
  const manifest: Manifest = checked(manifestSchemas[task], value, 'manifest.json')
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
function furtherFiles(manifest: Manifest): readonly string[] {
  if (manifest.task === 'display-reading') return [manifest.characters]
  return manifest.task === 'image-features' && manifest.taught !== undefined ? [manifest.taught.head] : []
}

function goldenOf(manifest: Manifest, content: (path: string) => Uint8Array): ModelPackage['golden'] {
  const read = <T extends TSchema>(schema: T, path: string): Static<T> =>
    checked(schema, parsedJson(content(path), path), path)
  if (manifest.task === 'series-anomaly') {
    return { cases: read(GoldenCases, manifest.golden.cases), trace: read(GoldenTrace, manifest.golden.trace) }
  }
  if (manifest.task === 'lamp-fault') {
    const { cases, trace } = manifest.golden
    return {
      cases: read(GoldenCases, cases),
      trace: trace === undefined ? undefined : parsedJson(content(trace), trace),
    }
  }
  const cases = read(ImageGoldenCases, manifest.golden.cases)
  for (const { image, outputs } of cases) {
    content(image)
    for (const output of Object.values(outputs)) if ('file' in output) content(output.file)
  }
  return { cases }
}

async function readListed(folder: string, file: Manifest['files'][number]): Promise<Uint8Array> {
  const bytes = await readPart(folder, file.path, maxFileBytes)
  const found = createHash('sha256').update(bytes).digest('hex')
  if (bytes.length === file.bytes && found === file.sha256) return bytes
  throw refusal('hash-mismatch', `${file.path} has sha-256 ${found}, the manifest says ${file.sha256}`)
}

async function readPart(folder: string, path: string, maxBytes: number): Promise<Uint8Array> {
  const full = join(folder, path)
  const found = await stat(full).catch((cause: unknown) => {
    throw refusal('missing-file', `${path} is not in ${folder}`, cause)
  })
  if (!found.isFile()) throw refusal('missing-file', `${path} is not a file`)
  if (found.size > maxBytes)
    throw refusal('bad-schema', `${path} has ${found.size} bytes, at most ${maxBytes} are read`)
  return readFile(full)
}

async function refuseUnlisted(folder: string, manifest: Manifest): Promise<void> {
  const listed = new Set(['manifest.json', 'signature.json', ...manifest.files.map((file) => file.path)])
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')
    if (!entry.isDirectory() && !listed.has(path)) throw refusal('unlisted-file', `${path} is not in the manifest`)
  }
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
