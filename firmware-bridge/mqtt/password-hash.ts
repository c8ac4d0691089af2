// Passwords of devices as scrypt hashes (RFC 7914), so that gateway.yaml holds nothing that opens anything.
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { AppError } from '../../broker/contract/app-error.ts'

/** N = 2^14, r = 8, p = 1: 16 MB and some 50 ms for each guess. */
const cost = { N: 16_384, r: 8, p: 1 } as const
const keyBytes = 32

/** `scrypt$N$r$p$salt$key`, the last two in base64url. */
export const passwordHashPattern = '^scrypt\\$(16384|32768|65536)\\$8\\$1\\$[A-Za-z0-9_-]{16,64}\\$[A-Za-z0-9_-]{43}$'

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(Buffer.from(password), salt, cost.N)
  return `scrypt$${cost.N}$${cost.r}$${cost.p}$${salt.toString('base64url')}$${key.toString('base64url')}`
}

/** False for a hash that is none. */
export async function verifyPassword(password: Buffer, hash: string): Promise<boolean> {
  if (!new RegExp(passwordHashPattern).test(hash)) return false
  const [, rounds = '', , , salt = '', expected = ''] = hash.split('$')
  const key = await derive(password, Buffer.from(salt, 'base64url'), Number(rounds))
  return timingSafeEqual(key, Buffer.from(expected, 'base64url'))
}

function derive(password: Buffer, salt: Buffer, N: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, keyBytes, { N, r: cost.r, p: cost.p, maxmem: 256 * N * cost.r }, (error, key) => {
      if (error === null) resolve(key)
      else reject(new AppError('internal', 'scrypt failed', { cause: error }))
    })
  })
}
