// The Ed25519 signature of a desired state over the exact characters of its text, so that no two programs must agree on an order of keys.
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { AppError } from './app-error.ts'
import type { DesiredState, SignedDesiredState } from './desired-state.ts'

/** Signed before the text: a signature for anything else of the same key is none for a desired state. */
const purpose = 'musubi desired state 1\n'

/** Throws `config.invalid` for what is no Ed25519 private key, PEM. */
export function signDesiredState(state: DesiredState, privateKeyPem: string): SignedDesiredState {
  const key = ed25519Key(() => createPrivateKey(privateKeyPem), 'private')
  const document = JSON.stringify(state)
  const signature = sign(null, Buffer.from(purpose + document), key).toString('base64')
  return { v: 1, document, keyId: keyId(key), signature }
}

/** By their id. Throws `config.invalid` for what is no Ed25519 public key, PEM. */
export function deploymentKeys(pems: readonly string[]): ReadonlyMap<string, KeyObject> {
  return new Map(
    pems.map((pem) => {
      if (pem.includes('PRIVATE KEY')) throw new AppError('config.invalid', 'a private key stands for a public one')
      const key = ed25519Key(() => createPublicKey(pem), 'public')
      return [keyId(key), key]
    }),
  )
}

/** Throws `deployment.signature`. */
export function checkDesiredSignature(signed: SignedDesiredState, keys: ReadonlyMap<string, KeyObject>): void {
  const key = keys.get(signed.keyId)
  if (key === undefined) {
    const trusted = keys.size === 0 ? 'none is trusted' : `trusted are ${[...keys.keys()].join(', ')}`
    throw new AppError('deployment.signature', `it is signed by the key ${signed.keyId}; ${trusted}`)
  }
  if (!verify(null, Buffer.from(purpose + signed.document), key, Buffer.from(signed.signature, 'base64'))) {
    throw new AppError('deployment.signature', `it is not what the key ${signed.keyId} signed`)
  }
}

/** The first 16 hex digits of the sha-256 of the public key (SPKI, DER), as for model packages. */
function keyId(key: KeyObject): string {
  const spki = (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(spki).digest('hex').slice(0, 16)
}

function ed25519Key(read: () => KeyObject, kind: 'public' | 'private'): KeyObject {
  try {
    const key = read()
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch (cause) {
    throw new AppError('config.invalid', `a ${kind} key for deployments is not in PEM`, { cause })
  }
  throw new AppError(
    'config.invalid',
    `a ${kind} key for deployments is not Ed25519; musubi model sign --new-key makes one`,
  )
}
