import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openAlarmField, type AlarmField } from './alarm-field.ts'

let field: AlarmField

beforeEach(async () => {
  field = await openAlarmField({ tank: ['level', 'flow'], pond: ['level'] })
})

afterEach(() => field.stop())

const texts = { title: { ja: '題', en: 'Title' }, advice: { ja: '助言', en: 'Advice' } }
const full = {
  kind: 'threshold',
  severity: 'major',
  match: { channel: 'level' },
  above: 80,
  onDelayS: 0,
  offDelayS: 0,
  ...texts,
}
const path = '/api/v1/rules/kimitsu/full'

const call: AlarmField['call'] = (...request) => field.call(...request)

describe('rules of the API', () => {
  it('are in force at once, judge what is already there, and clear their alarms when they go', async () => {
    await field.send({ 'tank:level': 90 })
    expect(await field.lasting()).toEqual([])
    const made = await call('PUT', path, full)
    expect(made).toMatchObject({ status: 200, etag: '"1"', body: { id: 'full', tenant: 'kimitsu', revision: 1 } })
    expect(await field.lasting()).toEqual(['full tank:level'])
    expect(await call('PUT', path, { ...full, above: 95 }, '"1"')).toMatchObject({ status: 200, etag: '"2"' })
    await field.send({ 'tank:level': 91 })
    expect(await field.lasting()).toEqual([])
    await field.send({ 'tank:level': 96 })
    expect(await field.lasting()).toEqual(['full tank:level'])
    expect(await call('DELETE', path, undefined, '"2"')).toMatchObject({ status: 204 })
    expect(await field.lasting()).toEqual([])
    expect(await call('GET', path)).toMatchObject({ status: 404 })
  })

  it('survive a restart with every revision: who, when and what', async () => {
    await call('PUT', `${path}?by=田中&comment=試し`, full)
    await call('PUT', `${path}?by=鈴木`, { ...full, above: 70 }, '"1"')
    await field.restart()
    await field.send({ 'tank:level': 75 })
    expect(await field.lasting()).toEqual(['full tank:level'])
    const { body } = await call('GET', `${path}/history`)
    expect(body).toMatchObject({
      items: [
        { revision: 2, action: 'changed', changedBy: '鈴木', comment: null, rule: { above: 70 } },
        { revision: 1, action: 'created', changedBy: '田中', comment: '試し', rule: { above: 80 } },
      ],
    })
    await call('DELETE', path, undefined, '*')
    expect(await call('PUT', path, full)).toMatchObject({ status: 200, etag: '"4"' })
  })

  it('take the place of one of the file, which holds again when they are deleted', async () => {
    await field.send({ 'tank:level': 5, 'pond:level': 50 })
    expect(await field.lasting()).toEqual(['low tank:level'])
    expect(await call('GET', '/api/v1/rules/kimitsu/low')).toMatchObject({ etag: '"0"', body: { source: 'file' } })
    await call('PUT', '/api/v1/rules/kimitsu/low', { ...full, above: undefined, below: 3 }, '"0"')
    expect(await field.lasting()).toEqual([])
    await call('PUT', '/api/v1/rules/kimitsu/low', { ...full, above: undefined, below: 3, disabled: true }, '"1"')
    await field.send({ 'tank:level': 1 })
    expect(await field.lasting()).toEqual([])
    await call('DELETE', '/api/v1/rules/kimitsu/low', undefined, '"2"')
    expect(await field.lasting()).toEqual(['low tank:level'])
  })

  it('are not written over what somebody else has changed meanwhile', async () => {
    await call('PUT', path, full)
    expect(await call('PUT', path, full)).toMatchObject({ status: 412, body: { code: 'rule.stale' } })
    expect(await call('PUT', path, full, '"7"')).toMatchObject({ status: 412 })
    expect(await call('DELETE', path, undefined, '"0"')).toMatchObject({ status: 412 })
    expect(await call('PUT', path, full, '"1"')).toMatchObject({ status: 200, etag: '"2"' })
  })

  it('are refused with every fault in its place', async () => {
    const wrong = { ...full, severity: 'awful', onDelayS: -1, colour: 'red' }
    const answer = await call('PUT', path, wrong)
    expect(answer).toMatchObject({ status: 422, body: { code: 'rule.invalid' } })
    const { errors } = answer.body as { errors: { path: string }[] }
    expect(new Set(errors.map((error) => error.path))).toEqual(new Set(['/severity', '/onDelayS', '/colour']))
    const expression = {
      ...texts,
      kind: 'expression',
      severity: 'minor',
      by: 'site',
      match: {},
      onDelayS: 0,
      offDelayS: 0,
    }
    const faulty = { ...expression, series: { level: 'level' }, when: 'level <', clearWhen: 'depth > 1' }
    const both = (await call('PUT', path, faulty)).body
    expect(both).toMatchObject({
      errors: [
        { path: '/when', code: 'syntax', values: { at: 8 } },
        { path: '/clearWhen', code: 'foreign-name', values: { name: 'depth' } },
      ],
    })
  })

  it('that others name cannot go, and may name only what is there', async () => {
    const both = {
      kind: 'composite',
      severity: 'critical',
      by: 'site',
      of: { all: [{ rule: 'full' }, { rule: 'hot' }] },
      onDelayS: 0,
      offDelayS: 0,
      ...texts,
    }
    expect(await call('PUT', '/api/v1/rules/kimitsu/both', both)).toMatchObject({ status: 422 })
    await call('PUT', path, full)
    expect(await call('PUT', '/api/v1/rules/kimitsu/both', both)).toMatchObject({ status: 200 })
    const errors = [{ path: 'both /of', code: 'part-missing', values: { part: 'full', rule: 'both' } }]
    expect(await call('DELETE', path, undefined, '"1"')).toMatchObject({ status: 422, body: { errors } })
    const never = { ...both, of: { not: { rule: 'full' } } }
    expect(await call('PUT', '/api/v1/rules/kimitsu/both', never, '"1"')).toMatchObject({ status: 422 })
  })

  it('of one tenant judge nothing of another', async () => {
    await call('PUT', '/api/v1/rules/futtsu/full', full)
    await field.send({ 'tank:level': 90 })
    expect(await field.lasting()).toEqual([])
  })
})

describe('the preview of a rule', () => {
  it('raises what the rule would have raised, and nothing for real', async () => {
    for (const level of [50, 90, 90, 50, 95, 85]) await field.pass(60, { 'tank:level': level, 'pond:level': 20 })
    const answer = await call('POST', '/api/v1/rules/preview', { tenant: 'kimitsu', rule: { ...full, onDelayS: 30 } })
    expect(answer.status).toBe(200)
    const { intervals, ...preview } = answer.body as { intervals: { raisedAt: number; clearedAt: number | null }[] }
    expect(preview).toMatchObject({ complete: true, series: 2, seriesWatched: 2, readings: 72, raised: 2, subjects: 1 })
    expect(intervals).toMatchObject([
      { series: 'kimitsu/paddy-koito/tank:level', value: 90 },
      { series: 'kimitsu/paddy-koito/tank:level', value: 95, clearedAt: null },
    ])
    expect((intervals[0]?.clearedAt ?? 0) - (intervals[0]?.raisedAt ?? 0)).toBe(90_000)
    expect(await field.alarms('all')).toEqual([])
    expect(await call('GET', path)).toMatchObject({ status: 404 })
  })

  it('goes over combinations and expressions as over limits', async () => {
    await field.pass(60, { 'tank:level': 90, 'tank:flow': 1 })
    await field.pass(60, { 'tank:level': 90, 'tank:flow': 5 })
    const delays = { onDelayS: 0, offDelayS: 0 }
    const expression = {
      ...texts,
      ...delays,
      kind: 'expression',
      severity: 'minor',
      by: 'device',
      match: {},
      series: { level: 'level', flow: 'flow' },
      when: 'level / flow < 20',
    }
    const one = await call('POST', '/api/v1/rules/preview', { tenant: 'kimitsu', rule: expression })
    expect(one).toMatchObject({ status: 200, body: { raised: 1, intervals: [{ device: 'tank', value: 5 }] } })
    await call('PUT', path, full)
    await call('PUT', '/api/v1/rules/kimitsu/ratio', expression)
    const both = { ...texts, ...delays, kind: 'composite', severity: 'major', by: 'device' }
    const rule = { ...both, of: { all: [{ rule: 'full' }, { not: { rule: 'ratio' } }] } }
    const two = await call('POST', '/api/v1/rules/preview', { tenant: 'kimitsu', rule })
    expect(two).toMatchObject({ status: 200, body: { raised: 1, intervals: [{ device: 'tank' }] } })
  })

  it('refuses a rule with faults, and one of which the past is not stored', async () => {
    const faulty = await call('POST', '/api/v1/rules/preview', { tenant: 'kimitsu', rule: { ...full, above: 'high' } })
    const errors = [{ path: '/above', code: 'wrong-value', message: 'must be number', values: {} }]
    expect(faulty).toMatchObject({ status: 422, body: { code: 'rule.invalid', errors } })
    const offline = { ...texts, kind: 'gateway-offline', severity: 'minor', reason: 'lost', onDelayS: 0 }
    const answer = await call('POST', '/api/v1/rules/preview', { tenant: 'kimitsu', rule: offline })
    expect(answer).toMatchObject({ status: 422, body: { code: 'rule.invalid' } })
  })
})
