// Random secrets that are shown once and kept only as their hash: sessions, tokens, one-time links, recovery codes.
import { createHash, randomBytes } from 'node:crypto'

/** 256 bits, base64url. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** Good for secrets of many random bits alone; passwords have their own. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** 80 bits in four groups, as a person can write them down. */
export function newRecoveryCode(): string {
  const letters = Array.from(randomBytes(16), (byte) => base32.charAt(byte & 31)).join('')
  return letters.replaceAll(/.{4}(?=.)/g, '$&-')
}

/** As it may be typed: spaces, dashes and case do not count. */
export function plainRecoveryCode(typed: string): string {
  return typed.replaceAll(/[\s-]/g, '').toUpperCase()
}
