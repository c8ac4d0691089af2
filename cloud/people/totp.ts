// One-time codes of a phone's authenticator (RFC 6238): six digits, half a minute, none taken twice.
import { Secret, TOTP } from 'otpauth'

const periodS = 30
/** Steps before and after now, for clocks that differ. */
const window = 1

export function newTotpSecret(): string {
  return new Secret({ size: 20 }).base32
}

/** `otpauth://` for the QR code. */
export function totpUri(secret: string, person: string): string {
  return totpOf(secret, person).toString()
}

/** The step that the code belongs to; undefined: wrong, or of a step that was used already (RFC 6238, 5.2). */
export function checkTotp(
  code: string,
  { secret, step }: { readonly secret: string; readonly step: number },
  nowMs: number,
): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined
  const delta = totpOf(secret, '').validate({ token: code, timestamp: nowMs, window })
  if (delta === null) return undefined
  const found = Math.floor(nowMs / 1000 / periodS) + delta
  return found > step ? found : undefined
}

function totpOf(secret: string, label: string): TOTP {
  return new TOTP({ issuer: 'Musubi', label, secret: Secret.fromBase32(secret), period: periodS, digits: 6 })
}
