import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AlarmLogItem } from '../../cloud/alarms/alarm-schemas.ts'
import type { WorkOrderItem } from '../../cloud/work-orders/work-order-schemas.ts'
import { type DatabasePlaces, hubDatabases } from '../registry/hub-databases.ts'
import { openAlarmField, type AlarmField } from './alarm-field.ts'

describe.each(hubDatabases)('on $name', ({ open }) => {
  let field: AlarmField
  let alarm: string
  let places: DatabasePlaces

  beforeAll(async () => {
    places = await open()
  })

  afterAll(() => places.close())

  beforeEach(async () => {
    field = await openAlarmField({ tank: ['level'] }, { database: { place: await places.newPlace() } })
    await field.send({ 'tank:level': 5 })
    alarm = (await field.alarms())[0]?.id ?? ''
  })

  afterEach(() => field.stop())

  async function openOrder(): Promise<WorkOrderItem> {
    const { status, body } = await field.call('POST', '/api/v1/work-orders', { alarms: [alarm], by: '受付' })
    expect(status).toBe(201)
    return body as WorkOrderItem
  }

  const change = (id: string, body: object) => field.call('PATCH', `/api/v1/work-orders/${id}`, body)

  describe('a work order', () => {
    it('goes from the alarm to the proof that it is mended, and knows how long that took', async () => {
      const order = await openOrder()
      expect(order).toMatchObject({
        number: 1,
        state: 'open',
        alarms: [alarm],
        severity: 'warning',
        title: { ja: '低い' },
      })
      expect((await change(order.id, { state: 'dispatched', assignee: '佐藤', by: '受付' })).body).toMatchObject({
        state: 'dispatched',
        assignee: '佐藤',
      })
      const [shown] = await field.alarms()
      expect(shown).toMatchObject({ assignee: '佐藤', workOrder: { id: order.id, number: 1, state: 'dispatched' } })
      await field.pass(3600, { 'tank:level': 5 })
      await change(order.id, { state: 'fixed', comment: '弁を交換した', by: '佐藤' })
      expect(await change(order.id, { state: 'verified', by: '受付' })).toMatchObject({
        status: 409,
        body: { code: 'work-order.state' },
      })
      await field.send({ 'tank:level': 50 })
      const verified = (await change(order.id, { state: 'verified', by: '受付' })).body as WorkOrderItem
      expect(verified.state).toBe('verified')
      expect(verified.repairS).toBeGreaterThanOrEqual(3600)
      expect(verified.repairS).toBeLessThan(3700)
      const detail = (await field.call('GET', `/api/v1/work-orders/${order.id}`)).body as { log: AlarmLogItem[] }
      expect(detail.log.map(({ action, by }) => [action, by])).toEqual([
        ['open', '受付'],
        ['dispatched', '受付'],
        ['assigned', '受付'],
        ['fixed', '佐藤'],
        ['commented', '佐藤'],
        ['verified', '受付'],
      ])
      expect((await field.alarms('all'))[0]?.workOrder).toBeNull()
    })

    it('tells the one to whom it is given', async () => {
      const order = await openOrder()
      await change(order.id, { assignee: '佐藤', by: '受付' })
      expect(field.notices.filter(({ kind }) => kind === 'assigned')).toMatchObject([{ assignee: '佐藤' }])
    })

    it('is made once per alarm, refuses leaps, and goes on after a restart with its number', async () => {
      const order = await openOrder()
      expect(await field.call('POST', '/api/v1/work-orders', { alarms: [alarm] })).toMatchObject({ status: 409 })
      expect(await field.call('POST', '/api/v1/work-orders', { alarms: ['none'] })).toMatchObject({ status: 404 })
      expect(await change(order.id, { state: 'verified' })).toMatchObject({ status: 409 })
      await field.restart()
      expect((await field.alarms())[0]?.workOrder).toMatchObject({ number: 1 })
      expect(await change(order.id, { state: 'cancelled', by: '受付' })).toMatchObject({ status: 200 })
      expect(await openOrder()).toMatchObject({ number: 2 })
      const listed = (await field.call('GET', '/api/v1/work-orders?state=all')).body as { items: WorkOrderItem[] }
      expect(listed.items.map(({ number, state }) => [number, state])).toEqual([
        [2, 'open'],
        [1, 'cancelled'],
      ])
    })

    it.each(['work-orders', 'alarms'])('takes a photo (%s), without what the camera wrote into it', async (things) => {
      const order = await openOrder()
      const picture = sharp({ create: { width: 40, height: 30, channels: 3, background: 'red' } })
      const photo = await picture
        .jpeg()
        .withExif({ IFD0: { Copyright: 'secret place' } })
        .toBuffer()
      const path = `/api/v1/${things}/${things === 'alarms' ? alarm : order.id}/photos`
      const { status, body } = await field.call('POST', path, { photo: photo.toString('base64'), by: '佐藤' })
      expect(status).toBe(201)
      const kept = await field.bytes(`${path}/${(body as { hash: string }).hash}`)
      expect(kept.includes('secret place')).toBe(false)
      expect(await sharp(kept).metadata()).toMatchObject({ format: 'jpeg', width: 40, height: 30 })
      expect(await field.call('POST', path, { photo: 'AAAA' })).toMatchObject({ status: 422 })
      expect(await field.call('GET', `${path}/${'0'.repeat(64)}`)).toMatchObject({ status: 404 })
    })
  })

  describe('what people do to an alarm', () => {
    it('is told in its log, with who and when', async () => {
      const act = (action: string, body: object) => field.post(`/api/v1/alarms/${alarm}/${action}`, body)
      await act('comment', { text: '現地へ', by: '田中' })
      await act('assign', { assignee: '佐藤', by: '田中' })
      await act('shelve', { until: field.clock.now() + 60_000, reason: '部品待ち', by: '佐藤' })
      await act('unshelve', { by: '佐藤' })
      await act('ack', { by: '佐藤', comment: '対応中' })
      const { items } = (await field.call('GET', `/api/v1/alarms/${alarm}/log`)).body as { items: AlarmLogItem[] }
      expect(items.map(({ action, by }) => [action, by])).toEqual([
        ['raised', null],
        ['commented', '田中'],
        ['assigned', '田中'],
        ['shelved', '佐藤'],
        ['suppressed', null],
        ['unshelved', '佐藤'],
        ['released', null],
        ['acknowledged', '佐藤'],
      ])
    })

    it('is refused where it makes no sense', async () => {
      const shelve = (until: number) => field.post(`/api/v1/alarms/${alarm}/shelve`, { until, reason: 'x' })
      expect(await shelve(field.clock.now() - 1)).toMatchObject({ status: 400 })
      expect(await shelve(field.clock.now() + 40 * 86_400_000)).toMatchObject({ status: 400 })
      expect(await field.post('/api/v1/alarms/none/ack', {})).toMatchObject({ status: 404 })
      const window = { scope: 'site', place: 'kimitsu/paddy-koito/place', reason: '清掃' }
      const nowMs = field.clock.now()
      expect(await field.post('/api/v1/maintenance-windows', { ...window, to: nowMs - 1 })).toMatchObject({
        status: 400,
      })
      const made = await field.post('/api/v1/maintenance-windows', { ...window, to: nowMs + 1000 })
      expect(made.status).toBe(201)
      const path = `/api/v1/maintenance-windows/${(made.body as { id: string }).id}`
      expect(await field.call('DELETE', path)).toMatchObject({ status: 200 })
      expect(await field.call('DELETE', path)).toMatchObject({ status: 404 })
    })
  })
})
