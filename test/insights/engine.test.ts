// The insight engine: what it computes on schedule, what late readings make it compute again, and what it remembers.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defineInsight, hourMs, dayMs } from '../../cloud/insights/insight.ts'
import { openInsightField, tenantGateway, type InsightField } from './insight-field.ts'

const startMs = Date.parse('2026-06-20T00:00:00+09:00')
const settings = { cultivar: 'koshihikari', transplanted: '2026-05-03', depthZeroM: 0.02 } as const

async function withField(
  work: (field: InsightField) => Promise<void>,
  options: Partial<Parameters<typeof openInsightField>[0]> = {},
): Promise<void> {
  const field = await openInsightField({ startMs, paddies: ['koito-1', 'koito-2'], ...options })
  try {
    await work(field)
  } finally {
    await field.close()
  }
}

/** A warm, dry, calm spring before `toMs`, and water as `levelAt` says. */
function fill(
  field: InsightField,
  fromMs: number,
  toMs: number,
  paddies: readonly string[] = ['koito-1', 'koito-2'],
): void {
  for (let time = fromMs; time < toMs; time += hourMs) {
    field.put('station:air-temperature', time, 21 + 4 * Math.sin((time / dayMs) * 2 * Math.PI))
    field.put('station:rain-intensity', time, 0)
    field.put('station:wind-speed', time, 1)
    field.put('station:solar-radiation', time, 0)
    for (const paddy of paddies) field.put(`${paddy}-level:water-level`, time, levelAt(time))
  }
}

/** Each morning filled to 6 cm above the zero of 2 cm. */
const levelAt = (time: number) => 0.08 - (((time + 4 * hourMs) % dayMs) / hourMs) * 0.0005

const adviceOf = (field: InsightField, insight: string, site = 'koito-1') =>
  field.journal.held().find((held) => held.insight === insight && held.site === `${tenantGateway}/${site}`)

describe('the insight engine', () => {
  it('says what is missing instead of guessing', async () => {
    await withField(async (field) => {
      await field.engine.step()
      expect(adviceOf(field, 'water-depth')?.advice?.code).toBe('unknown:depth-zero')
      await field.set('koito-1', { depthZeroM: 0.02 })
      await field.engine.step()
      expect(adviceOf(field, 'water-depth')?.advice?.text.ja).toContain('移植日が設定されていません')
      await field.set('koito-1', settings)
      await field.engine.step()
      expect(adviceOf(field, 'heading')?.advice?.code).toBe('unknown:temperature')
      expect(field.kept.filter(({ key }) => key.includes('heading'))).toEqual([])
    })
  })

  it('says so where a place has no such sensor', async () => {
    await withField(
      async (field) => {
        await field.set('koito-1', settings)
        await field.engine.step()
        expect(adviceOf(field, 'leaf-blast')?.advice?.code).toBe('unknown:rain')
        expect(adviceOf(field, 'leaf-blast')?.advice?.text.en).toContain('there is no sensor for rain')
      },
      { channels: ['air-temperature'] },
    )
  })

  it('advises of water, blast and heading from hourly readings, and stores results as series of the hub', async () => {
    await withField(async (field) => {
      fill(field, startMs - 60 * dayMs, startMs + hourMs)
      await field.set('koito-1', settings)
      await field.clock.advance(10 * 60_000)
      await field.engine.step()
      expect(adviceOf(field, 'water-depth')?.advice).toMatchObject({
        code: 'drain:mid-drainage',
        number: { unit: 'cm' },
      })
      expect(adviceOf(field, 'leaf-blast')?.advice?.code).toBe('none')
      expect(adviceOf(field, 'water-loss')?.advice?.code).toBe('sound')
      expect(adviceOf(field, 'heading')?.advice?.text.ja).toMatch(/出穂は7月\d+日ごろ/)
      const blast = field.kept.find(({ key }) => key === '~koito-1.leaf-blast:code')
      expect(blast?.value).toBe(0)
      expect(new Date(blast?.timeMs ?? 0).toISOString()).toBe('2026-06-19T06:00:00.000Z')
      const [run] = await field.database
        .selectFrom('insight_runs')
        .selectAll()
        .where('insight', '=', 'leaf-blast')
        .execute()
      expect(run).toMatchObject({ version: 1, cause: 'schedule', settings_revision: 1, tenant: 'kimitsu' })
    })
  })

  it('computes each result once, however often it looks', async () => {
    await withField(async (field) => {
      fill(field, startMs - 60 * dayMs, startMs + 6 * hourMs)
      await field.set('koito-1', settings)
      for (let minutes = 0; minutes < 300; minutes += 20) {
        await field.engine.step()
        await field.clock.advance(20 * 60_000)
      }
      const times = field.kept.filter(({ key }) => key === '~koito-1.water-depth:depth').map(({ timeMs }) => timeMs)
      expect(new Set(times).size).toBe(times.length)
      expect(times.length).toBe(6)
    })
  })

  it('goes on where it stopped after a restart, and computes what was due meanwhile', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'musubi-insights-'))
    const place = join(folder, 'hub.sqlite')
    try {
      await withField(
        async (field) => {
          fill(field, startMs - 60 * dayMs, startMs)
          await field.set('koito-1', settings)
          await field.clock.advance(10 * 60_000)
          await field.engine.step()
        },
        { place },
      )
      await withField(
        async (field) => {
          fill(field, startMs - 60 * dayMs, startMs + 5 * hourMs)
          await field.engine.step()
          const times = field.kept.filter(({ key }) => key === '~koito-1.water-depth:depth').map(({ timeMs }) => timeMs)
          expect(times).toEqual([1, 2, 3, 4, 5].map((hour) => startMs + hour * hourMs))
          expect(adviceOf(field, 'leaf-blast')?.advice?.code).toBe('none')
        },
        { place, startMs: startMs + 5 * hourMs + 600_000 },
      )
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('computes again only what late readings touch, and keeps what was said before', async () => {
    await withField(async (field) => {
      const gapMs = startMs - 8 * hourMs
      fill(field, startMs - 60 * dayMs, gapMs)
      for (const paddy of ['koito-1', 'koito-2']) await field.set(paddy, settings)
      field.clock.jump(-8 * hourMs)
      for (let hour = 0; hour < 8; hour += 1) {
        await field.clock.advance(hourMs)
        await field.engine.step()
      }
      const before = field.kept.length
      const results = field.engine.counters.results
      // Water levels of one field come late; nothing else does.
      for (let time = gapMs; time < startMs; time += hourMs) field.put('koito-1-level:water-level', time, levelAt(time))
      field.asked.clear()
      await field.engine.step()
      const late = field.kept.slice(before)
      expect(late.length).toBeGreaterThan(0)
      expect(late.every(({ key }) => key.startsWith('~koito-1.'))).toBe(true)
      expect(late.every(({ key }) => /water|time-to-empty|level-forecast/.test(key))).toBe(true)
      expect(late.every(({ timeMs }) => timeMs > gapMs && timeMs <= startMs + hourMs)).toBe(true)
      // A forecast of the past stays as it was made: only the newest is made anew.
      const forecasts = late.filter(({ key }) => key.includes('level-forecast'))
      expect(new Set(forecasts.map(({ timeMs }) => Math.floor(timeMs / hourMs))).size).toBe(1)
      expect(field.engine.counters.late).toBeLessThanOrEqual(3 * 9 + 1)
      expect(field.engine.counters.results - results).toBe(field.engine.counters.late)
      expect([...field.asked.keys()]).toEqual([`${tenantGateway}/koito-1-level:water-level`])
      const runs = await field.database.selectFrom('insight_runs').selectAll().where('cause', '=', 'late').execute()
      expect(new Set(runs.map(({ site }) => site))).toEqual(new Set([`${tenantGateway}/koito-1`]))
      expect(runs.every(({ from_ms: from }) => from >= gapMs - hourMs)).toBe(true)
    })
  })

  it('takes what is committed while it reads for the first time', async () => {
    let arrive: (() => void) | undefined
    const answered = (key: string) => {
      if (!key.endsWith('koito-1-level:water-level')) return
      arrive?.()
      arrive = undefined
    }
    await withField(
      async (field) => {
        fill(field, startMs - 60 * dayMs, startMs - hourMs)
        await field.set('koito-1', settings)
        field.clock.jump(10 * 60_000)
        const hour = startMs - hourMs
        arrive = () => field.put('koito-1-level:water-level', hour, 0.3)
        await field.engine.step()
        await field.engine.step()
        const depth = field.kept.findLast(({ key }) => key === '~koito-1.water-depth:depth')
        expect(depth?.value).toBeCloseTo(0.28, 5)
      },
      { answered },
    )
  })

  it('reads again what the store did not answer', async () => {
    let isDown = true
    const answered = (key: string) => {
      if (isDown && key.endsWith('rain-intensity')) throw new Error('the store is away')
    }
    await withField(
      async (field) => {
        fill(field, startMs - 60 * dayMs, startMs)
        await field.set('koito-1', settings)
        field.clock.jump(10 * 60_000)
        await expect(field.engine.step()).rejects.toThrow('the store is away')
        isDown = false
        await field.engine.step()
        expect(adviceOf(field, 'leaf-blast')?.advice?.code).toBe('none')
      },
      { answered },
    )
  })

  it('stores a result that late readings change one ms after the one that it replaces, and no result that stays', async () => {
    await withField(async (field) => {
      fill(field, startMs - 60 * dayMs, startMs)
      await field.set('koito-1', settings)
      await field.clock.advance(10 * 60_000)
      await field.engine.step()
      const before = field.kept.length
      const hour = startMs - hourMs
      field.put('koito-1-level:water-level', hour, levelAt(hour))
      await field.engine.step()
      expect(field.kept.slice(before)).toEqual([])
      field.put('koito-1-level:water-level', hour, 0.3)
      await field.engine.step()
      const depth = field.kept.slice(before).find(({ key }) => key === '~koito-1.water-depth:depth')
      expect(depth?.timeMs).toBe(startMs + 1)
      expect(depth?.value).toBeCloseTo(0.28, 5)
    })
  })

  it('writes advice down when it says something else, and not when only its number moves', async () => {
    await withField(async (field) => {
      fill(field, startMs - 60 * dayMs, startMs + 30 * hourMs)
      await field.set('koito-1', settings)
      for (let hour = 0; hour < 5; hour += 1) {
        await field.engine.step()
        await field.clock.advance(hourMs)
      }
      const log = await field.database
        .selectFrom('insight_advice')
        .selectAll()
        .where('insight', '=', 'time-to-empty')
        .execute()
      const codes = log.filter(({ site }) => site.endsWith('koito-1')).map(({ code }) => code)
      expect(codes).toEqual(['lasts'])
    })
  })

  it('makes results of the days before its first one where it reaches back, also of readings that come later', async () => {
    await withField(
      async (field) => {
        const hour = (day: number) => startMs - day * dayMs + 10 * hourMs
        const days = () => field.kept.map(({ timeMs }) => Math.round((startMs - timeMs) / dayMs))
        for (const day of [1, 3]) field.put('koito-1-level:water-level', hour(day), 1)
        await field.engine.step()
        expect(days()).toEqual([2, 0])
        field.put('koito-1-level:water-level', hour(5), 1)
        await field.engine.step()
        expect(days()).toEqual([2, 0, 4])
        // Further back than it reaches.
        field.put('koito-1-level:water-level', hour(9), 1)
        await field.engine.step()
        expect(days()).toEqual([2, 0, 4])
      },
      { insights: [wetHours], paddies: ['koito-1'], startMs: startMs + hourMs },
    )
  })
})

/** The wet hours of a day, of the last six days. */
const wetHours = defineInsight({
  id: 'wet-hours',
  version: 1,
  title: { ja: '湛水時間', en: 'Wet hours' },
  source: { ja: '試験', en: 'test' },
  siteKind: 'paddy',
  every: 'day',
  reachBackDays: 6,
  inputs: {
    level: {
      from: 'site',
      channel: /^water-level$/,
      unit: 'm',
      lookBackHours: 24,
      label: { ja: '水位', en: 'the level' },
    },
  },
  outputs: { hours: { unit: 'h', label: { ja: '時間', en: 'hours' } } },
  compute({ series }) {
    const hours = [...(series.level?.mean ?? [])].filter((value) => value > 0).length
    return { values: hours === 0 ? {} : { hours }, advice: undefined }
  },
})
