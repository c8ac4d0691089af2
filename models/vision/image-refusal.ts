// The names of the faults for which an image is not judged, so that a counter, a test and a person can tell them apart.
import { AppError } from '../../broker/contract/app-error.ts'

/**
 * `empty`: no bytes. `unknown-format`: neither JPEG, PNG, TIFF nor WebP. `animated`: more than one picture in time.
 * `too-large`: more pixels or bytes than a gateway decodes. `too-small`: under 8 pixels a side. `depth`: neither 8 nor 16
 * bits a channel. `truncated`: the end is missing. `malformed`: anything else that a decoder complains of.
 */
const imageFaults = [
  'empty',
  'unknown-format',
  'animated',
  'too-large',
  'too-small',
  'depth',
  'truncated',
  'malformed',
] as const
export type ImageFault = (typeof imageFaults)[number]

/** `image.invalid` whose message begins with the name of the fault. */
export function imageRefusal(fault: ImageFault, message: string, cause?: unknown): AppError {
  return new AppError('image.invalid', `${fault}: ${message}`, cause === undefined ? undefined : { cause })
}

/** The fault that a refusal names; undefined for every other error. */
export function imageFaultOf(error: { readonly code: string; readonly message: string }): ImageFault | undefined {
  if (error.code !== 'image.invalid') return undefined
  const name = error.message.slice(0, error.message.indexOf(':'))
  return imageFaults.find((fault) => fault === name)
}
