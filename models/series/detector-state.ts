// What was learnt of many series, as bytes for a disk, and back; what does not fit exactly is refused, never guessed.
import { deserialize, serialize } from 'node:v8'
import { newDetectorState, type DetectorState } from './series-detector.ts'

const format = 1

/** `definition` is what the states were learnt with: another one cannot read them. */
export function encodeStates(
  definition: string,
  states: Iterable<readonly [name: string, state: DetectorState]>,
): Uint8Array {
  return serialize({ format, definition, series: [...states] })
}

/** Undefined for bytes that are no states of this definition. Series whose state does not fit are left out. */
export function decodeStates(definition: string, bytes: Uint8Array): ReadonlyMap<string, DetectorState> | undefined {
  const value = deserialized(bytes)
  if (!isRecord(value) || value['format'] !== format || value['definition'] !== definition) return undefined
  const series: unknown = value['series']
  if (!Array.isArray(series)) return undefined
  const states = new Map<string, DetectorState>()
  for (const entry of series) {
    const [name, state]: readonly unknown[] = Array.isArray(entry) ? entry : []
    if (typeof name === 'string' && fits(state, newDetectorState())) states.set(name, state as DetectorState)
  }
  return states
}

function deserialized(bytes: Uint8Array): unknown {
  try {
    return deserialize(bytes)
  } catch {
    return undefined
  }
}

/** The same names, kinds and lengths all the way down. */
function fits(value: unknown, model: unknown): boolean {
  if (model instanceof Float32Array) return value instanceof Float32Array && value.length === model.length
  if (model instanceof Uint16Array) return value instanceof Uint16Array && value.length === model.length
  if (Array.isArray(model)) {
    return (
      Array.isArray(value) && value.length === model.length && model.every((item, index) => fits(value[index], item))
    )
  }
  if (!isRecord(model)) return typeof value === typeof model
  return isRecord(value) && Object.entries(model).every(([name, item]) => fits(value[name], item))
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
