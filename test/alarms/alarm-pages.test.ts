import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AlarmItem } from '../../cloud/alarms/alarm-schemas.ts'
import type { WorkOrderItem } from '../../cloud/work-orders/work-order-schemas.ts'
import { type DatabasePlaces, hubDatabases } from '../registry/hub-databases.ts'
import { openAlarmField, type AlarmField } from './alarm-field.ts'

interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | null
}

const devices = Array.from({ length: 23 }, (_, number) => `d${String(number)}`)

describe.each(hubDatabases)('on $name', ({ open }) => {
  let places: DatabasePlaces
  let field: AlarmField

  beforeAll(async () => {
    places = await open()
  })

  afterAll(() => places.close())

  beforeEach(async () => {
    const channels = Object.fromEntries(devices.map((device) => [device, ['level']]))
    field = await openAlarmField(channels, { database: { place: await places.newPlace() } })
    await field.send(Object.fromEntries(devices.map((device) => [`${device}:level`, 5])))
  })

  afterEach(() => field.stop())

  /** All pages of a list, one after the other. */
  async function pages<T>(path: string): Promise<readonly (readonly T[])[]> {
    const found: (readonly T[])[] = []
    let cursor = ''
    for (;;) {
      const page = (await field.call('GET', `${path}${cursor}`)).body as Page<T>
      found.push(page.items)
      if (page.next === null) return found
      cursor = `&cursor=${encodeURIComponent(page.next)}`
    }
  }

  describe('a list in pages', () => {
    it.each(['open', 'all'])('of %s alarms gives each once, although all began at the same instant', async (state) => {
      const found = await pages<AlarmItem>(`/api/v1/alarms?state=${state}&limit=5`)
      expect(found.map((page) => page.length)).toEqual([5, 5, 5, 5, 3])
      const ids = found.flat().map(({ id }) => id)
      expect(new Set(ids).size).toBe(devices.length)
      expect(new Set(found.flat().map(({ raisedAt }) => raisedAt)).size).toBe(1)
    })

    it.each(['open', 'all'])('of %s alarms holds what fits', async (state) => {
      const count = async (query: string) =>
        (await pages<AlarmItem>(`/api/v1/alarms?state=${state}&${query}`)).flat().length
      const nowMs = field.clock.now()
      expect(await count('rule=low')).toBe(devices.length)
      expect(await count('rule=hot')).toBe(0)
      expect(await count('severity=warning')).toBe(devices.length)
      expect(await count('severity=critical')).toBe(0)
      expect(await count('site=kimitsu/paddy-koito/place&gateway=kimitsu/paddy-koito')).toBe(devices.length)
      expect(await count('site=kimitsu/paddy-koito/other')).toBe(0)
      expect(await count(`from=${nowMs - 60_000}&to=${nowMs + 1}`)).toBe(devices.length)
      expect(await count(`to=${nowMs - 60_000}`)).toBe(0)
    })

    it('of work orders gives each once', async () => {
      for (const { id } of (await field.alarms()).slice(0, 7)) {
        await field.post('/api/v1/work-orders', { alarms: [id] })
      }
      const found = await pages<WorkOrderItem>('/api/v1/work-orders?limit=3')
      expect(found.map((page) => page.map(({ number }) => number))).toEqual([[7, 6, 5], [4, 3, 2], [1]])
    })

    it('refuses a cursor that it did not give', async () => {
      expect(await field.call('GET', '/api/v1/alarms?cursor=x')).toMatchObject({ status: 400 })
      expect(await field.call('GET', '/api/v1/work-orders?cursor=x')).toMatchObject({ status: 400 })
    })
  })
})
