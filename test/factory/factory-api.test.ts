// Yield, parts and teaching over HTTP, as a screen asks for them: verdicts come by MQTT, and a gateway that is played answers commands.
import { Value } from 'typebox/value'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeDocument } from '../../broker/contract/document-codec.ts'
import { decodeDocument } from '../../broker/contract/checked-document.ts'
import { CommandDocument, type CommandResult } from '../../broker/contract/command.ts'
import { encodeEnvelope } from '../../broker/contract/envelope-codec.ts'
import { encodeEvent, type NewEvent } from '../../broker/contract/event-codec.ts'
import { commandResultTopic, parseTopic } from '../../broker/contract/topics.ts'
import { FactoryItem, FactorySettingsItem, PartPage, YieldReport } from '../../cloud/factory/factory-schemas.ts'
import { TeachingItem } from '../../cloud/factory/teaching-schemas.ts'
import { birth, gatewayTopic, runCloud, type RunningCloud, temporaryFolder } from '../cloud/running-cloud.ts'
import { until } from '../programs/until.ts'

const gateway = 'kimitsu/paddy-koito'
const site = encodeURIComponent(`${gateway}/works`)
const line = encodeURIComponent(`${gateway}/line-1`)
/** 12:00 in Japan. */
const noonMs = Date.parse('2026-11-22T03:00:00Z')
const hourMs = 3_600_000
const span = `from=${noonMs - 12 * hourMs}&to=${noonMs + 12 * hourMs}`

describe('a factory at the hub', () => {
  let hub: RunningCloud
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let seq = 0
  const asked: CommandDocument[] = []
  let reply: Pick<CommandResult, 'state' | 'code' | 'message'> = { state: 'accepted' }

  const tell = (event: NewEvent): void => {
    seq += 1
    const payload = encodeEnvelope({ epoch: 'e', seq, prev: seq - 1, pack: encodeEvent(event) })
    void hub.cloud.tap({ topic: gatewayTopic('event'), payload })
  }
  const verdict = (index: number, score: number): NewEvent => ({
    kind: 'inspection',
    source: 'line-1',
    timeMs: noonMs + index * 0.5 * hourMs,
    model: { id: 'flange', version: '1.0.0' },
    score,
    class: score >= 0.5 ? 'defect' : null,
    state: score >= 0.5 ? 'reject' : 'pass',
    latencyMs: 40,
    detail: { frame: `000000000000000${index}` },
  })
  const step = (timeMs: number, detail: NonNullable<NewEvent['detail']>): NewEvent => ({
    kind: 'teaching',
    source: 'line-1',
    timeMs,
    model: { id: 'part-1', version: '2.0.0' },
    score: null,
    class: null,
    latencyMs: 0,
    detail: { ja: '歯車', en: 'Gear', beganMs: 1, good: 1, bad: 0, ...detail },
  })
  async function get<T>(path: string): Promise<T> {
    const { status, body } = await hub.get(`/api/v1/${path}`)
    expect(status).toBe(200)
    return body
  }
  async function send(method: string, path: string, body: object): Promise<{ status: number; body: unknown }> {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${hub.url}/api/v1/${path}`, { method, headers, body: JSON.stringify(body) })
    return { status: response.status, body: await response.json() }
  }
  const parts = async (query = '') => (await get<PartPage>(`factories/${site}/parts?${span}${query}`)).items
  const yieldOf = (query = '') => get<YieldReport>(`factories/${site}/yield?${span}${query}`)
  const correct = async (id: string, body: object) =>
    (await send('POST', `events/${encodeURIComponent(id)}/correction`, body)).status

  beforeAll(async () => {
    folder = await temporaryFolder()
    const answer = (topic: string, payload: Uint8Array): void => {
      const parsed = parseTopic(topic)
      if (parsed?.kind !== 'command') return
      asked.push(decodeDocument(CommandDocument, payload))
      const result = encodeDocument({ v: 1, ...reply, timeMs: Date.now() })
      void hub.cloud.tap({ topic: commandResultTopic(parsed.identity, parsed.id), payload: result })
    }
    const publish = (topic: string, payload: Uint8Array) => void setImmediate(() => answer(topic, payload))
    hub = await runCloud(folder.folder, { rules: '[]', more: { publish } })
    const label = { ja: 'フランジ検査', en: 'Flange inspection' }
    const name = { ja: '工場', en: 'Works' }
    const described = birth({
      sites: [{ id: 'works', kind: 'factory', name, position: { lat: 35.3, lon: 139.9 } }],
      devices: [{ id: 'line-1', site: 'works', profile: 'inspection', label, series: [] }],
      inspections: [
        {
          id: 'line-1',
          camera: 'camera-1',
          pictures: { most: 'over', now: 'over' },
          taught: { version: '1.0.0', good: 30, bad: 10, timeMs: 1, falseRejects: 1, falsePasses: 0, auroc: 0.97 },
        },
      ],
      commands: [
        { kind: 'teach', choices: ['line-1'] },
        { kind: 'pictures', choices: ['line-1'] },
      ],
    })
    void hub.cloud.tap({ topic: gatewayTopic('status'), payload: described })
    for (const [index, score] of [0.1, 0.2, 0.9, 0.3, 0.7, 0.4].entries()) tell(verdict(index, score))
    await until('six parts', 10_000, async () => {
      const { body } = await hub.get('/api/v1/events?from=0')
      return (body as { items: readonly unknown[] }).items.length === 6 ? true : undefined
    })
  })
  afterAll(async () => {
    await hub.stop()
    await folder.remove()
  })

  it('tells its lines with what judges them, how well that was taught, and what may leave', async () => {
    const { items } = await get<{ items: FactoryItem[] }>('factories')
    expect(items).toMatchObject([
      {
        site: `${gateway}/works`,
        lines: [
          {
            model: { id: 'flange', version: '1.0.0' },
            taught: { good: 30, auroc: 0.97 },
            pictures: { most: 'over', now: 'over' },
            canTeach: true,
          },
        ],
      },
    ])
    expect(items.flatMap((item) => Value.Errors(FactoryItem, item))).toEqual([])
  })

  it('counts a correction as the truth, names its kind of defect, and takes it back again', async () => {
    const before = await yieldOf()
    expect(before.total).toMatchObject({ judged: 6, passed: 4, good: 4, corrected: 0 })
    expect(Value.Errors(YieldReport, before)).toEqual([])
    const [, rejected, , other] = await parts()
    expect(await correct(rejected?.id ?? '', { judgement: 'good' })).toBe(202)
    expect(await correct(other?.id ?? '', { judgement: 'bad', class: 'dent' })).toBe(202)
    const after = await yieldOf()
    expect(after.total).toMatchObject({ passed: 4, good: 5, corrected: 2, falseRejects: 1 })
    expect(after.defects).toEqual([{ class: 'dent', count: 1, share: 1 }])
    const page = await get<PartPage>(`factories/${site}/parts?${span}&corrected=wrong`)
    expect(Value.Errors(PartPage, page)).toEqual([])
    expect(page.items.map(({ id, correction }) => [id, correction?.judgement])).toEqual([[rejected?.id, 'good']])
    expect(await correct(rejected?.id ?? '', { judgement: 'withdrawn' })).toBe(202)
    expect((await yieldOf()).total).toMatchObject({ good: 4, corrected: 1 })
    expect(asked.at(-1)?.arguments).toMatchObject({ judgement: 'withdrawn', frame: '0000000000000004' })
  })

  it('keeps nothing that its gateway did not take', async () => {
    reply = { state: 'refused', code: 'frame.expired', message: 'gone' }
    const [part] = await parts('&verdict=pass')
    expect(await correct(part?.id ?? '', { judgement: 'bad' })).toBe(410)
    reply = { state: 'accepted' }
    expect((await parts('&corrected=yes')).map(({ id }) => id)).not.toContain(part?.id)
  })

  it('groups by hour and by its own shifts, and says that no part names its lot', async () => {
    expect((await yieldOf()).groups.map(({ judged }) => judged)).toEqual([2, 2, 2])
    const name = { ja: '早番', en: 'Early' }
    const settings = { shifts: [{ id: 'early', name, from: '06:00', to: '13:00' }], defects: [] }
    const set = await send('PUT', `factories/${site}/settings`, settings)
    expect(Value.Errors(FactorySettingsItem, set.body)).toEqual([])
    const { groups, hasLots } = await yieldOf('&by=shift')
    expect(groups.map((group) => [group.name, group.judged])).toEqual([
      [null, 4],
      ['early', 2],
    ])
    expect(hasLots).toBe(false)
    expect((await hub.get(`/api/v1/factories/${site}/yield?zone=Mars/Base`)).status).toBe(400)
  })

  it('finds parts by verdict, score and kind, page by page', async () => {
    expect((await parts('&minScore=0.35&maxScore=0.75')).map(({ score }) => score)).toEqual([0.4, 0.7])
    expect(await parts('&class=dent')).toHaveLength(1)
    const first = await get<PartPage>(`factories/${site}/parts?${span}&limit=4`)
    const rest = await parts(`&cursor=${encodeURIComponent(first.next ?? '')}`)
    expect([...first.items, ...rest].map(({ score }) => score)).toEqual([0.4, 0.7, 0.3, 0.9, 0.2, 0.1])
  })

  it('tells how far a teaching is, with its examples, and passes each step on', async () => {
    const nowMs = Date.now()
    tell(step(nowMs - 5, { stage: 'collecting' }))
    tell(step(nowMs - 4, { stage: 'collecting', change: 'added', example: '000000000000000a', judgement: 'good' }))
    tell(step(nowMs - 3, { stage: 'collecting', change: 'added', example: '000000000000000b', judgement: 'bad' }))
    tell(step(nowMs - 2, { stage: 'collecting', change: 'removed', example: '000000000000000a', judgement: 'good' }))
    const fit = { falseRejects: 1, falsePasses: 0, auroc: 0.9, goodScores: '3,1', badScores: '0,2' }
    tell(step(nowMs - 1, { stage: 'fitted', ...fit }))
    const state = await until('the fit', 10_000, async () => {
      const found = await get<TeachingItem>(`lines/${line}/teaching`)
      return found.stage === 'fitted' ? found : undefined
    })
    expect(Value.Errors(TeachingItem, state)).toEqual([])
    expect(state).toMatchObject({ part: { en: 'Gear' }, fit: { auroc: 0.9, goodScores: [3, 1] } })
    expect(state.examples).toEqual([{ id: '000000000000000b', judgement: 'bad', picture: null }])
    const [part] = await parts()
    const body = { step: 'example', judgement: 'good', event: part?.id }
    expect(await send('POST', `lines/${line}/teaching`, body)).toMatchObject({ status: 200 })
    expect(asked.at(-1)).toMatchObject({ kind: 'teach', arguments: { step: 'example', frame: '0000000000000005' } })
    reply = { state: 'refused', code: 'teach.state', message: 'wait' }
    expect(await send('POST', `lines/${line}/teaching`, { step: 'fit' })).toMatchObject({
      status: 409,
      body: { code: 'teach.state' },
    })
    reply = { state: 'accepted' }
  })

  it('asks the gateway to keep pictures in', async () => {
    expect(await send('PUT', `lines/${line}/pictures`, { pictures: 'none' })).toMatchObject({ status: 200 })
    expect(asked.at(-1)).toMatchObject({ kind: 'pictures', arguments: { inspection: 'line-1', pictures: 'none' } })
  })
})
