// Reads what an ONNX file says of itself (opset, inputs, outputs) without a runtime, so that a package can be judged anywhere.
import { refusal } from './refusal.ts'

/** A tensor of the graph; a dimension is a number or the name of a free one. `elementType` 1 is float32 (onnx.proto TensorProto.DataType). */
export interface OnnxTensor {
  readonly name: string
  readonly elementType: number
  readonly shape: readonly (number | string)[]
}

export interface OnnxHeader {
  readonly opset: number
  readonly inputs: readonly OnnxTensor[]
  readonly outputs: readonly OnnxTensor[]
}

type Field = { readonly number: number; readonly value: number; readonly bytes: Uint8Array }
const text = new TextDecoder()
const empty = new Uint8Array()

/** Reads ModelProto (onnx.proto): opset_import = 8, graph = 7. Throws model.invalid `bad-onnx` for anything else. */
export function readOnnxHeader(bytes: Uint8Array): OnnxHeader {
  const model = fields(bytes)
  const graph = model.find((field) => field.number === 7)
  const opsets = model.filter((field) => field.number === 8).map((field) => fields(field.bytes))
  const standard = opsets.find((opset) => ['', 'ai.onnx'].includes(string(opset, 1)))
  if (graph === undefined || standard === undefined) throw refusal('bad-onnx', 'the file holds no graph or no opset')
  const inGraph = fields(graph.bytes)
  return {
    opset: standard.find((field) => field.number === 2)?.value ?? 0,
    inputs: inGraph.filter((field) => field.number === 11).map((field) => tensor(field.bytes)),
    outputs: inGraph.filter((field) => field.number === 12).map((field) => tensor(field.bytes)),
  }
}

/** ValueInfoProto: name = 1, type = 2 → tensor_type = 1 → elem_type = 1, shape = 2 → dim = 1 → dim_value = 1 | dim_param = 2. */
function tensor(bytes: Uint8Array): OnnxTensor {
  const info = fields(bytes)
  const type = fields(message(fields(message(info, 2)), 1))
  const dims = fields(message(type, 2)).filter((field) => field.number === 1)
  return {
    name: string(info, 1),
    elementType: type.find((field) => field.number === 1)?.value ?? 0,
    shape: dims.map((dim) => dimension(fields(dim.bytes))),
  }
}

function dimension(dim: readonly Field[]): number | string {
  return dim.find((field) => field.number === 1)?.value ?? string(dim, 2)
}

function message(from: readonly Field[], number: number): Uint8Array {
  return from.find((field) => field.number === number)?.bytes ?? empty
}

function string(from: readonly Field[], number: number): string {
  return text.decode(message(from, number))
}

/** The fields of one protobuf message (varint, 64-bit, length-delimited, 32-bit). */
function fields(bytes: Uint8Array): readonly Field[] {
  const found: Field[] = []
  const cursor = { at: 0 }
  while (cursor.at < bytes.length) {
    const key = varint(bytes, cursor)
    const number = Math.floor(key / 8)
    const wire = key % 8
    if (wire === 0) found.push({ number, value: varint(bytes, cursor), bytes: empty })
    else found.push({ number, value: 0, bytes: take(bytes, cursor, lengthOf(wire, bytes, cursor)) })
  }
  return found
}

function lengthOf(wire: number, bytes: Uint8Array, cursor: { at: number }): number {
  if (wire === 2) return varint(bytes, cursor)
  if (wire === 1) return 8
  if (wire === 5) return 4
  throw refusal('bad-onnx', `wire type ${wire} is not known`)
}

function take(bytes: Uint8Array, cursor: { at: number }, length: number): Uint8Array {
  if (cursor.at + length > bytes.length) throw refusal('bad-onnx', 'the file is truncated')
  const part = bytes.subarray(cursor.at, cursor.at + length)
  cursor.at += length
  return part
}

function varint(bytes: Uint8Array, cursor: { at: number }): number {
  let value = 0
  for (let index = 0; index < 10; index += 1) {
    const byte = bytes[cursor.at]
    if (byte === undefined) throw refusal('bad-onnx', 'the file is truncated')
    cursor.at += 1
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return value
  }
  throw refusal('bad-onnx', 'a number is too long')
}
