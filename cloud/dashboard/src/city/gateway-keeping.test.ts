import { describe, expect, it } from 'vitest'
import type { GatewayItem, LatestItem } from '../api/shapes.ts'
import { certificateState, outboxState } from './gateway-keeping.ts'

type Condition = NonNullable<GatewayItem['condition']>

const dayMs = 86_400_000
const gateway = { state: 'online', outboxDepth: null, condition: null } as unknown as GatewayItem
const own = (values: Readonly<Record<string, number>>): readonly LatestItem[] =>
  Object.entries(values).map(([channel, value]) => ({ device: 'gateway', channel, value }) as unknown as LatestItem)
const stateOf = (values: Readonly<Record<string, number>>, more: Partial<GatewayItem> = {}, isBehind = false) =>
  outboxState({ gateway: { ...gateway, ...more }, isBehind }, own(values))

describe('the outbox of a gateway', () => {
  it('is well where little waits, and for no longer than it takes', () => {
    const state = stateOf({ 'outbox-messages': 1, 'outbox-readings': 4, 'outbox-size': 300, 'outbox-age': 1.5 })
    expect(state).toEqual({ verdict: 'well', messages: 1, readings: 4, bytes: 300, ageS: 1.5, drops: [] })
  })

  it('is behind where much waits, or little for long', () => {
    expect(stateOf({ 'outbox-messages': 40 }, {}, true).verdict).toBe('behind')
    expect(stateOf({ 'outbox-messages': 1, 'outbox-age': 121 }).verdict).toBe('behind')
  })

  it('is not judged late while its gateway is away, and not at all where that never told', () => {
    expect(stateOf({ 'outbox-messages': 40 }, { state: 'offline' }, true).verdict).toBe('away')
    expect(stateOf({}).verdict).toBe('unknown')
    expect(stateOf({}, { outboxDepth: 0 }).verdict).toBe('well')
  })

  it('that cannot be written is worse than one that is behind', () => {
    expect(stateOf({ 'outbox-messages': 40, 'outbox-fault': 1 }, {}, true).verdict).toBe('fault')
  })

  it('says what is gone for good by reason, of all priorities together', () => {
    const condition: Condition = {
      timeMs: 0,
      sinceMs: 0,
      devices: [],
      connections: [],
      dropped: [
        { what: 'readings', reason: 'bytes-low', count: 200 },
        { what: 'readings', reason: 'bytes-normal', count: 50 },
        { what: 'events', reason: 'disk-full-high', count: 1 },
      ],
    }
    const { verdict, drops } = stateOf({ 'outbox-messages': 0 }, { condition })
    expect(verdict).toBe('lossy')
    expect(drops).toEqual([
      { what: 'readings', reason: 'bytes', count: 250 },
      { what: 'events', reason: 'disk-full', count: 1 },
    ])
  })

  it('of an older agent still tells how much was evicted', () => {
    const { verdict, drops } = stateOf({ 'outbox-messages': 0, 'readings-evicted': 9 })
    expect(verdict).toBe('lossy')
    expect(drops).toEqual([{ what: 'readings', reason: 'evicted', count: 9 }])
  })
})

describe('the certificate of a gateway', () => {
  const certificate: NonNullable<Condition['certificate']> = {
    subject: 'CN=g',
    issuer: 'CN=Musubi',
    serial: '0a',
    notBeforeMs: 0,
    notAfterMs: 90 * dayMs,
    renewal: { state: 'kept' },
  }

  it('is well until a third of its life is left, and then due', () => {
    expect(certificateState(certificate, 59 * dayMs)).toEqual({ verdict: 'well', daysLeft: 31 })
    expect(certificateState(certificate, 61 * dayMs)).toEqual({ verdict: 'due', daysLeft: 29 })
  })

  it('that could not be renewed, or waits for somebody, says so while it still holds', () => {
    const failed = { ...certificate, renewal: { state: 'failed', code: 'uplink.refused', atMs: 1 } } as const
    expect(certificateState(failed, 61 * dayMs).verdict).toBe('failed')
    expect(certificateState({ ...certificate, renewal: { state: 'waiting' } }, 61 * dayMs).verdict).toBe('waiting')
    expect(certificateState(failed, 90 * dayMs)).toEqual({ verdict: 'ended', daysLeft: 0 })
  })
})
