import { describe, expect, it } from 'vitest'
import { checksOf as checksOfGateway } from './signed-checks.ts'
import {
  type Draft,
  installationOf,
  localAddress,
  neighbour,
  newDraft,
  openChecks,
  readResult,
  stepNumber,
} from '../../cloud/dashboard/src/field/draft.ts'

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const signed = { record: encode(checksOfGateway('paddy-7')), certificate: 'AA', signature: 'BB' }
const draft: Draft = {
  ...newDraft('new', { id: 'd', nowMs: 1 }),
  place: { name: '7号田', kind: 'paddy', lat: 35, lon: 140 },
}

describe('an installation in the making', () => {
  it('goes through its steps, and no further than its first and last', () => {
    expect(stepNumber(draft)).toEqual({ n: 1, all: 7 })
    expect(neighbour(draft, -1)).toBe('scan')
    expect(neighbour(draft, 1)).toBe('place')
    expect(neighbour({ ...draft, step: 'sign' }, 1)).toBe('sign')
    expect(neighbour(newDraft('replaced-device', { id: 'd', nowMs: 1 }), 1)).toBe('place')
  })

  it('reads a result from an address, from the clipboard with its spaces, and nothing else', () => {
    expect(readResult(encode(signed))).toEqual(signed)
    expect(readResult(` https://hub.example/field/#result=${encode(signed)}\n`)).toEqual(signed)
    const partial = encode({ ...signed, record: encode({ gateway: 'kimitsu/paddy-7', devices: [{ id: 'level-1' }] }) })
    for (const other of ['', 'x', encode({}), encode({ ...signed, record: 'AAAA' }), encode([signed]), partial]) {
      expect(readResult(other), other).toBeUndefined()
    }
  })

  it('leads to the gateway with claim, plan and the way back, none of which the network sees', () => {
    const to = new URL(
      localAddress({ ...draft, claim: 'musubi:enrol?x=1', address: '192.168.4.1' }, 'https://hub.example/field/')!,
    )
    expect(to.origin + to.pathname + to.search).toBe('http://192.168.4.1:8480/')
    const fields = new URLSearchParams(to.hash.slice(1))
    expect(fields.get('claim')).toBe('musubi:enrol?x=1')
    expect(fields.get('return')).toBe('https://hub.example/field/')
    expect(JSON.parse(Buffer.from(fields.get('plan')!, 'base64url').toString())).toMatchObject({
      name: '7号田',
      position: { lat: 35 },
    })
    expect(new URL(localAddress({ ...draft, address: 'http://paddy-7.local:9000/x' }, 'https://h/')!).host).toBe(
      'paddy-7.local:9000',
    )
    expect(localAddress({ ...draft, address: '' }, 'https://h/')).toBeUndefined()
    expect(localAddress({ ...draft, address: 'not an address' }, 'https://h/')).toBeUndefined()
  })

  it('is sent only when nothing is missing', () => {
    expect(installationOf(draft, 2, undefined)).toBeUndefined()
    const whole = { ...draft, record: signed, engineer: '佐藤', replaced: { device: 'level-1', reason: '' } }
    expect(installationOf(whole, 2, 'JPEG')).toMatchObject({
      signedOff: 2,
      photo: 'JPEG',
      replaced: { device: 'level-1' },
    })
    expect(JSON.stringify(installationOf(whole, 2, undefined))).not.toContain('reason')
    expect(JSON.stringify(installationOf({ ...whole, claim: 'secret' }, 2, undefined))).not.toContain('secret')
  })

  it('counts what has not passed', () => {
    expect(openChecks(checksOfGateway('a'))).toBe(0)
    expect(openChecks(checksOfGateway('a', { clock: { passed: false, offsetMs: 1 }, uplink: { passed: false } }))).toBe(
      2,
    )
  })
})
