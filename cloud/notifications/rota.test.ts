// Who is on call: weeks, hand-over, Japanese holidays, office hours and overrides.
import { describe, expect, it } from 'vitest'
import { dutyCalendar, onDuty, rotaFaults, type RotaBody } from './rota.ts'
import { holidayName, isDayOff } from './working-days.ts'
import { parseDate } from '../calendar/day-number.ts'

const at = (text: string) => Date.parse(`${text}+09:00`)
const rota: RotaBody = {
  name: '道路課',
  timeZone: 'Asia/Tokyo',
  startDate: '2026-11-16',
  handOver: '09:00',
  weekly: ['sato', 'suzuki', 'tanaka'],
  overrides: [],
}

describe('a rota', () => {
  it.each([
    ['2026-11-16T08:59:59', 'tanaka'],
    ['2026-11-16T09:00:00', 'sato'],
    ['2026-11-23T08:59:59', 'sato'],
    ['2026-11-23T09:00:00', 'suzuki'],
    ['2026-12-07T10:00:00', 'sato'],
    ['2026-01-01T10:00:00', 'tanaka'],
  ])('at %s it is the turn of %s', (now, person) => {
    expect(onDuty(rota, at(now))).toEqual({ people: [person], because: 'week' })
  })

  it('has other people on weekends, holidays and days that the office is closed, from hand-over to hand-over', () => {
    const withDaysOff = {
      ...rota,
      daysOff: { people: ['duty-room'], closed: ['12-29', '12-30', '12-31', '01-02', '01-03'] },
    }
    // 2026-11-23 is Labour Thanksgiving Day, a Monday.
    expect(onDuty(withDaysOff, at('2026-11-23T12:00:00')).because).toBe('day-off')
    expect(onDuty(withDaysOff, at('2026-11-24T08:00:00')).because).toBe('day-off')
    expect(onDuty(withDaysOff, at('2026-11-24T09:00:00'))).toEqual({ people: ['suzuki'], because: 'week' })
    expect(onDuty(withDaysOff, at('2026-12-30T12:00:00')).because).toBe('day-off')
  })

  it('gives office hours of working days to the desk, and overrides win over everything', () => {
    const full = {
      ...rota,
      officeHours: { from: '08:30', to: '17:15', people: ['desk-1', 'desk-2'] },
      overrides: [{ from: at('2026-11-25T12:00:00'), to: at('2026-11-25T13:00:00'), person: 'ito' }],
    }
    expect(onDuty(full, at('2026-11-25T11:59:00'))).toEqual({ people: ['desk-1', 'desk-2'], because: 'office-hours' })
    expect(onDuty(full, at('2026-11-25T12:00:00'))).toEqual({ people: ['ito'], because: 'override' })
    expect(onDuty(full, at('2026-11-25T17:15:00')).because).toBe('week')
    expect(onDuty(full, at('2026-11-23T12:00:00')).because).toBe('week')
  })

  it('shows its days with every change of duty, without a gap', () => {
    const full = {
      ...rota,
      daysOff: { people: ['duty-room'], closed: [] },
      officeHours: { from: '08:30', to: '17:15', people: ['desk-1'] },
      overrides: [{ from: at('2026-11-25T20:00:00'), to: at('2026-11-26T02:00:00'), person: 'ito' }],
    }
    const days = dutyCalendar(full, at('2026-11-21T00:00:00'), 7)
    expect(days.map(({ date }) => date).at(-1)).toBe('2026-11-27')
    expect(days[2]?.holiday?.ja).toBe('勤労感謝の日')
    expect(days[4]?.shifts.map(({ people, because }) => `${because} ${people.join()}`)).toEqual([
      'office-hours desk-1',
      'week suzuki',
      'override ito',
      'week suzuki',
      'office-hours desk-1',
    ])
    const all = days.flatMap(({ shifts }) => shifts)
    for (const [index, shift] of all.entries()) if (index > 0) expect(shift.fromMs).toBe(all[index - 1]?.toMs)
  })

  it('names its faults', () => {
    const faults = rotaFaults({
      ...rota,
      timeZone: 'Tokyo',
      startDate: '2026-02-30',
      overrides: [{ from: 2, to: 1, person: 'x' }],
    })
    expect(faults).toHaveLength(3)
  })
})

describe('working days', () => {
  it('know holidays that move and those in lieu', () => {
    const day = (text: string) => parseDate(text) ?? 0
    expect(holidayName(day('2026-05-06'))?.en).toBe('Holiday in lieu')
    expect(holidayName(day('2026-09-22'))?.ja).toMatch(/休日/)
    expect(isDayOff(day('2026-11-24'), [])).toBe(false)
    expect(isDayOff(day('2026-11-24'), ['11-24'])).toBe(true)
  })
})
