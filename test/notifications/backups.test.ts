// That back-ups fail is told to whoever keeps those of the whole city, and to nobody else; that it is over to whoever was told.
import { afterEach, describe, expect, it } from 'vitest'
import { aBackupNotice } from '../../cloud/notifications/notice-fixture.ts'
import { advance, give, mailHub, minuteMs, plainText, undoAll } from './mail-hub.ts'
import { person } from './running-notifications.ts'

const withRole = (id: string, tenant: string, role: string) => person(id, { tenants: [{ tenant, role }] })
const keeper = withRole('keeper', '*', 'admin')
const others = [
  withRole('engineer', '*', 'engineer'),
  withRole('viewer', '*', 'viewer'),
  withRole('of-tenant', 'kimitsu', 'admin'),
]

afterEach(undoAll)

describe('back-ups that fail', () => {
  it('are told of to whoever keeps those of the whole city, once, with what to do', async () => {
    const { run, mail } = await mailHub({ people: [keeper, ...others] })
    await give(run, aBackupNotice())
    await give(run, aBackupNotice())
    expect((await run.rows()).map(({ person: id, kind, state }) => `${id} ${kind} ${state}`)).toEqual([
      'keeper failing delivered',
    ])
    expect(mail.letters).toHaveLength(1)
    expect(plainText(mail.letters[0]?.raw ?? '')).toMatch(
      /^ハブのバックアップができていません。保存先のディスクがつながっているか[\s\S]*2026-11-23 14:05 から 2 回[\s\S]*最後のバックアップ: 2026-11-22 14:05[\s\S]*#\/backups/,
    )
  })

  it('wake nobody in quiet hours', async () => {
    const { run, mail } = await mailHub({ people: [keeper] })
    await run.prefer(keeper, { quietHours: { from: '12:00', to: '16:00', criticalAnyway: true } })
    await give(run, aBackupNotice())
    expect(mail.letters).toHaveLength(0)
    await advance(run, 115 * minuteMs)
    expect(mail.letters).toHaveLength(1)
  })

  it('are over for whoever was told, unless they want no such message', async () => {
    const silent = withRole('silent', '*', 'admin')
    const { run } = await mailHub({ people: [keeper, silent, ...others] })
    await run.prefer(silent, { cleared: false })
    await give(run, aBackupNotice('made'))
    expect(await run.rows()).toEqual([])
    await give(run, aBackupNotice('failing', { code: undefined, lastMs: undefined }))
    await give(run, { ...aBackupNotice('made'), key: 'backups:20261123T050500Z:made:2' })
    const made = (await run.rows()).filter(({ kind }) => kind === 'made')
    expect(made.map(({ person: id, state }) => `${id} ${state}`)).toEqual(['keeper delivered'])
  })
})
