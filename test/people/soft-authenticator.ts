// A passkey in software (WebAuthn Level 3, ES256, attestation none) whose every field a test may falsify.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { Encoder } from 'cbor-x'

export interface Faults {
  readonly origin?: string
  readonly challenge?: string
  readonly rpId?: string
  readonly userVerified?: boolean
  readonly counter?: number
  readonly userHandle?: string
  readonly key?: KeyObject
}

interface Options {
  readonly challenge: string
  readonly rp?: { readonly id: string }
  readonly rpId?: string
  readonly user?: { readonly id: string }
}

export interface SoftPasskey {
  readonly id: string
  create(options: unknown, faults?: Faults): object
  get(options: unknown, faults?: Faults): object
}

/** Plain CBOR, without tags of its own (RFC 8949). */
const plain = { useRecords: false, mapsAsObjects: false, useTag259ForMaps: false, tagUint8Array: false }
const cbor = new Encoder(plain)
const present = 0x01
const verified = 0x04
const attested = 0x40

export function softPasskey(origin: string): SoftPasskey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const rawId = randomBytes(32)
  const id = rawId.toString('base64url')
  let userHandle = ''
  let counter = 0
  const authenticatorData = (rpId: string, flags: number, count: number, more = Buffer.alloc(0)) => {
    const counted = Buffer.alloc(4)
    counted.writeUInt32BE(count)
    return Buffer.concat([createHash('sha256').update(rpId).digest(), Buffer.from([flags]), counted, more])
  }
  const clientData = (type: string, challenge: string, faults: Faults) =>
    Buffer.from(JSON.stringify({ type, challenge: faults.challenge ?? challenge, origin: faults.origin ?? origin }))
  const flagsOf = ({ userVerified = true }: Faults) => present | (userVerified ? verified : 0)
  return {
    id,
    create(given, faults = {}) {
      const { challenge, rp, user } = given as Options
      userHandle = user?.id ?? ''
      const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
      const cose = new Map<number, unknown>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, Buffer.from(x, 'base64url')],
        [-3, Buffer.from(y, 'base64url')],
      ])
      const length = Buffer.alloc(2)
      length.writeUInt16BE(rawId.length)
      const key = Buffer.concat([Buffer.alloc(16), length, rawId, cbor.encode(cose)])
      const authData = authenticatorData(faults.rpId ?? rp?.id ?? '', flagsOf(faults) | attested, 0, key)
      const attestationObject = cbor.encode(
        new Map<string, unknown>([
          ['fmt', 'none'],
          ['attStmt', new Map()],
          ['authData', authData],
        ]),
      )
      const response = {
        clientDataJSON: clientData('webauthn.create', challenge, faults).toString('base64url'),
        attestationObject: attestationObject.toString('base64url'),
        transports: ['internal'],
      }
      return { id, rawId: id, type: 'public-key', response, clientExtensionResults: {} }
    },
    get(given, faults = {}) {
      const { challenge, rpId = '' } = given as Options
      counter += 1
      const data = clientData('webauthn.get', challenge, faults)
      const authData = authenticatorData(faults.rpId ?? rpId, flagsOf(faults), faults.counter ?? counter)
      const signed = Buffer.concat([authData, createHash('sha256').update(data).digest()])
      const response = {
        clientDataJSON: data.toString('base64url'),
        authenticatorData: authData.toString('base64url'),
        signature: sign('sha256', signed, faults.key ?? privateKey).toString('base64url'),
        userHandle: faults.userHandle ?? userHandle,
      }
      return { id, rawId: id, type: 'public-key', response, clientExtensionResults: {} }
    },
  }
}
