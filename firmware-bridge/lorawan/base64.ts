// Payloads in base64, as network servers write them; anything else is refused instead of being read in part.
import { AppError } from '../../broker/contract/app-error.ts'

const pattern = /^[A-Za-z0-9+/]*={0,2}$/
/** LoRaWAN's largest application payload has 242 bytes. */
const maxCharacters = 1024

/** Throws `payload.schema`. */
export function bytesOfBase64(text: string): Uint8Array {
  const isSound = text.length <= maxCharacters && text.length % 4 === 0 && pattern.test(text)
  if (!isSound) throw new AppError('payload.schema', 'the payload of the uplink is not base64')
  return Buffer.from(text, 'base64')
}
