// Finds a value in a JSON document by a path such as "ENERGY.Power" or "rx.0.rssi".

/** Undefined: the document has nothing there. "" is the document itself. Only own keys are followed. */
export function valueAt(document: unknown, path: string): unknown {
  if (path === '') return document
  let value = document
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[key]
  }
  return value
}

type JsonObject = Readonly<Record<string, unknown>>

/** The value there if it is an object, else an empty one: fields at their default are left out by many senders. */
export function objectAt(document: unknown, path: string): JsonObject {
  const value = valueAt(document, path)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

export function numberAt(document: unknown, path: string): number | undefined {
  const value = valueAt(document, path)
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

export function textAt(document: unknown, path: string): string | undefined {
  const value = valueAt(document, path)
  return typeof value === 'string' ? value : undefined
}

export function listAt(document: unknown, path: string): readonly unknown[] {
  const value = valueAt(document, path)
  return Array.isArray(value) ? value : []
}

/** Unix ms of an RFC 3339 time there; undefined where there is none that can be read. */
export function timeAt(document: unknown, path: string): number | undefined {
  const text = textAt(document, path)
  if (text === undefined || text.length > 64) return undefined
  const timeMs = Date.parse(text)
  return Number.isNaN(timeMs) ? undefined : timeMs
}
