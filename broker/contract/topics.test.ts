import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  commandResultTopic,
  commandTopic,
  identityUrn,
  mayPublish,
  maySubscribe,
  parseIdentityUrn,
  parseTopic,
  topicOf,
} from './topics.ts'

const identity = { tenant: 'kimitsu', gateway: 'paddy-koito' }
const other = { tenant: 'kimitsu', gateway: 'paddy-koito-2' }

describe('topics', () => {
  it('parse to what they were built from', () => {
    expect(parseTopic(topicOf(identity, 'telemetry'))).toEqual({ identity, kind: 'telemetry' })
    expect(parseTopic(commandTopic(identity, 'a-1'))).toEqual({ identity, kind: 'command', id: 'a-1' })
    expect(parseTopic(commandResultTopic(identity, 'a-1'))).toEqual({ identity, kind: 'command-result', id: 'a-1' })
  })

  it('outside the contract are undefined and never throw', () => {
    fc.assert(fc.property(fc.string(), (topic) => parseTopic(topic) === undefined))
    for (const topic of [
      'musubi/v2/a/b/telemetry',
      'musubi/v1/A/b/telemetry',
      'musubi/v1/a/b/telemetry/x',
      'musubi/v1/a/b/unknown',
    ]) {
      expect(parseTopic(topic)).toBeUndefined()
    }
  })

  it('give a gateway its own upward topics to publish and nothing else', () => {
    for (const kind of ['telemetry', 'event', 'senml', 'status', 'reported', 'log'] as const) {
      expect(mayPublish(identity, topicOf(identity, kind))).toBe(true)
      expect(mayPublish(identity, topicOf(other, kind))).toBe(false)
    }
    expect(mayPublish(identity, commandResultTopic(identity, 'x'))).toBe(true)
    expect(mayPublish(identity, topicOf(identity, 'ack'))).toBe(false)
    expect(mayPublish(identity, commandTopic(identity, 'x'))).toBe(false)
    expect(mayPublish(identity, '$SYS/broker')).toBe(false)
  })

  it('give a gateway its own downward topics to subscribe and no other wildcard', () => {
    expect(maySubscribe(identity, topicOf(identity, 'ack'))).toBe(true)
    expect(maySubscribe(identity, 'musubi/v1/kimitsu/paddy-koito/command/+')).toBe(true)
    for (const filter of [
      '#',
      '+/#',
      'musubi/v1/kimitsu/+/ack',
      'musubi/v1/kimitsu/paddy-koito/#',
      topicOf(other, 'ack'),
      topicOf(identity, 'telemetry'),
    ]) {
      expect(maySubscribe(identity, filter)).toBe(false)
    }
  })

  it('identities round-trip as URNs and refuse anything else', () => {
    expect(parseIdentityUrn(identityUrn(identity))).toEqual(identity)
    for (const urn of ['urn:musubi:a', 'urn:musubi:a:b:c', 'urn:musubi:A:b', 'urn:other:a:b', '']) {
      expect(() => parseIdentityUrn(urn)).toThrow(expect.objectContaining({ code: 'identity.invalid' }) as Error)
    }
  })
})
