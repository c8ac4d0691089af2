import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseProfile } from '../profile-loader.ts'
import { ListenerUsers, parseUsersFile } from './listener-users.ts'
import { hashPassword, verifyPassword } from './password-hash.ts'
import { readPlainPayload } from './plain-payload.ts'
import type { MqttProfile } from './profile-schemas.ts'
import { readSenmlPayload } from './senml-payload.ts'
import { coversFilter, matchesTopic, parseFilter } from './topic-filter.ts'

const profileOf = (mqtt: string, channels: readonly string[]) =>
  parseProfile(
    [
      'id: x',
      'driver: mqtt',
      'label: { ja: x, en: x }',
      `mqtt: ${mqtt}`,
      channels.length === 0 ? 'channels: []' : 'channels:',
    ]
      .concat(channels.map((channel) => `  - { label: { ja: x, en: x }, ${channel} }`))
      .join('\n'),
    'x.yaml',
  ) as MqttProfile
const read = (text: string, profile: MqttProfile, topic = 'a/b') => readPlainPayload(topic, Buffer.from(text), profile)
const brief = (measurements: ReturnType<typeof read>) =>
  measurements.map(({ channel, value, unit, quality }) => [channel, value, unit, quality])

describe('A plain payload', () => {
  it('is a JSON document by paths, in part or whole', () => {
    const profile = profileOf('{ payload: json }', [
      'id: power, source: { path: ENERGY.Power }, unit: kW',
      'id: first, source: { path: list.0.v }',
      'id: switch, source: { path: POWER }, codes: { ON: 1, OFF: 0 }',
      'id: state, source: { path: state }, text: true',
    ])
    expect(brief(read('{"ENERGY":{"Power":"1.5"},"list":[{"v":true}],"POWER":"ON","state":"idle"}', profile))).toEqual([
      ['power', 1500, 'W', 'good'],
      ['first', 1, undefined, 'good'],
      ['switch', 1, undefined, 'good'],
      ['state', 'idle', undefined, 'good'],
    ])
    expect(brief(read('{"POWER":"?"}', profile))).toEqual([['switch', null, undefined, 'bad']])
    expect(brief(read('{"list":[{"v":null}]}', profile))).toEqual([['first', null, undefined, 'bad']])
    expect(brief(read('{"list":{}}', profile))).toEqual([])
  })

  it('is a bare number or word, and of the topics that the channel names', () => {
    const profile = profileOf('{ payload: json }', [
      'id: t, source: { path: "", topic: temperature }, unit: degC',
      'id: on, source: { path: "", topic: relay/0 }, codes: { on: 1, off: 0 }',
    ])
    expect(brief(read(' 21.5\n', profile, 'shelly/temperature'))).toEqual([['t', 21.5, 'Cel', 'good']])
    expect(brief(read('on', profile, 'shelly/relay/0'))).toEqual([['on', 1, undefined, 'good']])
    expect(brief(read('21.5', profile, 'shelly/intemperature'))).toEqual([])
  })

  it('has the time of the document where the profile says so', () => {
    const timed = (format: string) =>
      profileOf(`{ payload: json, time: { path: t, format: ${format} } }`, ['id: v, source: { path: v }'])
    expect(read('{"t":1700000000.5,"v":1}', timed('unix-s'))[0]?.timeMs).toBe(1_700_000_000_500)
    expect(read('{"t":1700000000500,"v":1}', timed('unix-ms'))[0]?.timeMs).toBe(1_700_000_000_500)
    expect(read('{"t":"2023-11-14T22:13:20.5Z","v":1}', timed('iso'))[0]?.timeMs).toBe(1_700_000_000_500)
    expect(read('{"v":1}', timed('iso'))[0]?.timeMs).toBeUndefined()
  })

  it('never reaches what a document inherits', () => {
    const profile = profileOf('{ payload: json }', ['id: v, source: { path: constructor.name }, text: true'])
    expect(read('{}', profile)).toEqual([])
    expect(read('{"__proto__":{"constructor":{"name":"x"}}}', profile)).toEqual([])
  })

  it.each(['', '{"a":', 'x'.repeat(2000)])('is refused when it is neither: %j', (text) => {
    expect(() => read(text, profileOf('{ payload: json }', []))).toThrow(/JSON|neither/)
  })
})

describe('SenML from anything', () => {
  it('goes to the channel of its name or its last part, others are passed on or counted', () => {
    const pack = Buffer.from(
      '[{"bn":"urn:dev:mac:0024befffe804ff1:","bt":1700000000,"n":"Water-Temp","u":"Cel","v":21.5},{"n":"level","u":"m","v":0.12},{"n":"mode","vs":"auto"}]',
    )
    const channels = ['id: level-m, source: { name: level }, range: { min: 0, max: 1 }']
    const dropped = readSenmlPayload(pack, 0, profileOf('{ payload: senml }', channels))
    expect(dropped.unlisted).toBe(2)
    expect(brief(dropped.measurements)).toEqual([['level-m', 0.12, 'm', 'good']])
    const passed = readSenmlPayload(pack, 0, profileOf('{ payload: senml, unlisted: pass }', channels))
    expect(brief(passed.measurements)).toEqual([
      ['water-temp', 21.5, 'Cel', 'good'],
      ['level-m', 0.12, 'm', 'good'],
      ['mode', 'auto', undefined, 'good'],
    ])
    expect(passed.measurements[0]?.timeMs).toBe(1_700_000_000_000)
  })

  it('keeps the quality that the sender gives', () => {
    const pack = Buffer.from('[{"n":"a","v":1,"q":"uncertain","qr":"stale"},{"n":"b","vs":"timeout","q":"bad"}]')
    const { measurements } = readSenmlPayload(pack, 0, profileOf('{ payload: senml, unlisted: pass }', []))
    expect(measurements.map(({ value, quality, reason }) => [value, quality, reason])).toEqual([
      [1, 'uncertain', 'stale'],
      [null, 'bad', 'timeout'],
    ])
  })
})

describe('Topic filters', () => {
  it.each([
    ['a/b', 'a/b', true],
    ['a/+', 'a/b', true],
    ['a/+', 'a/b/c', false],
    ['a/#', 'a', true],
    ['a/#', 'a/b/c', true],
    ['#', '$SYS/x', false],
    ['+/x', '$SYS/x', false],
    ['a/b', 'a', false],
  ] as const)('%s matches %s: %s', (filter, topic, matches) => {
    expect(matchesTopic(parseFilter(filter), topic)).toBe(matches)
  })

  it('cover another filter only if they match each topic that it matches', () => {
    const level = fc.constantFrom('a', 'b', '+')
    const filter = fc
      .tuple(fc.array(level, { minLength: 1, maxLength: 4 }), fc.boolean())
      .map(([levels, open]) => (open ? [...levels, '#'] : levels))
    const topic = fc
      .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 5 })
      .map((levels) => levels.join('/'))
    fc.assert(
      fc.property(filter, filter, topic, (outer, inner, name) => {
        if (coversFilter(outer, inner) && matchesTopic(inner, name)) expect(matchesTopic(outer, name)).toBe(true)
      }),
    )
  })
})

describe('The users of the listener', async () => {
  const password = await hashPassword('correct horse')
  const users = new ListenerUsers([
    { name: 'barn', password },
    { name: 'plant', password, topics: ['spBv1.0/plant/+/node-1', '#'] },
  ])

  it('are let in by their password, the second time without scrypt, and nobody else', async () => {
    expect(await verifyPassword(Buffer.from('correct horse'), password)).toBe(true)
    expect(await users.verify('barn', Buffer.from('correct horse'))).toBe(true)
    expect(await users.verify('barn', Buffer.from('correct horse'))).toBe(true)
    expect(await users.verify('barn', Buffer.from('wrong'))).toBe(false)
    expect(await users.verify('nobody', Buffer.from('correct horse'))).toBe(false)
    expect(await verifyPassword(Buffer.from('x'), 'scrypt$1$1$1$x$x')).toBe(false)
  })

  it('bound the passwords that wait', async () => {
    const checks = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) => users.verify('barn', Buffer.from([index]))),
    )
    expect(checks.filter(({ status }) => status === 'rejected')).toHaveLength(8)
  })

  it('publish and subscribe to their own topics, and never to those of the contract', () => {
    expect(users.mayPublish('barn', 'barn/climate')).toBe(true)
    expect(users.mayPublish('barn', 'barns/climate')).toBe(false)
    expect(users.mayPublish('nobody', 'nobody/x')).toBe(false)
    expect(users.maySubscribe('barn', 'barn/+/set')).toBe(true)
    expect(users.maySubscribe('barn', '+/x')).toBe(false)
    expect(users.mayPublish('plant', 'spBv1.0/plant/NBIRTH/node-1')).toBe(true)
    for (const topic of ['musubi/v1/a/b/telemetry', '$SYS/x', 'musubi'])
      expect(users.mayPublish('plant', topic)).toBe(false)
    expect(users.maySubscribe('plant', 'musubi/#')).toBe(false)
  })

  it('stand in a file as name and hash', () => {
    expect(parseUsersFile(`# devices\n\nbarn:${password}\n`, 'f', () => true)).toEqual([{ name: 'barn', password }])
    expect(() => parseUsersFile('barn:plain', 'f', () => false)).toThrow('f line 1')
  })
})
