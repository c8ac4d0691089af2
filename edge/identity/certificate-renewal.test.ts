import { describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import { silentLog, type Clock } from '../../broker/contract/ports.ts'
import { createCounters } from '../counters.ts'
import { keepCertificate } from './certificate-renewal.ts'
import type { RenewalAnswer } from './renewal-messages.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const names = { subject: 'CN=paddy-7', issuer: 'CN=Musubi', serial: '0a' }
const life = { ...names, notBeforeMs: 0, notAfterMs: 90 * dayMs }

/** `random`: 0 without jitter. */
function kept(answers: readonly (RenewalAnswer | AppError)[], random = 0) {
  let nowMs = 0
  let next: { readonly atMs: number; readonly run: () => void } | undefined
  const clock: Clock = {
    now: () => nowMs,
    monotonic: () => nowMs,
    setTimer(run, delayMs) {
      next = { atMs: nowMs + delayMs, run }
      return { cancel: () => (next = undefined) }
    },
  }
  const counters = createCounters()
  const asked: number[] = []
  const renewal = keepCertificate({
    certificate: life,
    async renew() {
      const answer = answers[asked.length] ?? new AppError('uplink.refused', 'no more answers')
      asked.push(nowMs)
      if (answer instanceof AppError) throw answer
      return answer
    },
    takeRenewed: () => Promise.resolve({ ...names, notBeforeMs: nowMs, notAfterMs: nowMs + 90 * dayMs }),
    clock,
    log: silentLog,
    counters,
    random: () => random,
  })
  async function until(ms: number): Promise<void> {
    for (;;) {
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
      if (next === undefined || next.atMs > ms) break
      const due = next
      next = undefined
      nowMs = due.atMs
      due.run()
    }
    nowMs = ms
  }
  return { renewal, counters, asked, until }
}

describe('the certificate of a gateway', () => {
  it('is renewed at two thirds of its life, and the new one at two thirds of its own', async () => {
    const { asked, until } = kept([{ kind: 'renewed' }, { kind: 'renewed' }])
    await until(60 * dayMs - 1)
    expect(asked).toEqual([])
    await until(119 * dayMs)
    expect(asked).toEqual([60 * dayMs])
    await until(121 * dayMs)
    expect(asked).toEqual([60 * dayMs, 120 * dayMs])
  })

  it('is renewed on another day than those of its neighbours, and well before its end', async () => {
    const { asked, until } = kept([{ kind: 'renewed' }], 0.999)
    await until(90 * dayMs)
    expect(asked[0]! / dayMs).toBeGreaterThan(64)
    expect(asked[0]! / dayMs).toBeLessThan(65)
  })

  it('is asked for again after an hour while the hub is away, and each failure is counted', async () => {
    const away = new AppError('uplink.refused', 'no answer')
    const { asked, counters, until } = kept([away, away, { kind: 'renewed' }])
    await until(60 * dayMs + 5 * hourMs)
    expect(asked.map((ms) => (ms - 60 * dayMs) / hourMs)).toEqual([0, 1, 2])
    expect(counters.entries()).toEqual([
      { name: 'certificate_renewals', reason: 'uplink.refused', value: 2 },
      { name: 'certificate_renewals', reason: 'renewed', value: 1 },
    ])
  })

  it('is asked for as often as the hub wants while a person must decide', async () => {
    const { asked, until } = kept([{ kind: 'pending', retryAfterS: 300 }, { kind: 'renewed' }])
    await until(60 * dayMs + hourMs)
    expect(asked.map((ms) => (ms - 60 * dayMs) / 60_000)).toEqual([0, 5])
  })

  it('says what stands against its renewal, and that nothing does once it is renewed', async () => {
    const away = new AppError('uplink.refused', 'no answer')
    const { renewal, until } = kept([away, { kind: 'pending', retryAfterS: 300 }, { kind: 'renewed' }])
    await until(dayMs)
    expect(renewal.condition()).toEqual({ ...life, renewal: { state: 'kept' } })
    const dueMs = 60 * dayMs
    await until(dueMs)
    expect(renewal.condition().renewal).toEqual({ state: 'failed', code: 'uplink.refused', atMs: dueMs })
    await until(dueMs + hourMs)
    expect(renewal.condition().renewal).toEqual({ state: 'waiting', atMs: dueMs + hourMs })
    const renewedMs = dueMs + hourMs + 300_000
    await until(renewedMs)
    expect(renewal.condition()).toMatchObject({ notBeforeMs: renewedMs, renewal: { state: 'kept', atMs: renewedMs } })
  })

  it('is left alone once it is no longer looked after', async () => {
    const { renewal, asked, until } = kept([{ kind: 'renewed' }])
    await until(dayMs)
    renewal.cancel()
    await until(80 * dayMs)
    expect(asked).toEqual([])
  })
})
