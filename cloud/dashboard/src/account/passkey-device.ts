// The browser's side of passkeys: whether there can be any here, making one, and asking for one.
import type { PasskeyOffer, PasskeyResponse } from '../api/account-api.ts'

/** Not on an address of numbers, and not on a page that came in plain from another machine. */
export function arePasskeysPossible(): boolean {
  return typeof PublicKeyCredential === 'function' && !/^[\d.]+$|^\[/.test(location.hostname)
}

/** Rejects with a DOMException `NotAllowedError` where the person does not want, or has none. */
export async function makePasskey({ options }: PasskeyOffer): Promise<PasskeyResponse> {
  const { startRegistration } = await library()
  return await startRegistration({ optionsJSON: options as Parameters<typeof startRegistration>[0]['optionsJSON'] })
}

/** Rejects as above. */
export async function askPasskey({ options }: PasskeyOffer): Promise<PasskeyResponse> {
  const { startAuthentication } = await library()
  return await startAuthentication({ optionsJSON: options as Parameters<typeof startAuthentication>[0]['optionsJSON'] })
}

/** It was not wanted, or took too long: nothing is wrong. */
export function isPasskeyDeclined(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.name === 'NotAllowedError' || thrown.name === 'AbortError')
}

function library() {
  return import('@simplewebauthn/browser')
}
