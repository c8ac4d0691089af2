// The key pair by which push services know this hub (RFC 8292): made once, then kept, for every subscription depends on it.
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import webPush from 'web-push'
import { AppError } from '../../../broker/contract/app-error.ts'
import { keepSecretFile } from '../../registry/secret-file.ts'

/** base64url, as browsers and push services write them. */
export interface VapidKeys {
  readonly publicKey: string
  readonly privateKey: string
}

const VapidKeys = Type.Object({ publicKey: Type.String({ minLength: 80 }), privateKey: Type.String({ minLength: 40 }) })

/** Reads the file, or makes it with mode 600. Throws `config.invalid` where it holds something else: it is never replaced. */
export async function keepVapidKeys(file: string): Promise<VapidKeys> {
  const text = await keepSecretFile(file, () => JSON.stringify(webPush.generateVAPIDKeys()))
  let keys: unknown
  try {
    keys = JSON.parse(text)
  } catch {
    keys = undefined
  }
  if (Value.Check(VapidKeys, keys)) return keys
  throw new AppError(
    'config.invalid',
    `${file} holds no push keys; put the right file back (with new keys every browser must subscribe again)`,
  )
}
