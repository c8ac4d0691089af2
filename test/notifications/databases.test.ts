// The queue of notification on each database that a hub can have.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { deleteOld } from '../../cloud/notifications/delivery-retention.ts'
import { type DatabasePlaces, hubDatabases } from '../registry/hub-databases.ts'
import { advance, emailAt, give, minuteMs, notice, stops, undoAll } from './mail-hub.ts'
import { person, runNotifications, startMs } from './running-notifications.ts'
import { startSmtpReceiver } from './smtp-receiver.ts'

describe.each(hubDatabases)('notification on $name', ({ open }) => {
  let places: DatabasePlaces
  beforeAll(async () => {
    places = await open()
  })
  afterEach(undoAll)
  afterAll(() => places.close())

  it('keeps a rota that somebody else has changed since: of two who began from the same one, one is refused', async () => {
    const place = await places.newPlace()
    const hub = await runNotifications('.', { place, people: [person('sato')] })
    const { duty } = hub.notifications
    const rota = { name: 'a', timeZone: 'Asia/Tokyo', startDate: '2026-11-16', handOver: '09:00', weekly: ['sato'] }
    const save = (name: string, seen?: number) =>
      duty.saveRota('kimitsu', 'night', { ...rota, name, overrides: [] }, seen)
    expect(await save('first', 0)).toBe(1)
    await expect(save('also first', 0)).rejects.toMatchObject({ code: 'settings.stale' })
    const both = await Promise.allSettled([save('one', 1), save('other', 1)])
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    await expect(save('gone', 9)).rejects.toMatchObject({ code: 'settings.stale' })
    expect(await save('whichever')).toBe(3)
    expect(await duty.rota('kimitsu', 'night')).toMatchObject({ body: { name: 'whichever' }, revision: 3 })
    await hub.stop()
  })

  it('plans once, bundles, escalates, survives a restart, pages its log and deletes it', async () => {
    const place = await places.newPlace()
    const mail = await startSmtpReceiver(undefined, { security: 'none' })
    stops.push(mail.stop)
    const people = [person('sato'), person('suzuki')]
    const settings = { email: emailAt(mail), rate: { burst: 2, perMinute: 1 } }
    const first = await runNotifications('.', { place, people, settings })
    await first.prefer(people[1]!, { topics: [] })
    const { duty, persons } = first.notifications
    await duty.savePolicy('kimitsu', 'roads', {
      name: 'roads',
      topic: { severity: 'critical' },
      steps: [{ afterMinutes: 15, to: [{ person: 'suzuki' }] }],
    })
    const browser = { endpoint: 'https://push.example.jp/1', p256dh: 'x', auth: 'y', label: '' }
    const { id } = await persons.subscribe('sato', browser)
    expect(await persons.subscribe('suzuki', browser)).toMatchObject({ id })
    expect(await persons.unsubscribe(id, 'sato')).toBe(false)
    const ids = ['a', 'b', 'c', 'd']
    await give(first, ...ids.map((one) => notice(one, one === 'd' ? 'critical' : 'major')))
    await give(first, notice('a'))
    expect(mail.letters).toHaveLength(2)
    await first.stop()

    const second = await runNotifications('.', { place, people, settings, clock: first.clock })
    stops.push(() => second.stop())
    await give(second, notice('a'))
    await advance(second, minuteMs)
    expect(mail.letters).toHaveLength(3)
    await advance(second, 14 * minuteMs)
    expect(mail.letters.at(-1)?.to).toEqual(['suzuki@example.jp'])
    const { deliveries } = second.notifications
    const [newest] = await deliveries.newest({ tenants: ['kimitsu'], limit: 1 })
    expect(newest).toMatchObject({ person: 'suzuki', alarm: 'd', state: 'delivered' })
    const after = { createdMs: newest?.created_ms ?? 0, id: newest?.id ?? '' }
    expect(await deliveries.newest({ after, person: 'sato', state: 'bundled', limit: 10 })).toHaveLength(2)
    expect(await deleteOld(second.database, startMs + 86_400_000)).toBe(10)
    expect(await second.database.selectFrom('notices').select('key').execute()).toEqual([])
  })
})
