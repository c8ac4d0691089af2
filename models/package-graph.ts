// Does a manifest fit its ONNX graph and itself? Opset, tensors, channels, classes and the outputs that its task needs.
import { isDeepStrictEqual } from 'node:util'
import { windowWidth } from './feature-window.ts'
import { lampFeatures } from './lamp-fault/circuit-window.ts'
import type { Output, OutputMeaning } from './manifest-parts.ts'
import type { ImageInput, PeopleCountManifest, PhotoPrivacyManifest } from './manifest-image.ts'
import type { LampFaultManifest } from './manifest-series.ts'
import type { GraphManifest } from './manifest.ts'
import { readOnnxHeader, type OnnxTensor } from './onnx-header.ts'
import { refusal } from './refusal.ts'

/** ONNX operator sets that the pinned ONNX Runtime (see runtime.ts) runs. */
const supportedOpsets = { minimum: 7, maximum: 24 } as const
const float32 = 1

type Tensor = Pick<Output, 'name' | 'shape'>

const firstMeaning: Readonly<Record<GraphManifest['task'], readonly OutputMeaning[]>> = {
  'series-anomaly': ['score'],
  'lamp-fault': ['class-scores'],
  inspection: ['score'],
  'image-features': ['features', 'feature-map'],
  segmentation: ['mask'],
  'display-reading': ['text-scores'],
  'people-count': ['boxes'],
  'photo-privacy': ['boxes'],
}

/** `file` gives the bytes of a listed file. Throws `model.invalid` with `bad-onnx`, `wrong-opset`, `wrong-shape` or `bad-schema`. */
export function checkGraphs(manifest: GraphManifest, file: (path: string) => Uint8Array): void {
  checkGraph(manifest, manifest.runtime.opset, file(manifest.model))
  const expected = firstMeaning[manifest.task]
  const first = manifest.outputs[0]?.meaning
  if (first === undefined || !expected.includes(first)) {
    throw refusal('bad-schema', `the first output of ${manifest.task} is ${expected.join(' or ')}, not ${first}`)
  }
  if (manifest.task === 'series-anomaly')
    checkWidth(manifest.input, windowWidth(manifest.input.window), 'feature window')
  else if (manifest.task === 'lamp-fault') checkLampInput(manifest.input)
  else checkImage(manifest.input)
  if (manifest.task === 'people-count') checkPeople(manifest)
  if (manifest.task === 'photo-privacy') checkPrivacy(manifest)
  if (manifest.task !== 'display-reading' || manifest.detection === undefined) return
  checkGraph(manifest.detection, undefined, file(manifest.detection.model))
  checkImage(manifest.detection.input)
}

function checkGraph(
  said: { readonly input: Tensor; readonly outputs: readonly Output[] },
  opset: number | undefined,
  graph: Uint8Array,
): void {
  const header = readOnnxHeader(graph)
  const { minimum, maximum } = supportedOpsets
  if (opset !== undefined && header.opset !== opset) {
    throw refusal('wrong-opset', `the graph needs opset ${header.opset}, the manifest says ${opset}`)
  }
  if (header.opset < minimum || header.opset > maximum) {
    throw refusal('wrong-opset', `opset ${header.opset} is not supported, only ${minimum} to ${maximum}`)
  }
  checkTensors('input', [said.input], header.inputs)
  checkTensors('output', said.outputs, header.outputs)
  for (const output of said.outputs) checkMeaning(output)
}

/** A name in the manifest needs a free dimension in the graph; a number may also fix what the graph leaves free. */
function checkTensors(kind: string, said: readonly Tensor[], found: readonly OnnxTensor[]): void {
  const describe = (list: readonly { readonly name: string; readonly shape: readonly unknown[] }[]): string =>
    list.map(({ name, shape }) => `${name}[${shape.join(',')}]`).join(' ')
  const fits = (tensor: Tensor, other: OnnxTensor | undefined): boolean =>
    tensor.name === other?.name &&
    tensor.shape.length === other.shape.length &&
    tensor.shape.every((size, index) => typeof other.shape[index] === 'string' || size === other.shape[index])
  if (said.length !== found.length || !said.every((tensor, index) => fits(tensor, found[index]))) {
    throw refusal('wrong-shape', `the graph's ${kind} is ${describe(found)}, the manifest says ${describe(said)}`)
  }
  if (found.some((tensor) => tensor.elementType !== float32)) throw refusal('wrong-shape', `an ${kind} is not float32`)
}

const ranks: Readonly<Record<OutputMeaning, number>> = {
  score: 2,
  'class-scores': 2,
  features: 2,
  band: 2,
  forecast: 2,
  'text-scores': 3,
  boxes: 3,
  'box-scores': 3,
  mask: 4,
  'heat-map': 4,
  'feature-map': 4,
  'index-map': 4,
  'text-map': 4,
}

const oneChannel: readonly OutputMeaning[] = ['score', 'heat-map', 'text-map']

function checkMeaning({ name, shape, meaning, classes, indices }: Output): void {
  if (shape.length !== ranks[meaning]) {
    throw refusal(
      'wrong-shape',
      `the output ${name} is a ${meaning}: it has ${ranks[meaning]} dimensions, not ${shape.length}`,
    )
  }
  const listed = meaning === 'index-map' ? indices : classes
  const needsList = ['class-scores', 'mask', 'index-map', 'box-scores'].includes(meaning)
  if (needsList && listed === undefined) {
    throw refusal('bad-schema', `the output ${name} is a ${meaning}: what its channels are is missing`)
  }
  const channels = oneChannel.includes(meaning) ? 1 : meaning === 'boxes' ? 4 : listed?.length
  const found = shape[meaning === 'boxes' || meaning === 'box-scores' ? 2 : 1]
  if (channels !== undefined && found !== channels) {
    throw refusal('wrong-shape', `the output ${name} has ${found} channels, its meaning ${channels}`)
  }
}

/** A box and a score for each candidate. */
function checkBoxes({ outputs }: Pick<PeopleCountManifest, 'outputs'>): void {
  const candidates = (meaning: OutputMeaning): number | string | undefined =>
    outputs.find((output) => output.meaning === meaning)?.shape[1]
  const [boxes, scores] = [candidates('boxes'), candidates('box-scores')]
  if (scores === undefined) throw refusal('bad-schema', 'the output box-scores is missing')
  if (boxes !== scores) throw refusal('wrong-shape', `there are ${boxes} boxes but ${scores} scores`)
}

/** Of one class; the image is stretched, so that a box is a share of it. */
function checkPeople(manifest: PeopleCountManifest): void {
  checkBoxes(manifest)
  const { classes, input } = manifest
  if (classes.length !== 1) throw refusal('bad-schema', `people are one class, not ${classes.length}`)
  if (input.image.fit !== 'stretch') throw refusal('bad-schema', 'boxes need an image with the fit stretch')
}

/** The classes that its thresholds are of; a box is a share of a tile. */
function checkPrivacy(manifest: PhotoPrivacyManifest): void {
  checkBoxes(manifest)
  const scores = manifest.outputs.find(({ meaning }) => meaning === 'box-scores')
  const wanted = ['face', 'person', 'vehicle']
  if (!wanted.every((one) => scores?.classes?.includes(one) === true))
    throw refusal('bad-schema', `the scores are of ${String(scores?.classes)}, needed are ${wanted.join(', ')}`)
  if (manifest.input.image.fit !== 'tile') throw refusal('bad-schema', 'a photo is looked at in tiles: the fit is tile')
}

function checkLampInput(input: LampFaultManifest['input']): void {
  checkWidth(input, lampFeatures.length, 'circuit window')
  if (!isDeepStrictEqual(input.features, [...lampFeatures])) {
    throw refusal('bad-schema', `the features are not those of this version, in order: ${lampFeatures.join(', ')}`)
  }
}

function checkWidth({ shape }: Tensor, width: number, what: string): void {
  if (shape.length === 2 && shape[1] === width) return
  throw refusal('wrong-shape', `the ${what} fills ${width} values, the input is [${shape.join(',')}]`)
}

/** A free height or width of the graph stays free: the image then has the height and width of its definition, or is longer. */
function checkImage({ shape, image }: ImageInput): void {
  const channels = image.colour === 'rgb' ? 3 : 1
  const expected = [channels, image.height, image.width]
  const fits = (size: number | string, index: number): boolean => typeof size === 'string' || size === expected[index]
  if (shape.length !== 4 || shape[1] !== channels || !shape.slice(1).every(fits)) {
    throw refusal('wrong-shape', `the image fills [N,${expected.join(',')}], the input is [${shape.join(',')}]`)
  }
  if (image.mean.length !== channels || image.std.length !== channels) {
    throw refusal('bad-schema', `mean and std need ${channels} numbers, one a channel`)
  }
  if ((image.fit === 'tile') !== (image.tile !== undefined)) {
    throw refusal('bad-schema', 'the fit tile needs the part tile, and only that fit has it')
  }
  if (image.tile !== undefined && image.tile.overlapPx >= Math.min(image.width, image.height)) {
    throw refusal('bad-schema', `tiles of ${image.width} × ${image.height} cannot overlap by ${image.tile.overlapPx}`)
  }
}
