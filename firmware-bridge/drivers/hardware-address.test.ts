import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRawAddress, withoutAddresses, withoutIndexes } from './hardware-address.ts'

const hex = (octets: readonly number[]) => octets.map((octet) => octet.toString(16).padStart(2, '0'))
const notationsOf = (octets: readonly number[]) => {
  const pairs = hex(octets)
  const fours = [0, 2, 4].map((at) => pairs.slice(at, at + 2).join(''))
  return [
    pairs.join(':'),
    pairs.join('-'),
    fours.join('.'),
    pairs.join(''),
    `${pairs.slice(0, 3).join('')}-${pairs.slice(3).join('')}`,
    `0x${pairs.join('')}`,
  ].flatMap((text) => [text, text.toUpperCase().replace('0X', '0x')])
}
const mac = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 6, maxLength: 6 })

describe('a hardware address', () => {
  it('is cut out of any text in any notation', () => {
    fc.assert(
      fc.property(mac, fc.constantFrom('', 'station ', '(', 'mac='), (octets, before) => {
        for (const text of notationsOf(octets))
          expect(withoutAddresses(`${before}${text} joined`)).toBe(`${before}(address) joined`)
      }),
    )
  })

  it('is known on the wire, where the name of a port is not taken for one', () => {
    expect(isRawAddress(Uint8Array.of(0x02, 0x11, 0x22, 0x33, 0x44, 0x55))).toBe(true)
    expect(isRawAddress(Buffer.from('ether1'))).toBe(false)
    expect(withoutAddresses('UniFi AP-AC-Lite 6.5.28.14491')).toBe('UniFi AP-AC-Lite 6.5.28.14491')
  })

  it('as the index of a row is in no message', () => {
    fc.assert(
      fc.property(mac, (octets) => {
        const said = withoutIndexes(`NoSuchName: 1.3.6.1.4.1.14988.1.1.1.2.1.1.6.${octets.join('.')}`)
        expect(said).toBe('NoSuchName: 1.3.6.1.4.1.14988…')
      }),
    )
  })
})
