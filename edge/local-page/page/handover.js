// What the field page hands over in the address, and what it gets back. Kept for this tab only, and taken out of the address.

const storageKey = 'musubi.handover'

/** `{ claim?, return?, plan? }`. The claim is a secret: it does not stay in the address bar or the history. */
export function takeHandover() {
  const fields = new URLSearchParams(location.hash.slice(1))
  const given = {
    claim: fields.get('claim') ?? undefined,
    return: fields.get('return') ?? undefined,
    plan: planOf(fields.get('plan')),
  }
  if (location.hash !== '') history.replaceState(null, '', location.pathname)
  const isGiven = Object.values(given).some((value) => value !== undefined)
  try {
    if (isGiven) sessionStorage.setItem(storageKey, JSON.stringify(given))
    else return JSON.parse(sessionStorage.getItem(storageKey) ?? '{}')
  } catch {
    // Without storage it lasts until the page is loaded anew.
  }
  return given
}

function planOf(text) {
  if (text === null) return undefined
  try {
    return JSON.parse(textOfBase64Url(text))
  } catch {
    return undefined
  }
}

function textOfBase64Url(text) {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return new TextDecoder().decode(Uint8Array.from(binary, (letter) => letter.codePointAt(0)))
}

export function base64Url(text) {
  let binary = ''
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCodePoint(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** The address to go back to with the signed record; undefined: none was given, or it is no web address. */
export function returnAddress(given, result) {
  const address = URL.parse(given ?? '')
  if (address === null || (address.protocol !== 'https:' && address.protocol !== 'http:')) return undefined
  address.hash = `result=${result}`
  return address
}
