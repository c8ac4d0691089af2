// What waits: quiet hours, digests and the rate of a person; told together, and nothing of it lost.
import { afterEach, describe, expect, it } from 'vitest'
import { advance, firstLine, give, mailHub, minuteMs, notice, undoAll } from './mail-hub.ts'
import { person, startMs } from './running-notifications.ts'

/** 16:00 in Tokyo. */
const fourMs = Date.parse('2026-11-23T07:00:00Z')

afterEach(undoAll)

describe('quiet hours and digests', () => {
  it('keep everything but what is critical until they end, and then tell it together', async () => {
    const sato = person('sato')
    const { run, mail } = await mailHub({ people: [sato] })
    const quietHours = { from: '14:00', to: '16:00', criticalAnyway: true }
    await run.prefer(sato, { quietHours, topics: [{ severity: 'info' }] })
    await give(run, notice('a'), notice('b', 'warning'), notice('c', 'critical'))
    expect(mail.letters).toHaveLength(1)
    await give(run, notice('b', 'warning', { kind: 'cleared', timeMs: startMs + minuteMs }))
    await advance(run, fourMs - startMs)
    expect(mail.letters).toHaveLength(2)
    expect(firstLine(mail.letters[1]?.raw ?? '')).toBe('まずこれを: 水口を開けて入水してください(1号田 / 水位計)')
    const rows = await run.rows()
    expect(rows.filter(({ state }) => state === 'bundled')).toHaveLength(3)
    expect(rows.find(({ kind }) => kind === 'bundle')).toMatchObject({ state: 'delivered', severity: 'major' })
    expect(mail.letters[1]?.header('Subject')).toBeDefined()
  })

  it('let a single message go as itself', async () => {
    const sato = person('sato')
    const { run, mail } = await mailHub({ people: [sato] })
    await run.prefer(sato, { quietHours: { from: '14:00', to: '16:00', criticalAnyway: false } })
    await give(run, notice('a', 'critical'))
    expect(mail.letters).toHaveLength(0)
    await advance(run, fourMs - startMs)
    expect(await run.rows()).toMatchObject([{ state: 'delivered', kind: 'raised' }])
  })

  it('a digest leaves every hour; what is urgent does not wait for it', async () => {
    const sato = person('sato')
    const { run, mail } = await mailHub({ people: [sato] })
    await run.prefer(sato, { digest: 'hourly', atOnce: 'critical', topics: [{ severity: 'info' }] })
    await give(run, notice('a'), notice('b', 'minor'), notice('c', 'critical'))
    expect(mail.letters).toHaveLength(1)
    await advance(run, 54 * minuteMs)
    expect(mail.letters).toHaveLength(1)
    await advance(run, minuteMs)
    expect(mail.letters).toHaveLength(2)
  })
})

describe('the rate of a person', () => {
  it('lets some through, and tells the rest in one message soon after; nothing is lost', async () => {
    const sato = person('sato')
    const { run, mail } = await mailHub({ people: [sato], settings: { rate: { burst: 2, perMinute: 1 } } })
    const ids = Array.from({ length: 10 }, (_, index) => `alarm-${index}`)
    await give(run, ...ids.map((id) => notice(id)))
    expect(mail.letters).toHaveLength(2)
    await advance(run, minuteMs)
    expect(mail.letters).toHaveLength(3)
    const rows = await run.rows()
    expect(rows.filter(({ held_for }) => held_for === 'rate').map(({ state }) => state)).toEqual(
      Array.from({ length: 8 }, () => 'bundled'),
    )
    const metrics = await run.notifications.metrics[0]?.metrics()
    expect(metrics).toContain('musubi_notifications_held_rate_total 8')
    expect(metrics).toContain('musubi_notification_sends_total{channel="email",outcome="delivered"} 3')
  })

  it('above the bound of a queue tells a number, which is counted', async () => {
    const sato = person('sato')
    const { run, mail } = await mailHub({ people: [sato], settings: { rate: { burst: 1, perMinute: 1 } } })
    await give(run, ...Array.from({ length: 505 }, (_, index) => notice(`alarm-${index}`)))
    const rows = await run.rows()
    const dropped = rows.filter(({ state }) => state === 'dropped').length
    const held = rows.filter(({ state }) => state === 'held').length
    expect(held + dropped).toBe(504)
    expect(dropped).toBeGreaterThan(0)
    await advance(run, minuteMs)
    expect(mail.letters).toHaveLength(2)
    expect(await run.notifications.metrics[0]?.metrics()).toContain(`musubi_notifications_overflow_total ${dropped}`)
    expect((await run.rows()).filter(({ state, bundle }) => state === 'dropped' && bundle === null)).toHaveLength(0)
  })
})
