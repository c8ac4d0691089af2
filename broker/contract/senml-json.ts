// SenML in JSON (RFC 8428 §5): parsed records checked label by label into the resolver's record.
import { AppError } from './app-error.ts'
import { PackResolver, type Reading } from './senml.ts'

const numberLabels = ['bver', 'bt', 'bv', 'bs', 'v', 's', 't', 'ut'] as const
const textLabels = ['bn', 'bu', 'n', 'u', 'vs'] as const
const base64urlPattern = /^[A-Za-z0-9_-]*$/

/** Resolves a parsed JSON pack. Throws `senml.invalid` or `senml.version`. */
export function readJsonPack(pack: unknown, nowMs: number): readonly Reading[] {
  if (!Array.isArray(pack)) throw invalid('a pack is an array of records')
  const resolver = new PackResolver(nowMs)
  for (const record of pack as readonly unknown[]) {
    if (typeof record !== 'object' || record === null || Array.isArray(record)) throw invalid('a record is an object')
    for (const [label, value] of Object.entries(record)) readField(resolver, label, value)
    resolver.take()
  }
  return resolver.finish()
}

function readField(resolver: PackResolver, label: string, value: unknown): void {
  const { record } = resolver
  const numberLabel = numberLabels.find((known) => known === label)
  const textLabel = textLabels.find((known) => known === label)
  if (numberLabel !== undefined) {
    if (typeof value !== 'number') throw invalid(`"${label}" is a number`)
    record[numberLabel] = value
  } else if (textLabel !== undefined) {
    if (typeof value !== 'string') throw invalid(`"${label}" is a string`)
    record[textLabel] = value
  } else if (label === 'vb') {
    if (typeof value !== 'boolean') throw invalid('"vb" is a boolean')
    record.vb = value
  } else if (label === 'vd') {
    if (typeof value !== 'string' || !base64urlPattern.test(value)) throw invalid('"vd" is base64url without padding')
    record.vd = value
  } else if ((label === 'q' || label === 'qr') && typeof value === 'string') record[label] = value
  else resolver.unknownLabel(label)
}

function invalid(reason: string): AppError {
  return new AppError('senml.invalid', `SenML: ${reason}`)
}
