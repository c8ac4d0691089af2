// Secrets that must be read again (those of authenticators) are kept sealed: AES-256-GCM under a key that is not in the database.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { AppError } from '../../broker/contract/app-error.ts'
import { keepSecretFile } from '../registry/secret-file.ts'

/** `about` says whose and what it is: a sealed text opens nowhere else. */
export interface Sealing {
  seal(plain: string, about: string): string
  /** Undefined: sealed with another key or for something else, or changed. */
  open(sealed: string, about: string): string | undefined
}

const keyBytes = 32
/** NIST SP 800-38D, 8.2.2: a random nonce of 96 bits, far below 2^32 uses of one key. */
const nonceBytes = 12
const tagBytes = 16

/** `v1.{first 8 digits of the key's SHA-256}.{base64url of nonce, text and tag}` */
function sealingWith(key: Buffer): Sealing {
  const head = `v1.${createHash('sha256').update(key).digest('hex').slice(0, 8)}.`
  return {
    seal(plain, about) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(about))
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return head + Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url')
    },
    open(sealed, about) {
      if (!sealed.startsWith(head)) return undefined
      const bytes = Buffer.from(sealed.slice(head.length), 'base64url')
      if (bytes.length < nonceBytes + tagBytes) return undefined
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
      decipher.setAAD(Buffer.from(about)).setAuthTag(bytes.subarray(-tagBytes))
      try {
        const text = Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()])
        return text.toString('utf8')
      } catch {
        return undefined
      }
    },
  }
}

export function isSealed(text: string): boolean {
  return text.startsWith('v1.')
}

/** One that is forgotten with the process. */
export function passingSealing(): Sealing {
  return sealingWith(randomBytes(keyBytes))
}

/** Reads the key, or makes it with mode 600. Throws `config.invalid` where the file holds something else: it is never replaced. */
export async function openSealing(file: string): Promise<Sealing> {
  const text = await keepSecretFile(file, () => `${randomBytes(keyBytes).toString('base64url')}\n`)
  const key = Buffer.from(text.trim(), 'base64url')
  if (key.length === keyBytes) return sealingWith(key)
  throw new AppError('config.invalid', `${file} holds no key; put the right file back, as it was with this database`)
}
