// Loads a model package from a folder and refuses, by the name of the fault, whatever is not exactly what its manifest says.
import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { TSchema, Static } from 'typebox'
import { Value } from 'typebox/value'
import { windowWidth } from './feature-window.ts'
import { GoldenCases, GoldenTrace, Manifest } from './manifest.ts'
import { readOnnxHeader, type OnnxTensor } from './onnx-header.ts'
import { refusal } from './refusal.ts'

/** ONNX operator sets that the pinned ONNX Runtime (see runtimeVersion in onnx-scorer.ts) runs. */
const supportedOpsets = { minimum: 13, maximum: 24 } as const
const maxManifestBytes = 256 * 1024
const maxFileBytes = 256 * 1024 * 1024
const float32 = 1

/** A package whose files, schema, opset and shapes are as the manifest says; its golden cases have not been run yet. */
export interface ModelPackage {
  readonly folder: string
  readonly manifest: Manifest
  readonly model: Uint8Array
  readonly cases: GoldenCases
  readonly trace: GoldenTrace
}

/**
 * Reads and checks a package. Throws AppError `model.invalid`; refusal.ts lists the faults and faultOf() names the one found.
 */
export async function loadPackage(folder: string): Promise<ModelPackage> {
  const manifest = parse(Manifest, await readPart(folder, 'manifest.json', maxManifestBytes), 'manifest.json')
  const { features, place } = manifest.input.window
  if (features.includes('sun-elevation') && place === undefined) {
    throw refusal('bad-schema', 'manifest.json: the feature sun-elevation needs a place')
  }
  await refuseUnlisted(folder, manifest)
  const contents = new Map<string, Uint8Array>()
  for (const file of manifest.files) contents.set(file.path, await readListed(folder, file))
  const content = (path: string): Uint8Array => {
    const bytes = contents.get(path)
    if (bytes === undefined) throw refusal('missing-file', `${path} is used by the manifest but not in its file list`)
    return bytes
  }
  const model = content(manifest.model)
  checkGraph(manifest, model)
  const cases = parse(GoldenCases, content(manifest.golden.cases), manifest.golden.cases)
  const trace = parse(GoldenTrace, content(manifest.golden.trace), manifest.golden.trace)
  return { folder, manifest, model, cases, trace }
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
  const listed = new Set(['manifest.json', ...manifest.files.map((file) => file.path)])
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')
    if (!entry.isDirectory() && !listed.has(path)) throw refusal('unlisted-file', `${path} is not in the manifest`)
  }
}

function parse<T extends TSchema>(schema: T, bytes: Uint8Array, name: string): Static<T> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw refusal('bad-schema', `${name} is not JSON`, cause)
  }
  if (Value.Check(schema, value)) return value
  const faults = Value.Errors(schema, value).map((error) => `${error.instancePath || '/'} ${error.message}`)
  throw refusal('bad-schema', `${name}: ${faults.slice(0, 10).join('; ')}`)
}

function checkGraph(manifest: Manifest, model: Uint8Array): void {
  const header = readOnnxHeader(model)
  const { minimum, maximum } = supportedOpsets
  if (header.opset !== manifest.runtime.opset) {
    throw refusal('wrong-opset', `the graph needs opset ${header.opset}, the manifest says ${manifest.runtime.opset}`)
  }
  if (header.opset < minimum || header.opset > maximum) {
    throw refusal('wrong-opset', `opset ${header.opset} is not supported, only ${minimum} to ${maximum}`)
  }
  checkTensors('input', [manifest.input], header.inputs)
  checkTensors('output', manifest.outputs, header.outputs)
  const [, features] = manifest.input.shape
  const width = windowWidth(manifest.input.window)
  if (features !== width)
    throw refusal('wrong-shape', `the feature window fills ${width} values, the input has ${features}`)
  const scoreWidth = manifest.outputs[0]?.shape[1]
  if (scoreWidth !== 1) throw refusal('wrong-shape', `the first output is the score and has width 1, not ${scoreWidth}`)
}

function checkTensors(
  kind: string,
  said: readonly Pick<Manifest['input'], 'name' | 'shape'>[],
  found: readonly OnnxTensor[],
): void {
  const describe = (name: string, shape: readonly unknown[]): string => `${name}[${shape.join(',')}]`
  const expected = said.map((tensor) => describe(tensor.name, tensor.shape)).join(' ')
  const actual = found.map((tensor) => describe(tensor.name, tensor.shape)).join(' ')
  if (expected !== actual)
    throw refusal('wrong-shape', `the graph's ${kind} is ${actual}, the manifest says ${expected}`)
  if (found.some((tensor) => tensor.elementType !== float32)) throw refusal('wrong-shape', `an ${kind} is not float32`)
}
