import { describe, expect, it } from 'vitest'
import type { CitizenReport } from './report.ts'
import { noticeOfReport } from './report-notice.ts'

const nowMs = Date.parse('2026-11-23T05:00:00Z')
const hourMs = 3_600_000
const report = (number: number, receivedMs = nowMs): CitizenReport => ({
  id: `r${number}`,
  number,
  tenant: 'kimitsu',
  kind: 'street-light',
  text: '<b>消えています</b> 090-0000-0000',
  position: { lat: 35.330_41, lon: 139.9 },
  lamp: undefined,
  contact: 'sato@example.jp',
  photos: 0,
  leftOut: [],
  state: 'received',
  answer: undefined,
  mergedInto: undefined,
  workOrder: undefined,
  receivedMs,
  changedMs: receivedMs,
  closedMs: undefined,
})

describe('the notice of a citizen’s report', () => {
  it('says what and where, and nothing that the citizen wrote', () => {
    const notice = noticeOfReport(report(12), [], undefined)
    expect(notice).toMatchObject({ key: 'report:r12:reported', tenant: 'kimitsu', timeMs: nowMs })
    expect(notice?.report).toMatchObject({ number: 12, place: '35.33041, 139.90000' })
    expect(noticeOfReport(report(12), [], '南子安 3-12')?.report.place).toBe('南子安 3-12')
    expect(JSON.stringify(notice)).not.toMatch(/消えて|090|sato/)
  })

  it('is one for a storm of reports from one place, and one anew after six quiet hours', () => {
    const first = report(1, nowMs - 7 * hourMs)
    expect(noticeOfReport(report(2, nowMs - 5 * hourMs), [first], undefined)).toBeUndefined()
    expect(noticeOfReport(report(2), [first], undefined)).toBeDefined()
    // Two at once: the earlier one is told, whichever is asked about first.
    expect(noticeOfReport(report(1), [report(2)], undefined)).toBeDefined()
    expect(noticeOfReport(report(2), [report(1)], undefined)).toBeUndefined()
  })
})
