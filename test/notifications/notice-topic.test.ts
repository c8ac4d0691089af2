// The topic of notices lies outside the rights of every gateway, whatever it is called.
import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { everyGateway, mayPublish, maySubscribe, parseTopic } from '../../broker/contract/topics.ts'
import { mqttChannel } from '../../cloud/notifications/channels/mqtt-channel.ts'
import { idempotencyKey } from '../../cloud/notifications/delivery-queue.ts'
import { NoticeDocument } from '../../cloud/notifications/notice-document.ts'
import { aBulletinNotice, aNotice, anAlarm } from '../../cloud/notifications/notice-fixture.ts'
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

  const bare = anAlarm({ site: undefined, device: undefined, series: undefined, value: undefined })
  it.each([
    ['raised', aNotice()],
    ['worsened', aNotice({ kind: 'worsened' })],
    ['assigned', aNotice({ kind: 'assigned', assignee: 'sato' })],
    ['reopened', aNotice({ kind: 'reopened' })],
    ['cleared', aNotice({ kind: 'cleared', alarm: anAlarm({ clearedMs: 1_700_000_000_000 }) })],
    ['raised of a gateway', aNotice({ alarm: bare, place: { site: undefined, device: undefined }, alsoCount: 12 })],
    ['issued', aBulletinNotice()],
    ['cancelled', aBulletinNotice({ link: 'https://city.example.jp/1' }, 'cancelled')],
  ])('carries what the AsyncAPI document says: %s', async (_kind, notice) => {
    const payloads: unknown[] = []
    const channel = mqttChannel((_topic, payload) => {
      payloads.push(JSON.parse(Buffer.from(payload).toString('utf8')))
      return Promise.resolve()
    })
    const sources = { publicUrl: 'https://hub.example.jp', unitOf: () => 'm', nowMs: 0 }
    const message = composeNotice(notice, { language: 'ja', timeZone: 'Asia/Tokyo' }, sources)
    const id = idempotencyKey({ subject: notice.key, person: 'system', channel: 'mqtt', target: 'kimitsu' })
    await channel.send('kimitsu', message, id, new AbortController().signal)
    expect(payloads).toMatchObject([{ id, data: { notice: notice.key } }])
    expect([...Value.Errors(NoticeDocument, payloads[0])]).toEqual([])
    expect(Value.Check(NoticeDocument, { ...(payloads[0] as object), type: 'alarm.eaten' })).toBe(false)
  })
})
