// What leaves a gateway holds none of its secrets, wherever they stand.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { masked, withoutSecrets } from './masked.ts'

const config = {
  hub: { url: 'mqtts://hub.example:8883', key: 'gateway.key.pem' },
  connections: [
    { id: 'ap', type: 'snmp', host: '10.0.0.2', community: 'koito-reads' },
    { id: 'v3', type: 'snmp', user: 'musubi', authPassword: 'auth-word-1', privPassword: 'priv-word-2' },
    { id: 'listen', type: 'mqtt-listener', users: [{ name: 'barn', password: 'scrypt:abcdef' }] },
    { id: 'lora', type: 'lorawan', appKey: '00112233445566778899aabbccddeeff', passwordFile: 'lora.txt' },
  ],
  cameras: [
    { id: 'c1', source: { type: 'http-jpeg', url: 'http://admin:p%40ss-word@10.0.0.9/snap.jpg?token=abc-123&w=1' } },
  ],
  localPage: { code: 'scrypt:98765' },
}

describe('a masked configuration', () => {
  const { value, secrets } = masked(config)

  it('keeps what is no secret, names of files among it', () => {
    expect(value).toEqual({
      hub: { url: 'mqtts://hub.example:8883', key: 'gateway.key.pem' },
      connections: [
        { id: 'ap', type: 'snmp', host: '10.0.0.2', community: '***' },
        { id: 'v3', type: 'snmp', user: 'musubi', authPassword: '***', privPassword: '***' },
        { id: 'listen', type: 'mqtt-listener', users: [{ name: 'barn', password: '***' }] },
        { id: 'lora', type: 'lorawan', appKey: '***', passwordFile: 'lora.txt' },
      ],
      cameras: [{ id: 'c1', source: { type: 'http-jpeg', url: 'http://***@10.0.0.9/snap.jpg?token=***&w=1' } }],
      localPage: { code: '***' },
    })
  })

  it('tells what it masked, as it is written and as it is used', () => {
    expect(secrets).toEqual(expect.arrayContaining(['koito-reads', 'p%40ss-word', 'p@ss-word', 'abc-123']))
  })

  it('lets nothing of it through in a log', () => {
    const log = ['snmp: koito-reads refused', 'GET http://admin:p%40ss-word@10.0.0.9/', 'login p@ss-word']
    const clean = withoutSecrets({ log, 'of koito-reads': 1 }, secrets)
    expect(clean).toEqual({
      log: ['snmp: *** refused', 'GET http://***@10.0.0.9/', 'login ***'],
      'of ***': 1,
    })
  })
})

it('no text that is long enough to be a secret is left anywhere, whatever it is made of', () => {
  const secret = fc.string({ minLength: 6, maxLength: 20 }).filter((text) => !text.includes('*'))
  fc.assert(
    fc.property(secret, fc.string(), (word, around) => {
      const { secrets } = masked({ password: word })
      const clean = JSON.stringify(withoutSecrets({ a: [`${around}${word}${around}`] }, secrets))
      expect(clean.includes(JSON.stringify(word).slice(1, -1))).toBe(`${around}${around}`.includes(word))
    }),
  )
})
