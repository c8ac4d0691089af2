import { describe, expect, it } from 'vitest'
import type { GatewayItem } from '../api/shapes.ts'
import type { GatewayHealth } from './gateway-health.ts'
import { chooseGateways, type GatewayFilter, type GatewayOrder } from './gateway-list.ts'

function health(
  id: string,
  change: Partial<GatewayHealth> & { readonly state?: GatewayItem['state'] } = {},
): GatewayHealth {
  const { state = 'online', ...rest } = change
  const reason = state === 'offline' ? 'lost' : null
  const gateway = { id: `k/${id}`, label: { ja: id, en: id }, state, reason, agent: '1.2.0', refusedModels: [] }
  return {
    gateway: gateway as unknown as GatewayItem,
    heardMs: 1,
    outboxMessages: 0,
    isBehind: false,
    silentDevices: [],
    silentCount: 0,
    ...rest,
  }
}

const fleet = [
  health('b-10', { heardMs: 5 }),
  health('b-2', { heardMs: null }),
  health('lost', { state: 'offline', heardMs: 3 }),
  health('slow', { isBehind: true, outboxMessages: 90, heardMs: 9 }),
]
const choose = (filter: GatewayFilter, order: GatewayOrder, typed = '') =>
  chooseGateways(fleet, { filter, order, typed, nameOf: ({ gateway }) => gateway.label.ja }).map(({ gateway }) =>
    gateway.id.slice(2),
  )

describe('the list of gateways', () => {
  it('holds those that need somebody first, and only them where that is asked', () => {
    expect(choose('all', 'need')).toEqual(['lost', 'slow', 'b-2', 'b-10'])
    expect(choose('needy', 'need')).toEqual(['lost', 'slow'])
    expect(choose('offline', 'need')).toEqual(['lost'])
    expect(choose('online', 'name')).toEqual(['b-2', 'b-10', 'slow'])
  })

  it('is ordered by what waits in them and by how long they are silent', () => {
    expect(choose('all', 'outbox')[0]).toBe('slow')
    expect(choose('all', 'silent-longest')).toEqual(['b-2', 'lost', 'b-10', 'slow'])
  })

  it('is searched by words of any width and case', () => {
    expect(choose('all', 'need', 'Ｂ　1.2')).toEqual(['b-2', 'b-10'])
    expect(choose('all', 'need', 'nothing')).toEqual([])
  })
})
