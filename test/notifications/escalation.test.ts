// Escalation: who is told next while nobody acknowledges, and what ends it.
import { afterEach, describe, expect, it } from 'vitest'
import { advance, give, mailHub, minuteMs, notice, undoAll } from './mail-hub.ts'
import { person, type RunningNotifications } from './running-notifications.ts'
import type { SmtpReceiver } from './smtp-receiver.ts'

afterEach(undoAll)

describe('escalation', () => {
  const policy = (steps: readonly (readonly [number, string])[]) => ({
    name: '道路課',
    topic: { severity: 'major' as const },
    steps: steps.map(([afterMinutes, id]) => ({ afterMinutes, to: [{ person: id }] })),
  })
  const night = { from: '14:00', to: '16:00', criticalAnyway: false }

  async function withPolicy(): Promise<{ run: RunningNotifications; mail: SmtpReceiver }> {
    const people = ['sato', 'suzuki', 'tanaka'].map((id) => person(id))
    const { run, mail } = await mailHub({ people })
    for (const one of people) await run.prefer(one, { topics: [], quietHours: night })
    await run.notifications.duty.savePolicy(
      'kimitsu',
      'roads',
      policy([
        [0, 'sato'],
        [15, 'suzuki'],
        [30, 'tanaka'],
      ]),
    )
    return { run, mail }
  }
  const to = (mail: SmtpReceiver) => mail.letters.map((letter) => letter.to[0]?.split('@')[0])

  it('climbs its steps while nobody acknowledges, whatever their quiet hours', async () => {
    const { run, mail } = await withPolicy()
    await give(run, notice('a'))
    expect(to(mail)).toEqual(['sato'])
    await advance(run, 14 * minuteMs)
    expect(to(mail)).toEqual(['sato'])
    await advance(run, minuteMs)
    expect(to(mail)).toEqual(['sato', 'suzuki'])
    await advance(run, 15 * minuteMs)
    expect(to(mail)).toEqual(['sato', 'suzuki', 'tanaka'])
    await advance(run, 60 * minuteMs)
    expect(to(mail)).toHaveLength(3)
  })

  it.each([
    [
      'acknowledgement',
      { acknowledgedMs: 1, clearedMs: undefined, suppressions: [], told: 'raised', storm: undefined },
    ],
    ['clearing', { acknowledgedMs: undefined, clearedMs: 1, suppressions: [], told: 'quiet', storm: undefined }],
  ] as const)('is stopped by %s', async (_what, state) => {
    const { run, mail } = await withPolicy()
    await give(run, notice('a'))
    run.alarms.set('a', state)
    await advance(run, 60 * minuteMs)
    expect(to(mail)).toEqual(['sato'])
  })

  it('waits while the alarm is shelved, and goes on when it is not', async () => {
    const { run, mail } = await withPolicy()
    await give(run, notice('a'))
    run.alarms.set('a', {
      acknowledgedMs: undefined,
      clearedMs: undefined,
      suppressions: ['shelved'],
      told: 'raised',
      storm: undefined,
    })
    await advance(run, 20 * minuteMs)
    expect(to(mail)).toEqual(['sato'])
    run.alarms.delete('a')
    await advance(run, minuteMs)
    expect(to(mail)).toEqual(['sato', 'suzuki'])
  })

  /** As the notice desk tells of a storm, shown by one of its alarms. */
  const ofStorm = (run: RunningNotifications, kind: 'raised' | 'worsened', lead: string, members: number) =>
    notice(lead, kind === 'worsened' ? 'critical' : 'major', {
      kind,
      key: `storm:s:${kind}:${members}`,
      storm: 's',
      alsoCount: members - 1,
      timeMs: run.clock.now(),
    })
  const inStorm = {
    acknowledgedMs: undefined,
    clearedMs: undefined,
    suppressions: [],
    told: 'raised',
    storm: 's',
  } as const

  it('climbs anew for a storm whose lead somebody looks after when a worse alarm joins it', async () => {
    const { run, mail } = await withPolicy()
    await give(run, ofStorm(run, 'raised', 'lead', 5))
    run.alarms.set('lead', { ...inStorm, acknowledgedMs: run.clock.now() })
    await advance(run, 40 * minuteMs)
    expect(to(mail)).toEqual(['sato'])
    run.alarms.set('worse', inStorm)
    await give(run, ofStorm(run, 'worsened', 'worse', 6))
    expect(to(mail)).toEqual(['sato', 'sato'])
    for (let step = 0; step < 4; step++) await advance(run, 15 * minuteMs)
    expect(to(mail)).toEqual(['sato', 'sato', 'suzuki', 'tanaka'])
  })

  it('climbs once for a storm, whichever alarm shows it, and no more for those of its alarms that were told before', async () => {
    const { run, mail } = await withPolicy()
    await give(run, notice('early'))
    run.alarms.set('early', inStorm)
    await give(run, ofStorm(run, 'raised', 'lead', 5))
    await advance(run, 5 * minuteMs)
    await give(run, ofStorm(run, 'worsened', 'worse', 6))
    expect(to(mail)).toEqual(['sato', 'sato', 'sato'])
    for (let step = 0; step < 4; step++) await advance(run, 15 * minuteMs)
    expect(to(mail).slice(3)).toEqual(['suzuki', 'tanaka'])
  })

  it('tells the end of a storm to whoever was called for it, whichever alarm shows its end', async () => {
    const { run, mail } = await withPolicy()
    await give(run, ofStorm(run, 'raised', 'lead', 5))
    expect(to(mail)).toEqual(['sato'])
    await give(run, { ...ofStorm(run, 'raised', 'last', 5), kind: 'cleared', key: 'storm:s:cleared:5' })
    // By their own wish, at the end of their quiet hours.
    const rows = (await run.rows()).filter(({ kind }) => kind === 'cleared')
    expect(rows.map(({ person, state }) => [person, state])).toEqual([['sato', 'held']])
  })

  it('begins anew with a newer notice of the same alarm', async () => {
    const { run, mail } = await withPolicy()
    await give(run, notice('a'))
    await advance(run, 10 * minuteMs)
    await give(run, notice('a', 'critical', { kind: 'worsened', timeMs: run.clock.now() }))
    await advance(run, 10 * minuteMs)
    expect(to(mail)).toEqual(['sato', 'sato'])
    await advance(run, 5 * minuteMs)
    expect(to(mail)).toEqual(['sato', 'sato', 'suzuki'])
  })

  it('tells whoever is on call at that moment', async () => {
    const { run, mail } = await withPolicy()
    await run.notifications.duty.saveRota('kimitsu', 'night', {
      name: '当番',
      timeZone: 'Asia/Tokyo',
      startDate: '2026-11-16',
      handOver: '14:20',
      weekly: ['tanaka', 'suzuki'],
      overrides: [],
    })
    const steps = [
      { afterMinutes: 0, to: [{ rota: 'night' }] },
      { afterMinutes: 15, to: [{ rota: 'night' }] },
    ]
    await run.notifications.duty.savePolicy('kimitsu', 'roads', { name: 'x', topic: { severity: 'major' }, steps })
    // Monday 14:05: the week changes hands at 14:20, in the minute of the second step.
    await give(run, notice('a'))
    await advance(run, 15 * minuteMs)
    expect(to(mail)).toEqual(['tanaka', 'suzuki'])
  })
})
