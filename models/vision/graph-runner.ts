// One graph in ONNX Runtime: pixels into its input tensor, its outputs as planes.
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { ImageInput } from '../manifest-image.ts'
import type { Output, OutputMeaning } from '../manifest-parts.ts'
import { refusal } from '../refusal.ts'
import { sessionOptions } from '../session-options.ts'
import type { RgbImage } from './sharp-settings.ts'
import { createTensorWriter } from './tensor-writer.ts'
import type { Planes } from './tiles.ts'

/** A graph of a package: its bytes, and the parts of the manifest that describe its tensors. */
export interface ImageGraph {
  readonly model: Uint8Array
  readonly input: ImageInput
  readonly outputs: readonly Output[]
}

/** One output. Maps (4 dimensions with the batch) cover the whole image; everything else has width and height 1. */
export interface ImageOutput extends Planes {
  readonly name: string
  readonly meaning: OutputMeaning
  readonly classes: readonly string[]
  readonly indices: readonly string[]
}

export interface ImageRun {
  readonly outputs: readonly ImageOutput[]
  /** Of the upright image, pixels. */
  readonly width: number
  readonly height: number
  /** What the model saw, 8-bit; of a tiled image a small version of the whole. */
  readonly seen: RgbImage
  readonly tiles: number
  readonly timings: { readonly decodeMs: number; readonly runMs: number; readonly joinMs: number }
}

/** `dims` without the batch. */
export interface RawOutput {
  readonly dims: readonly number[]
  readonly values: Float32Array
}

function rawOutput(name: string, tensor: InferenceSession.ReturnType[string] | undefined): RawOutput {
  if (!(tensor?.data instanceof Float32Array)) throw new AppError('model.failed', `output ${name} is not float32`)
  const { data, dims } = tensor
  // One of them makes the sum one too; a sum of finite floats does not leave the range of doubles.
  let sum = 0
  for (let index = 0; index < data.length; index += 1) sum += data[index] as number
  if (!Number.isFinite(sum)) throw new AppError('model.failed', `output ${name} has a value that is no number`)
  return { dims: dims.slice(1), values: data }
}

export function isMap({ dims }: RawOutput): boolean {
  return dims.length === 3
}

export interface GraphRunner {
  readonly definition: ImageInput['image']
  readonly outputs: readonly Output[]
  /** Runs the window of an image whose upper left corner is at `left`, `top`. Throws AppError `model.failed`. */
  readonly infer: (seen: RgbImage, left?: number, top?: number) => Promise<ReadonlyMap<string, RawOutput>>
  close(): Promise<void>
}

/** One run at a time: the input tensor is used again. Throws AppError `model.invalid` with the fault `bad-onnx` or `wrong-shape`. */
export async function openGraph(graph: ImageGraph): Promise<GraphRunner> {
  const { input, outputs } = graph
  checkGraph(graph)
  const { image: definition } = input
  const writer = createTensorWriter(definition)
  const row = new Float32Array(writer.length)
  const channels = definition.colour === 'grey' ? 1 : 3
  const feeds = { [input.name]: new Tensor('float32', row, [1, channels, definition.height, definition.width]) }
  const session = await InferenceSession.create(graph.model, sessionOptions).catch((cause: unknown) => {
    throw refusal('bad-onnx', cause instanceof Error ? cause.message : String(cause), cause)
  })
  return {
    definition,
    outputs,
    async infer(seen, left = 0, top = 0) {
      writer.write(seen, row, left, top)
      try {
        const results = await session.run(feeds)
        return new Map(outputs.map(({ name }) => [name, rawOutput(name, results[name])]))
      } catch (thrown) {
        throw toAppError(thrown, 'model.failed')
      }
    },
    close: () => session.release(),
  }
}

export function describe(
  { name, meaning, classes = [], indices = [] }: Output,
  planes: Planes | undefined,
): ImageOutput {
  if (planes === undefined) throw new AppError('model.failed', `the graph gave no output ${name}`)
  return { name, meaning, classes, indices, ...planes }
}

function checkGraph({ input: { image, shape }, outputs }: ImageGraph): void {
  const channels = image.colour === 'grey' ? 1 : 3
  const expected = [channels, image.height, image.width].join(',')
  if (shape.slice(1).join(',') !== expected) {
    throw refusal('wrong-shape', `the image fills ${expected}, the input is ${shape.slice(1).join(',')}`)
  }
  const whole = outputs.find(({ meaning }) => meaning === 'features' || meaning === 'text-scores')
  if (image.fit === 'tile' && whole !== undefined) {
    throw refusal('wrong-shape', `output ${whole.name} cannot be joined over tiles`)
  }
}
