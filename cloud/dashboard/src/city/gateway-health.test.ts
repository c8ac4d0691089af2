import { describe, expect, it } from 'vitest'
import type { GatewayItem, LatestItem } from '../api/shapes.ts'
import { latestItem as item } from './gateway-fixture.ts'
import { gatewayHealth, sortGateways } from './gateway-health.ts'

const gateway: GatewayItem = {
  id: 'k/g',
  label: { ja: '門', en: 'Gate' },
  state: 'online',
  reason: null,
  since: 1,
  epoch: null,
  agent: null,
  devices: 2,
  sites: 1,
  models: [],
  refusedModels: [],
  commands: [],
  lastSeen: 1000,
  outboxDepth: 3,
  condition: null,
}
const bad = { value: null, quality: 'bad', reason: 'timeout' } as const

describe('the health of a gateway', () => {
  it('names the devices of which nothing but faults came, and no others', () => {
    const series = [
      item('a', 'x', bad),
      item('a', 'y', bad),
      item('b', 'x', bad),
      item('b', 'y'),
      item('c', 'x', { ...bad, time: null }),
      item('camera', 'verdict', { value: null, text: 'pass' }),
      item('gateway', 'memory', bad),
    ]
    const { silentDevices, silentCount } = gatewayHealth(gateway, series, undefined)
    expect(silentDevices).toEqual([{ id: 'a', label: { ja: 'a ja', en: 'a' } }])
    expect(silentCount).toBe(1)
  })

  it('believes the gateway that counts more silent devices than ever sent anything', () => {
    expect(gatewayHealth(gateway, [item('gateway', 'devices-offline', { value: 2 })], undefined).silentCount).toBe(2)
  })

  it('takes the newer of what the hub and this page have seen arrive, and the newer depth of the outbox', () => {
    const series = [item('gateway', 'outbox-messages', { value: 40 })]
    const health = gatewayHealth(gateway, series, 5000)
    expect(health).toMatchObject({ heardMs: 5000, outboxMessages: 40, isBehind: true })
    expect(gatewayHealth(gateway, [], undefined)).toMatchObject({ heardMs: 1000, outboxMessages: 3, isBehind: false })
    expect(gatewayHealth({ ...gateway, lastSeen: null }, [], undefined).heardMs).toBeNull()
  })

  it('orders gateways by need: lost, with silent devices, behind, with models that are refused, shut down on purpose, well', () => {
    const of = (id: string, more: Partial<GatewayItem>, series: readonly LatestItem[] = []) =>
      gatewayHealth({ ...gateway, id, ...more }, series, undefined)
    const sorted = sortGateways([
      of('well', {}),
      of('closed', { state: 'offline', reason: 'shutdown' }),
      of('behind', { outboxDepth: 500 }),
      of('refuses', { refusedModels: [{ package: 'ours', reason: 'unsigned: no signature.json' }] }),
      of('silent', {}, [item('a', 'x', bad)]),
      of('lost', { state: 'offline', reason: 'lost' }),
    ])
    expect(sorted.map((each) => each.gateway.id)).toEqual(['lost', 'silent', 'behind', 'refuses', 'closed', 'well'])
  })
})
