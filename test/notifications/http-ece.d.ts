// The part of http_ece that tests decrypt pushes with; the package has no types of its own.
declare module 'http_ece' {
  import type { ECDH } from 'node:crypto'
  export function decrypt(
    body: Buffer,
    parameters: {
      readonly version: 'aes128gcm'
      readonly privateKey: ECDH
      /** base64url */
      readonly authSecret: string
    },
  ): Buffer
}
