import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { checkedDocument } from './checked-document.ts'
import { checkDesiredSignature, deploymentKeys, signDesiredState } from './deployment-signature.ts'
import { DesiredState, SignedDesiredState } from './desired-state.ts'

const pair = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
}

const state: DesiredState = {
  v: 1,
  gateway: 'kimitsu/paddy-1',
  revision: 7,
  items: [{ kind: 'config', id: 'gateway', version: '1', sha256: 'a'.repeat(64), bytes: 10 }],
  probationS: 60,
}

describe('a desired state', () => {
  const ours = pair()
  const keys = deploymentKeys([ours.publicPem])

  it('is believed when a trusted key signed exactly its characters, and comes back as it was', () => {
    const signed = checkedDocument(
      SignedDesiredState,
      JSON.parse(JSON.stringify(signDesiredState(state, ours.privatePem))),
    )
    expect(() => checkDesiredSignature(signed, keys)).not.toThrow()
    expect(checkedDocument(DesiredState, JSON.parse(signed.document))).toEqual(state)
  })

  it('is not believed when one character differs, or when a stranger signed it', () => {
    const signed = signDesiredState(state, ours.privatePem)
    const changed = { ...signed, document: signed.document.replace('"revision":7', '"revision":8') }
    expect(() => checkDesiredSignature(changed, keys)).toThrow('is not what the key')
    expect(() => checkDesiredSignature(signDesiredState(state, pair().privatePem), keys)).toThrow(
      'it is signed by the key',
    )
  })

  it.each([
    ['../../etc/passwd', 'a path'],
    ['a.yaml', 'a dot'],
    ['A', 'a capital'],
  ])('names no file outside its set: the id %s is refused for %s', (id) => {
    const items = [{ ...state.items[0]!, id }]
    expect(() => checkedDocument(DesiredState, { ...state, items })).toThrow('/items/0/id')
  })

  it('of a kind that this version does not know is refused as a whole', () => {
    const items = [{ ...state.items[0]!, kind: 'kernel' }]
    expect(() => checkedDocument(DesiredState, { ...state, items })).toThrow('/items/0/kind')
  })
})
