// From notices to messages that were received: to whom, once, and with a log of it.
import { afterEach, describe, expect, it } from 'vitest'
import { deleteOld } from '../../cloud/notifications/delivery-retention.ts'
import { anAlarm, aNotice } from '../../cloud/notifications/notice-fixture.ts'
import { advance, emailAt, firstLine, give, mailHub, notice, stops, undoAll } from './mail-hub.ts'
import { until } from './manual-clock.ts'
import { person, runNotifications, startMs } from './running-notifications.ts'

afterEach(undoAll)

describe('a notice', () => {
  it('reaches whoever must act, by what it says to do', async () => {
    const sato = person('sato')
    const { run, mail } = await mailHub({
      people: [sato, person('looker', { tenants: [{ tenant: 'kimitsu', role: 'viewer' }] })],
    })
    await give(run, notice('a'))
    expect(mail.letters.map(({ to }) => to)).toEqual([['sato@example.jp']])
    expect(firstLine(mail.letters[0]?.raw ?? '')).toBe('水口を開けて入水してください')
    const [row] = await run.rows()
    expect(row).toMatchObject({ state: 'delivered', attempts: 1, channel: 'email', alarm: 'a' })
    expect(row?.proof).toContain('queued as 1')
  })

  it('makes one delivery however often it is told, also after a restart', async () => {
    const sato = person('sato')
    const { run, mail, folder } = await mailHub({ people: [sato] })
    await give(run, notice('a'), notice('a'))
    await give(run, notice('a'))
    await stops.pop()?.()
    const again = await runNotifications(folder, { people: [sato], settings: { email: emailAt(mail) } })
    stops.push(() => again.stop())
    await give(again, notice('a'), notice('b'))
    expect(mail.letters).toHaveLength(2)
    expect(await again.rows()).toHaveLength(2)
  })

  it('is for the people of its tenant alone, and for those of every tenant', async () => {
    const people = [
      person('sato'),
      person('factory', { tenants: [{ tenant: 'steel', role: 'admin' }] }),
      person('mayor', { tenants: [{ tenant: '*', role: 'admin' }] }),
    ]
    const { run, mail } = await mailHub({ people })
    await run.prefer(people[1]!, { topics: [{ severity: 'info' }] })
    await give(run, notice('a'))
    expect(mail.letters.flatMap(({ to }) => to).sort()).toEqual(['mayor@example.jp', 'sato@example.jp'])
  })

  it('follows the topics of a person: place, kind, rule and severity', async () => {
    const sato = person('sato')
    const { run, mail } = await mailHub({ people: [sato] })
    const site = 'kimitsu/paddy-koito/paddy-1'
    await run.prefer(sato, {
      topics: [
        { sites: [site], severity: 'minor' },
        { ruleKinds: ['dead-man'], severity: 'info' },
        { rules: ['soil-ec-high'], siteKinds: ['paddy'], severity: 'warning' },
      ],
    })
    await give(
      run,
      notice('minor-here', 'minor'),
      notice('warning-here', 'warning'),
      aNotice({ alarm: anAlarm({ id: 'elsewhere', site: 'kimitsu/x/y' }) }),
      aNotice({ alarm: anAlarm({ id: 'silent', kind: 'dead-man', severity: 'info' }) }),
      aNotice({ alarm: anAlarm({ id: 'salt', rule: 'soil-ec-high', severity: 'warning', site: 'kimitsu/x/y' }) }),
    )
    expect((await run.rows()).map(({ alarm }) => `${alarm}`).sort()).toEqual(['minor-here', 'salt', 'silent'])
    expect(mail.letters).toHaveLength(3)
  })

  it('that something is over goes to those who were told of it, unless they do not want it', async () => {
    const [sato, suzuki, tanaka] = [person('sato'), person('suzuki'), person('tanaka')]
    const { run, mail } = await mailHub({ people: [sato, suzuki, tanaka] })
    await run.prefer(suzuki, { cleared: false })
    await run.prefer(tanaka, { topics: [] })
    await give(
      run,
      notice('a'),
      notice('a', 'major', { kind: 'assigned', key: 'a:1:assigned:tanaka', assignee: 'tanaka' }),
    )
    await give(run, notice('a', 'major', { kind: 'cleared' }))
    const told = (await run.rows()).map(({ person: id, kind }) => `${id} ${kind}`)
    expect(told.sort()).toEqual(['sato cleared', 'sato raised', 'suzuki raised', 'tanaka assigned', 'tanaka cleared'])
    expect(mail.letters).toHaveLength(5)
  })

  it('for somebody without any address is in the log as given up', async () => {
    const { run } = await mailHub({ people: [person('sato', { email: undefined })] })
    await give(run, notice('a'))
    expect(await run.rows()).toMatchObject([
      { state: 'dead', channel: 'none', error: expect.stringContaining('no address') as string },
    ])
  })

  it('is not told to somebody who has left by the time that it is sent', async () => {
    const people = [person('sato')]
    const { run, mail } = await mailHub({ people })
    mail.faults.push('temporary')
    await give(run, notice('a'))
    people.pop()
    await advance(run, 10_000)
    expect(await run.rows()).toMatchObject([{ state: 'dead', error: 'this person is no longer known' }])
    expect(mail.letters).toHaveLength(0)
  })
})

describe('a message to oneself', () => {
  it('is sent by the channel that is asked for', async () => {
    const sato = person('sato')
    const { run, mail } = await mailHub({ people: [sato] })
    const ids = await run.notifications.planner.test(sato, 'email', 'kimitsu', 'test:1')
    run.notifications.wake()
    await until(() => mail.letters.length === 1)
    expect(ids).toHaveLength(1)
    expect(await run.notifications.planner.test(sato, 'line', 'kimitsu', 'test:2')).toEqual([])
  })
})

describe('the delivery log', () => {
  it('is kept for its days; what is not told yet stays, and so does its notice', async () => {
    const { run, mail } = await mailHub({ people: [person('sato')] })
    await give(run, notice('a'))
    mail.faults.push('temporary')
    await give(run, notice('b'))
    expect(await deleteOld(run.database, startMs + 100 * 86_400_000)).toBe(2)
    expect((await run.rows()).map(({ alarm }) => alarm)).toEqual(['b'])
    expect(await run.database.selectFrom('notices').select('alarm').execute()).toEqual([{ alarm: 'b' }])
  })

  it('pages, newest first, and shows a tenant nothing of another', async () => {
    const { run } = await mailHub({ people: [person('sato', { tenants: [{ tenant: '*', role: 'admin' }] })] })
    await give(run, ...['a', 'b', 'c'].map((id) => notice(id)), notice('d', 'major', { tenant: 'steel' }))
    const { deliveries } = run.notifications
    const page = await deliveries.newest({ tenants: ['kimitsu'], limit: 2 })
    const last = page.at(-1)!
    const rest = await deliveries.newest({
      tenants: ['kimitsu'],
      limit: 10,
      after: { createdMs: last.created_ms, id: last.id },
    })
    expect([...page, ...rest].map(({ alarm }) => `${alarm}`).sort()).toEqual(['a', 'b', 'c'])
    expect(await deliveries.newest({ tenants: [], limit: 10 })).toEqual([])
    expect(await deliveries.newest({ tenants: ['steel'], state: 'delivered', limit: 10 })).toHaveLength(1)
  })
})
