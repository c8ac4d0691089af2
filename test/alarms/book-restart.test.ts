import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '../../broker/contract/ports.ts'
import { AlarmBook } from '../../cloud/alarms/alarm-book.ts'
import { openAlarmStorage, type AlarmStorage } from '../../cloud/alarms/alarm-storage.ts'
import { MaintenanceWindows } from '../../cloud/alarms/maintenance-windows.ts'
import type { AlarmRule } from '../../cloud/alarms/rules/rule.ts'
import type { AlarmNotice } from '../../cloud/notifications/notice.ts'
import type { GatewayRecord } from '../../cloud/registry/gateway-registry.ts'
import { wholeCity } from '../../cloud/people/principal.ts'
import { openHubDatabase, type HubDatabase } from '../../cloud/registry/hub-database.ts'
import { createManualClock } from '../edge/manual-clock.ts'

const rule: AlarmRule = {
  id: 'low',
  kind: 'threshold',
  severity: 'warning',
  title: { ja: '低い', en: 'Low' },
  advice: { ja: '見る', en: 'Look' },
  match: {},
  below: 1,
  hysteresis: 0,
  onDelayS: 0,
  offDelayS: 0,
}
const subjects = 8

type Step =
  | { readonly kind: 'raise' | 'clear' | 'acknowledge' | 'shelve' | 'unshelve'; readonly subject: number }
  | { readonly kind: 'gateway'; readonly state: 'online' | 'offline' }
  | { readonly kind: 'work' | 'work-ends' }
  | { readonly kind: 'wait'; readonly seconds: number }

let folder: string
let database: HubDatabase

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-book-'))
  database = await openHubDatabase(join(folder, 'hub.sqlite'))
})

afterAll(async () => {
  await database.destroy()
  await rm(folder, { recursive: true })
})

interface Outcome {
  readonly alarms: readonly object[]
  readonly believed: readonly string[]
  readonly repeated: number
}

/** Plays the steps from an empty database; before each step in `restarts` the book is closed and opened again. */
async function play(steps: readonly Step[], restarts: ReadonlySet<number>): Promise<Outcome> {
  for (const table of ['alarms', 'alarm_log', 'alarm_shelves', 'alarm_storms', 'maintenance_windows'] as const) {
    await database.deleteFrom(table).execute()
  }
  const clock = createManualClock()
  const notices: AlarmNotice[] = []
  let state: 'online' | 'offline' = 'online'
  let ids = 0
  const record = (): GatewayRecord => ({
    id: 'kimitsu/gateway',
    state,
    reason: undefined,
    sinceMs: 0,
    sinceAtMs: 0,
    lastSeenMs: undefined,
    birth: undefined,
    sites: new Map(),
    devices: new Map(),
  })

  async function open(): Promise<{ book: AlarmBook; storage: AlarmStorage; windows: MaintenanceWindows }> {
    const storage = openAlarmStorage({ database, clock, log: silentLog })
    const windows = new MaintenanceWindows({ database, clock })
    await windows.restore()
    const take = (notice: AlarmNotice) => void notices.push(notice)
    const newId = () => `alarm-${String(ids++)}`
    const book = new AlarmBook({ storage, windows, registry: { get: record }, notices: { take }, clock, newId })
    book.restore(await storage.load(book.raisedSinceMs))
    return { book, storage, windows }
  }

  let opened = await open()
  const wait = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      await clock.advance(1000)
      opened.book.tick({ ms: clock.now(), atMs: clock.monotonic() })
    }
  }
  for (const [place, step] of steps.entries()) {
    if (restarts.has(place)) {
      await opened.storage.close()
      opened = await open()
    }
    const { book, windows } = opened
    const alarm =
      'subject' in step ? book.open().find(({ subject }) => subject === `s${String(step.subject)}`) : undefined
    if (step.kind === 'raise' || step.kind === 'clear') {
      const key = `s${String(step.subject)}`
      const subject = { key, gateway: 'kimitsu/gateway', device: key, series: key, site: 'kimitsu/gateway/place' }
      const change = { rule, subject, active: step.kind === 'raise', timeMs: clock.now(), value: 0 }
      if (book.isActive(rule.id, key) !== change.active) book.transition(change)
    } else if (step.kind === 'acknowledge' && alarm !== undefined) await book.acknowledge(alarm.id, 'a', undefined)
    else if (step.kind === 'shelve' && alarm !== undefined) {
      await book.shelve(alarm.id, { untilMs: clock.now() + 60_000, reason: 'r', by: 'a' })
    } else if (step.kind === 'unshelve' && alarm !== undefined) await book.unshelve(alarm.id, 'a')
    else if (step.kind === 'gateway') state = step.state
    else if (step.kind === 'work') {
      const place = 'kimitsu/gateway/place'
      await windows.add({ scope: 'site', place, fromMs: clock.now(), toMs: clock.now() + 90_000, reason: 'r', by: 'a' })
    } else if (step.kind === 'work-ends') {
      for (const { id } of await windows.list({ past: false, scope: wholeCity })) await windows.end(id)
    } else if (step.kind === 'wait') await wait(step.seconds)
  }
  state = 'online'
  await wait(2000)
  await opened.storage.close()
  return outcomeOf(opened.book, notices)
}

/** What is open, what people were last told of each of those, and how many notices came twice. */
function outcomeOf(book: AlarmBook, notices: readonly AlarmNotice[]): Outcome {
  const alarms = book.open().map(({ subject, clearedMs, acknowledgedMs, suppressions, told, occurrence }) => ({
    subject,
    lasts: clearedMs === undefined,
    acknowledged: acknowledgedMs !== undefined,
    suppressions,
    told,
    occurrence,
  }))
  const believed = book.open().filter(({ told }) => told === 'raised')
  return {
    alarms: alarms.toSorted((a, b) => a.subject.localeCompare(b.subject)),
    believed: believed.map(({ subject }) => subject).toSorted(),
    repeated: notices.length - new Set(notices.map(({ key }) => key)).size,
  }
}

const subject = fc.integer({ min: 0, max: subjects - 1 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('raise' as const, 'clear' as const), subject }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('acknowledge' as const, 'shelve' as const, 'unshelve' as const),
      subject,
    }),
  },
  fc.record({ kind: fc.constant('gateway' as const), state: fc.constantFrom('online' as const, 'offline' as const) }),
  fc.record({ kind: fc.constantFrom('work' as const, 'work-ends' as const) }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 40 }) }) },
)

describe('the book of alarms', () => {
  it('ends in the same state however often the hub is restarted, and says nothing twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.array(fc.integer({ min: 0, max: 39 }), { maxLength: 6 }),
        async (steps, restarts) => {
          const whole = await play(steps, new Set())
          const broken = await play(steps, new Set(restarts))
          expect(broken.alarms).toEqual(whole.alarms)
          expect(broken.believed).toEqual(whole.believed)
          expect([whole.repeated, broken.repeated]).toEqual([0, 0])
        },
      ),
      { numRuns: 60 },
    )
  })
})
