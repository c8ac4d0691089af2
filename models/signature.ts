// The Ed25519 signature of a package over the exact bytes of its manifest, which in turn holds the sha-256 of every other file.
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { AppError } from '../broker/contract/app-error.ts'
import { refusal } from './refusal.ts'
import { releaseKeyPem } from './release-key.ts'

/** Whose packages are accepted here. */
export interface Trust {
  /** Public keys by their id. */
  readonly keys: ReadonlyMap<string, KeyObject>
  /** A package without signature.json is taken; a wrong signature never is. */
  readonly allowUnsigned: boolean
}

/** `signature.json`. */
interface SignatureFile {
  readonly keyId: string
  readonly algorithm: 'ed25519'
  /** Base64, 64 bytes. */
  readonly signature: string
}

/** The project's release key and further public keys, PEM. Throws `config.invalid` for what is no Ed25519 public key. */
export function createTrust(
  given: { readonly keys?: readonly string[]; readonly allowUnsigned?: boolean } = {},
): Trust {
  const keys = [releaseKeyPem, ...(given.keys ?? [])].map(publicKeyOf)
  return { keys: new Map(keys.map((key) => [keyId(key), key])), allowUnsigned: given.allowUnsigned ?? false }
}

/** The first 16 hex digits of the sha-256 of the public key (SPKI, DER). */
export function keyId(key: KeyObject): string {
  const spki = (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(spki).digest('hex').slice(0, 16)
}

/** The text of `signature.json` for these bytes of a manifest. Throws `config.invalid` for what is no Ed25519 private key, PEM. */
export function signManifest(manifest: Uint8Array, privateKeyPem: string): string {
  const key = ed25519(() => createPrivateKey(privateKeyPem), 'private')
  const file: SignatureFile = {
    keyId: keyId(key),
    algorithm: 'ed25519',
    signature: sign(null, manifest, key).toString('base64'),
  }
  return `${JSON.stringify(file, undefined, 2)}\n`
}

/**
 * The id of the key that signed the manifest; undefined when it is not signed and need not be. `signature`: the bytes of
 * signature.json, undefined when there is none. Throws `model.invalid` with `unsigned`, `unknown-key` or `bad-signature`.
 */
export function checkSignature(
  manifest: Uint8Array,
  signature: Uint8Array | undefined,
  trust: Trust,
): string | undefined {
  if (signature === undefined) {
    if (trust.allowUnsigned) return undefined
    throw refusal('unsigned', 'the package has no signature.json')
  }
  const { keyId: id, signature: signed } = parsedSignature(signature)
  const key = trust.keys.get(id)
  if (key === undefined) {
    throw refusal('unknown-key', `the package is signed by ${id}, trusted are ${[...trust.keys.keys()].join(', ')}`)
  }
  if (!verify(null, manifest, key, Buffer.from(signed, 'base64'))) {
    throw refusal('bad-signature', `the manifest is not the one that ${id} signed`)
  }
  return id
}

/** Taken without a schema, so that an agent may sign and check. */
function parsedSignature(bytes: Uint8Array): SignatureFile {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw refusal('bad-signature', 'signature.json is not JSON', cause)
  }
  const file = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>
  const { keyId: id, algorithm, signature } = file
  if (typeof id !== 'string' || !/^[0-9a-f]{16}$/.test(id))
    throw refusal('bad-signature', 'signature.json has no keyId')
  if (algorithm !== 'ed25519') throw refusal('bad-signature', 'signature.json names another algorithm than ed25519')
  if (typeof signature !== 'string' || !/^[A-Za-z0-9+/]{86}==$/.test(signature)) {
    throw refusal('bad-signature', 'signature.json holds no signature of 64 bytes')
  }
  return { keyId: id, algorithm, signature }
}

function publicKeyOf(pem: string): KeyObject {
  if (pem.includes('PRIVATE KEY'))
    throw new AppError('config.invalid', 'a private key stands where a public key belongs')
  return ed25519(() => createPublicKey(pem), 'public')
}

function ed25519(read: () => KeyObject, kind: 'public' | 'private'): KeyObject {
  let key: KeyObject
  try {
    key = read()
  } catch (cause) {
    throw new AppError('config.invalid', `a ${kind} key is not in PEM`, { cause })
  }
  if (key.asymmetricKeyType === 'ed25519') return key
  throw new AppError('config.invalid', `a ${kind} key is ${String(key.asymmetricKeyType)}, only ed25519 signs packages`)
}
