// Places that a city watches: counted by staff, estimated from access points once counts allow it, and public only when switched on.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CrowdingDetail, CrowdingItem } from '../../cloud/crowding/crowding-schemas.ts'
import { systemClock } from '../../broker/contract/ports.ts'
import { runOpenData, type RunningOpenData, sample } from './running-open-data.ts'

const clientsSeries = 'kimitsu/paddy-koito/ap-1:clients'
const settings = {
  name: { ja: '試験体育館', en: 'Test gymnasium' },
  kind: 'shelter',
  position: { lat: 35.33, lon: 139.92 },
  clients: [clientsSeries],
  capacity: 100,
}

let aheadMs = 0
let running: RunningOpenData
beforeAll(async () => {
  const clock = {
    ...systemClock,
    now: () => systemClock.now() + aheadMs,
    monotonic: () => systemClock.monotonic() + aheadMs,
  }
  running = await runOpenData({ clock })
})
afterAll(() => running.stop())

const spot = '/api/v1/crowding/kimitsu/gym'
const detail = async (): Promise<CrowdingDetail | undefined> => {
  const { body } = await running.hub.get('/api/v1/crowding')
  return (body as { readonly items: readonly CrowdingDetail[] }).items[0]
}
const publicOnes = async () => {
  const { body } = await running.hub.get('/open-data/crowding')
  return (body as { readonly items: readonly CrowdingItem[] }).items
}
const post = (path: string, body: object) =>
  fetch(`${running.hub.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
const connect = (clients: number) =>
  running.send([{ ...sample('ap-1:clients', clients, systemClock.now() + aheadMs), unit: 'count' }])
const pass = (minutes: number) => (aheadMs += minutes * 60_000)

describe('crowding', () => {
  it('is public only when it is switched on, and then without its settings', async () => {
    expect((await running.put(spot, { ...settings, public: false })).status).toBe(200)
    expect(await publicOnes()).toEqual([])
    await running.put(spot, { ...settings, public: true })
    const [item] = await publicOnes()
    expect(item).toMatchObject({
      id: 'kimitsu/gym',
      state: null,
      people: null,
      cannotTell: { en: expect.stringContaining('silent') },
    })
    expect(item).not.toHaveProperty('settings')
    const layer = (await (await fetch(`${running.hub.url}/open-data/crowding?format=geojson`)).json()) as object
    expect(layer).toMatchObject({ features: [{ geometry: { coordinates: [139.92, 35.33] } }] })
    expect((await running.put(spot, { ...settings, public: true, clients: ['futtsu/a/b:clients'] })).status).toBe(400)
  })

  it("goes by staff's taps for twenty minutes, and says how old they are", async () => {
    await connect(10)
    await post(`${spot}/counts`, { people: 20 })
    await Promise.all([1, 1, 1, -2].map((change) => post(`${spot}/counts`, { change })))
    expect(await detail()).toMatchObject({ people: 21, source: 'count', error: null, level: 'free' })
    pass(19)
    expect(await detail()).toMatchObject({ people: 21, ageS: 19 * 60 })
    pass(2)
    await connect(10)
    expect((await detail())?.source).not.toBe('count')
    expect((await post(`${spot}/counts`, {})).status).toBe(400)
  })

  it('estimates with the error that its counts have shown, and says when it cannot', async () => {
    for (const [clients, people] of [
      [10, 20],
      [20, 41],
      [30, 59],
      [40, 81],
      [5, 10],
    ] as const) {
      pass(30)
      await connect(clients)
      await post(`${spot}/counts`, { people })
    }
    pass(30)
    await connect(45)
    const found = await detail()
    expect(found).toMatchObject({ source: 'access-points', level: 'crowded', cannotTell: null })
    expect(Math.abs((found?.people ?? 0) - 90)).toBeLessThanOrEqual(found?.error ?? 0)
    expect(found?.error).toBeGreaterThan(0)
    expect(found?.error).toBeLessThan(10)
    pass(16)
    expect(await detail()).toMatchObject({
      people: null,
      source: null,
      cannotTell: { ja: expect.stringContaining('届いていません') },
    })
  })

  it('takes what its cameras see where that foretells the counts better, and its access points while the cameras are silent', async () => {
    const cameras = ['kimitsu/paddy-koito/square:people', 'kimitsu/paddy-koito/gate:people']
    const see = async (square: number, gate: number, clients: number) => {
      const [timeMs, unit] = [systemClock.now() + aheadMs, 'count']
      const seen = [sample('square:people', square, timeMs), sample('gate:people', gate, timeMs)]
      await running.send([...seen, sample('ap-1:clients', clients, timeMs)].map((one) => ({ ...one, unit })))
    }
    await running.put(spot, { ...settings, cameras, public: true })
    expect((await running.put(spot, { ...settings, public: true, cameras: ['futtsu/a/b:people'] })).status).toBe(400)
    for (const [square, gate, clients, people] of [
      [4, 1, 12, 10],
      [10, 5, 17, 30],
      [20, 0, 41, 40],
      [3, 2, 2, 10],
      [12, 3, 33, 30],
    ] as const) {
      pass(30)
      await see(square, gate, clients)
      await post(`${spot}/counts`, { people })
    }
    pass(30)
    await see(9, 16, 60)
    const found = await detail()
    expect(found).toMatchObject({ people: 50, source: 'cameras', error: 0 })
    const [byDevices, byCameras] = [found?.calibration, found?.cameraCalibration]
    expect([byDevices?.counts, byCameras?.counts]).toEqual([15, 5])
    expect(byCameras).toMatchObject({ base: 0, perSeen: 2 })
    expect(byDevices?.error).toBeGreaterThan(byCameras?.error ?? Infinity)
    // One of its cameras is silent: the sum of the others is not the place.
    pass(16)
    await connect(40)
    await running.send([{ ...sample('gate:people', 1, systemClock.now() + aheadMs), unit: 'count' }])
    expect(await detail()).toMatchObject({ source: 'access-points', error: Math.ceil(byDevices?.error ?? Number.NaN) })
    expect(JSON.stringify(await publicOnes())).not.toContain('people"]')
  })

  it('knows open, closed and full shelters, since when, and forgets what is watched no longer', async () => {
    expect((await running.put(`${spot}/state`, { state: 'full' })).status).toBe(200)
    pass(5)
    expect((await publicOnes())[0]).toMatchObject({ state: 'full', stateAgeS: 300 })
    expect((await fetch(`${running.hub.url}${spot}`, { method: 'DELETE' })).status).toBe(204)
    expect([await detail(), await publicOnes()]).toEqual([undefined, []])
    expect((await post(`${spot}/counts`, { people: 1 })).status).toBe(404)
  })
})
