// The topic of notices lies outside the rights of every gateway, whatever it is called.
import { describe, expect, it } from 'vitest'
import { everyGateway, mayPublish, maySubscribe, parseTopic } from '../../broker/contract/topics.ts'
import { mqttChannel } from '../../cloud/notifications/channels/mqtt-channel.ts'
import { aNotice } from '../../cloud/notifications/notice-fixture.ts'
import { composeNotice } from '../../cloud/notifications/texts/compose.ts'

describe('the topic of notices', () => {
  it('is not one that a gateway may publish, read or be taken for', async () => {
    const topics: string[] = []
    const channel = mqttChannel((topic) => Promise.resolve(void topics.push(topic)))
    const sources = { publicUrl: undefined, unitOf: () => undefined, nowMs: 0 }
    const message = composeNotice(aNotice(), { language: 'ja', timeZone: 'Asia/Tokyo' }, sources)
    const signal = new AbortController().signal
    expect((await channel.send('kimitsu', message, 'id', signal)).kind).toBe('delivered')
    expect((await channel.send('kimitsu/#', message, 'id', signal)).kind).toBe('refused')
    expect(topics).toEqual(['musubi/v1/kimitsu/notice'])
    const [topic = ''] = topics
    expect(parseTopic(topic)).toBeUndefined()
    for (const gateway of ['notice', 'paddy-koito', '-']) {
      expect(mayPublish({ tenant: 'kimitsu', gateway }, topic)).toBe(false)
      expect(maySubscribe({ tenant: 'kimitsu', gateway }, topic)).toBe(false)
    }
    expect(everyGateway('status').split('/')).toHaveLength(topic.split('/').length + 1)
  })
})
