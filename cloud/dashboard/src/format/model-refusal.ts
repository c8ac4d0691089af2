// Why a gateway does not use a model package, as a sentence; the fault is the word before the colon of its reason.
import type { PackageFault } from '../../../../models/refusal.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'

const keys: Readonly<Record<PackageFault, TextKey>> = {
  'bad-archive': 'refusal.badArchive',
  unsigned: 'refusal.unsigned',
  'unknown-key': 'refusal.unknownKey',
  'bad-signature': 'refusal.badSignature',
  'missing-file': 'refusal.missingFile',
  'unlisted-file': 'refusal.unlistedFile',
  'hash-mismatch': 'refusal.hashMismatch',
  'bad-schema': 'refusal.badSchema',
  'missing-label': 'refusal.missingLabel',
  'bad-onnx': 'refusal.badOnnx',
  'wrong-shape': 'refusal.wrongShape',
  'wrong-opset': 'refusal.wrongOpset',
  'wrong-runtime': 'refusal.wrongRuntime',
  'golden-mismatch': 'refusal.goldenMismatch',
}

export function refusalText(reason: string): string {
  const fault = reason.slice(0, Math.max(0, reason.indexOf(':')))
  return t(Object.hasOwn(keys, fault) ? keys[fault as PackageFault] : 'refusal.other')
}
