// New citizens' reports reach whoever may handle them and has not said no; quiet hours and digests hold them as they hold others.
import { afterEach, describe, expect, it } from 'vitest'
import { aReportNotice } from '../../cloud/notifications/notice-fixture.ts'
import type { Recipient } from '../../cloud/notifications/notice.ts'
import { advance, give, mailHub, minuteMs, plainText, undoAll } from './mail-hub.ts'
import { person } from './running-notifications.ts'

const [operator, declines, elsewhere] = ['operator', 'declines', 'elsewhere'].map((id) => person(id)) as [
  Recipient,
  Recipient,
  Recipient,
]
const role = (one: Recipient, tenant: string, name: string): Recipient => ({
  ...one,
  tenants: [{ tenant, role: name }],
})

afterEach(undoAll)

describe("citizens' reports", () => {
  it('are told to who may handle them there, unless they said no, and once', async () => {
    const people = [
      role(operator, 'kimitsu', 'operator'),
      role(declines, 'kimitsu', 'manager'),
      role(person('viewer'), 'kimitsu', 'viewer'),
      role(elsewhere, 'futtsu', 'operator'),
    ]
    const { run, mail } = await mailHub({ people })
    await run.prefer(people[1] as Recipient, { reports: false })
    await give(run, aReportNotice())
    await give(run, aReportNotice())
    expect((await run.rows()).map(({ person: id, kind, state }) => `${id} ${kind} ${state}`)).toEqual([
      'operator reported delivered',
    ])
    const [letter] = mail.letters
    expect(plainText(letter?.raw ?? '')).toMatch(
      /市民の通報を確認してください: 街路灯の不具合 #12[\s\S]*場所: 南子安 3-12/,
    )
  })

  it('wait for the end of quiet hours, and come together in a digest', async () => {
    const [quiet, gathers] = [operator, declines]
    const { run, mail } = await mailHub({ people: [quiet, gathers] })
    await run.prefer(quiet, { quietHours: { from: '12:00', to: '16:00', criticalAnyway: true } })
    await run.prefer(gathers, { digest: 'hourly', atOnce: 'major' })
    await give(run, aReportNotice(), aReportNotice({ id: 'r2', number: 13, place: '久留里 2' }))
    const held = (await run.rows()).map(({ person: id, held_for: heldFor }) => `${id} ${heldFor}`)
    expect(held.toSorted()).toEqual(['declines digest', 'declines digest', 'operator quiet', 'operator quiet'])
    expect(mail.letters).toHaveLength(0)
    // It is five past two: the digest leaves at three, the quiet hours end at four.
    for (const [minutes, letters] of [
      [55, 1],
      [60, 2],
    ] as const) {
      await advance(run, minutes * minuteMs)
      expect(mail.letters).toHaveLength(letters)
      expect(plainText(mail.letters.at(-1)?.raw ?? '')).toMatch(/#12 南子安 3-12[\s\S]*#13 久留里 2/)
    }
  })
})
