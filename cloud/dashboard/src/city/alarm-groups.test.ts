import { describe, expect, it } from 'vitest'
import { anAlarm } from './alarm-fixture.ts'
import { groupAlarms, hiddenBehind, quietCount } from './alarm-groups.ts'

const ids = (entries: readonly { readonly id: string }[]): readonly string[] => entries.map(({ id }) => id)

describe('groups of alarms', () => {
  it('part what needs somebody from what is looked after, what is over and what is only to be known', () => {
    const groups = groupAlarms([
      anAlarm({ id: 'seen', acknowledged: true }),
      anAlarm({ id: 'ordered', workOrder: { id: 'w', number: 1, state: 'open' } }),
      anAlarm({ id: 'over', state: 'cleared' }),
      anAlarm({ id: 'told', severity: 'info' }),
      anAlarm({ id: 'new' }),
    ])
    expect(ids(groups.todo)).toEqual(['new'])
    expect(ids(groups.handled)).toEqual(['ordered', 'seen'])
    expect(ids(groups.ended)).toEqual(['over'])
    expect(ids(groups.notices)).toEqual(['told'])
    expect(quietCount(groups)).toBe(0)
  })

  it('make one entry of a storm, with its worst alarm in front', () => {
    const groups = groupAlarms([
      anAlarm({ id: 'a', storm: 's', severity: 'minor' }),
      anAlarm({ id: 'b', severity: 'warning' }),
      anAlarm({ id: 'c', storm: 's', severity: 'critical' }),
    ])
    expect(ids(groups.todo)).toEqual(['s', 'b'])
    expect(groups.todo[0]?.alarm.id).toBe('c')
    expect(groups.todo[0]?.members).toHaveLength(2)
  })

  it('keep what nobody is told of apart, each once and by its first cause, whatever its state', () => {
    const groups = groupAlarms([
      anAlarm({ id: 'a', suppressions: ['shelved', 'flapping'] }),
      anAlarm({ id: 'b', suppressions: ['gateway-offline'], state: 'cleared' }),
      anAlarm({ id: 'c' }),
    ])
    expect(ids(groups.todo)).toEqual(['c'])
    expect([...groups.quiet].map(([cause, alarms]) => [cause, ids(alarms)])).toEqual([
      ['shelved', ['a']],
      ['gateway-offline', ['b']],
    ])
    expect(quietCount(groups)).toBe(2)
  })

  it('count what hangs on a gateway or a device that is down, and nothing else', () => {
    const lost = anAlarm({ id: 'lost', kind: 'gateway-offline', series: null, site: null })
    const silent = anAlarm({ id: 'silent', kind: 'dead-man', series: null, device: 'meter' })
    const open = [
      lost,
      silent,
      anAlarm({ id: 'a', suppressions: ['gateway-offline'] }),
      anAlarm({ id: 'b', suppressions: ['gateway-offline'], gateway: 'kimitsu/other' }),
      anAlarm({ id: 'c', suppressions: ['gateway-offline'], state: 'cleared' }),
      anAlarm({ id: 'd', suppressions: ['device-silent'], device: 'meter' }),
      anAlarm({ id: 'e', suppressions: ['device-silent'], device: 'lamp' }),
    ]
    expect(hiddenBehind(lost, open)).toBe(1)
    expect(hiddenBehind(silent, open)).toBe(1)
    expect(hiddenBehind({ ...lost, state: 'cleared' }, open)).toBe(0)
    expect(hiddenBehind(anAlarm(), open)).toBe(0)
  })
})
