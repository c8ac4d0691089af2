import { describe, expect, it } from 'vitest'
import { checkedDocument } from '../../broker/contract/checked-document.ts'
import { GatewayCondition } from '../../broker/contract/gateway-condition.ts'
import { createManualClock } from './manual-clock.ts'
import { openCondition, watchCondition } from '../../edge/condition.ts'
import { createCounters } from '../../edge/counters.ts'
import type { DeviceCondition } from '../../edge/device-poller.ts'
import { FaultTally } from '../../edge/fault-tally.ts'

const certificate = {
  subject: 'CN=paddy-7',
  issuer: 'CN=Musubi',
  serial: '0a',
  notBeforeMs: 0,
  notAfterMs: 90 * 86_400_000,
  renewal: { state: 'kept' },
} as const

function gatewayOf(devices: Readonly<Record<string, DeviceCondition>>) {
  const clock = createManualClock(1_800_000_000_000)
  const counters = createCounters()
  const conditions = new Map(Object.entries(devices))
  const faults = new Map(Object.keys(devices).map((id) => [id, new FaultTally(clock)]))
  const condition = openCondition(
    { devices: Object.keys(devices).map((id) => ({ id, connection: 'rs485-1' }) as never) },
    {
      devices: () =>
        Object.keys(devices).map((id) => ({
          plan: { device: id },
          condition: conditions.get(id) ?? 'ok',
          faults: faults.get(id) ?? new FaultTally(clock),
        })),
      counters,
      certificate: () => certificate,
      clock,
    },
  )
  const fail = (id: string, state: DeviceCondition, code: 'driver.crc' | 'driver.timeout'): void => {
    conditions.set(id, state)
    faults.get(id)?.count(code)
    faults.get(id)?.began(code)
  }
  const recover = (id: string): void => {
    conditions.set(id, 'ok')
    faults.get(id)?.over()
  }
  return { clock, counters, condition, fail, recover }
}

describe('the condition of a gateway', () => {
  it('names the devices that failed, the worst first, and leaves out those that never did', () => {
    const { clock, condition, fail } = gatewayOf({ well: 'ok', once: 'ok', gone: 'ok' })
    fail('once', 'failing', 'driver.crc')
    fail('gone', 'offline', 'driver.timeout')
    const told = checkedDocument(GatewayCondition, condition())
    expect(told.sinceMs).toBe(clock.now())
    expect(told.certificate).toEqual(certificate)
    expect(told.connections).toEqual([{ id: 'rs485-1', devices: 3 }])
    const common = { connection: 'rs485-1', sinceMs: clock.now() }
    expect(told.devices).toEqual([
      {
        ...common,
        id: 'gone',
        state: 'offline',
        code: 'driver.timeout',
        errors: [{ code: 'driver.timeout', count: 1 }],
      },
      { ...common, id: 'once', state: 'failing', code: 'driver.crc', errors: [{ code: 'driver.crc', count: 1 }] },
    ])
  })

  it('says what is gone for good and why, and nothing of what is only counted', () => {
    const { counters, condition } = gatewayOf({})
    counters.add('outbox_evicted_readings', 'bytes-low', 200)
    counters.add('outbox_evicted_events', 'disk-full-high')
    counters.add('uplink_disconnects', 'uplink.refused', 9)
    expect(checkedDocument(GatewayCondition, condition()).dropped).toEqual([
      { what: 'readings', reason: 'bytes-low', count: 200 },
      { what: 'events', reason: 'disk-full-high', count: 1 },
    ])
  })

  it('is told when something begins or ends, and higher counts only now and then', async () => {
    const { clock, condition, fail, recover } = gatewayOf({ probe: 'ok' })
    const tells: number[] = []
    const began = clock.monotonic()
    const tell = (): void => void tells.push((clock.monotonic() - began) / 1000)
    const watch = watchCondition({ condition, intervalS: 30, clock, tell })
    await clock.advance(100_000)
    expect(tells).toEqual([])
    fail('probe', 'failing', 'driver.crc')
    await clock.advance(30_000)
    expect(tells).toEqual([120])
    for (let second = 130; second < 500; second += 10) {
      fail('probe', 'failing', 'driver.crc')
      await clock.advance(10_000)
    }
    expect(tells).toEqual([120, 420])
    recover('probe')
    await clock.advance(30_000)
    expect(tells).toEqual([120, 420, 510])
    watch.cancel()
    expect(clock.pendingTimers).toBe(0)
  })
})
