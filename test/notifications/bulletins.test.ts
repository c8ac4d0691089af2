// Bulletins reach who asked for them: quiet hours hold all but the pressing ones, ends are told to who knew of the beginning.
import { afterEach, describe, expect, it } from 'vitest'
import { aBulletinNotice } from '../../cloud/notifications/notice-fixture.ts'
import type { BulletinNotice, Recipient } from '../../cloud/notifications/notice.ts'
import { advance, give, mailHub, minuteMs, plainText, undoAll } from './mail-hub.ts'
import { person, type RunningNotifications } from './running-notifications.ts'

const [asked, asksForWorse, silent] = ['asked', 'worse', 'silent'].map((id) => person(id)) as [
  Recipient,
  Recipient,
  Recipient,
]

afterEach(undoAll)

async function people(run: RunningNotifications): Promise<void> {
  await run.prefer(asked, { bulletins: [{ severity: 'warning' }] })
  await run.prefer(asksForWorse, { bulletins: [{ tenants: ['kimitsu'], severity: 'critical' }] })
}

const of = (id: string, change: Partial<BulletinNotice['bulletin']>, kind?: BulletinNotice['kind']) =>
  aBulletinNotice({ id: `kimitsu/${id}`, thread: id, ...change }, kind)

describe('bulletins', () => {
  it('are told to who asked for them from a severity on, and to nobody else', async () => {
    const { run, mail } = await mailHub({ people: [asked, asksForWorse, silent] })
    await people(run)
    await give(run, of('b1', {}), of('b2', { severity: 'minor' }), of('b3', { severity: 'info' }))
    const rows = await run.rows()
    expect(rows.map(({ person: id, subject, state }) => `${id} ${subject} ${state}`).sort()).toEqual([
      'asked bulletin:kimitsu/b1:1:issued delivered',
      'asked bulletin:kimitsu/b2:1:issued delivered',
      'worse bulletin:kimitsu/b1:1:issued delivered',
    ])
    expect(rows.every(({ proof, bulletin, alarm }) => proof !== null && bulletin !== null && alarm === '')).toBe(true)
    expect(mail.letters).toHaveLength(3)
    // The same occasion again tells nobody anything.
    await give(run, of('b1', {}))
    expect(await run.rows()).toHaveLength(3)
  })

  it('end for who was told of them, whatever these ask for by now, and for nobody else', async () => {
    const { run } = await mailHub({ people: [asked, asksForWorse] })
    await people(run)
    await give(run, of('b1', { severity: 'minor' }))
    await run.prefer(asked, { bulletins: [] })
    await give(run, of('b1', { severity: 'critical' }, 'cancelled'))
    expect((await run.rows()).map(({ person: id, kind }) => `${id} ${kind}`)).toEqual([
      'asked issued',
      'asked cancelled',
    ])
  })

  it('wait for the end of quiet hours, unless they are pressing, and are not told once they have expired', async () => {
    const { run, mail } = await mailHub({ people: [asked] })
    const quietHours = { from: '12:00', to: '16:00', criticalAnyway: true }
    await run.prefer(asked, { bulletins: [{ severity: 'info' }], quietHours, digest: 'daily', atOnce: 'critical' })
    const soonMs = run.clock.now() + 30 * minuteMs
    await give(run, of('b1', { isPressing: false }), of('b2', {}), of('b3', { isPressing: false, expiresMs: soonMs }))
    const states = async () =>
      Object.fromEntries((await run.rows()).map(({ bulletin, state, held_for }) => [bulletin ?? '', [state, held_for]]))
    expect(await states()).toEqual({ b1: ['held', 'quiet'], b2: ['delivered', null], b3: ['held', 'quiet'] })
    await advance(run, 120 * minuteMs)
    expect(await states()).toMatchObject({
      b1: ['bundled', 'quiet'],
      b3: ['bundled', 'quiet'],
      '': ['delivered', null],
    })
    const bundle = plainText(mail.letters.at(-1)?.raw ?? '')
    expect(bundle.match(/・【/g)).toHaveLength(1)
  })

  it('go to programs only where these ask for bulletins', async () => {
    const published: string[] = []
    const systems = [
      { channel: 'mqtt', target: '*', tenants: ['*'], severity: 'info', bulletins: 'major' },
      { channel: 'webhook', target: 'cmms', tenants: ['*'], severity: 'info' },
    ] as const
    const publish = (_topic: string, payload: Uint8Array) => Promise.resolve(void published.push(String(payload)))
    const { run } = await mailHub({ people: [], settings: { systems, mqtt: true }, publish })
    await give(run, of('b1', {}), of('b2', { severity: 'minor' }))
    expect((await run.rows()).map(({ channel, bulletin }) => [channel, bulletin])).toEqual([['mqtt', 'b1']])
    expect(published).toHaveLength(1)
  })
})
