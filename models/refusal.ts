// The names of the faults for which a model package is refused, so that a person and a test can tell them apart.
import { AppError } from '../broker/contract/app-error.ts'

const packageFaults = [
  'bad-archive',
  'unsigned',
  'unknown-key',
  'bad-signature',
  'missing-file',
  'unlisted-file',
  'hash-mismatch',
  'bad-schema',
  'missing-label',
  'bad-onnx',
  'wrong-shape',
  'wrong-opset',
  'wrong-runtime',
  'golden-mismatch',
] as const
export type PackageFault = (typeof packageFaults)[number]

/** `model.invalid` whose message begins with the name of the fault. */
export function refusal(fault: PackageFault, message: string, cause?: unknown): AppError {
  return new AppError('model.invalid', `${fault}: ${message}`, cause === undefined ? undefined : { cause })
}

/** The fault that a refusal names; undefined for every other error. */
export function faultOf(error: unknown): PackageFault | undefined {
  if (!(error instanceof AppError) || error.code !== 'model.invalid') return undefined
  const name = error.message.slice(0, error.message.indexOf(':'))
  return packageFaults.find((fault) => fault === name)
}
