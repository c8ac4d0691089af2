// A field of devices and a hub that a scenario plays with by hand: time, readings, outages, restarts, and what people were told.
import type { DeviceDescription } from '../../broker/contract/documents.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import type { AlarmItem } from '../../cloud/alarms/alarm-schemas.ts'
import type { CloudOptions } from '../../cloud/cloud-options.ts'
import { type AlarmNotice, isOfAlarm, type NoticeSink } from '../../cloud/notifications/notice.ts'
import {
  birth,
  eventually,
  gatewayTopic,
  runCloud,
  sample,
  telemetry,
  temporaryFolder,
  type RunningCloud,
} from '../cloud/running-cloud.ts'
import { createManualClock, type ManualClock } from '../edge/manual-clock.ts'

const rules = `
- { id: low, kind: threshold, severity: warning, match: { channel: level }, below: 10, hysteresis: 2, onDelayS: 0, offDelayS: 0,
    title: { ja: 低い, en: Low }, advice: { ja: 入れる, en: Fill } }
- { id: hot, kind: threshold, severity: major, match: { channel: heat }, above: 90, hysteresis: 5, onDelayS: 60, offDelayS: 60,
    title: { ja: 熱い, en: Hot }, advice: { ja: 冷やす, en: Cool } }
- { id: burst, kind: threshold, severity: critical, match: { channel: pressure }, above: 9, onDelayS: 0, offDelayS: 0,
    title: { ja: 破裂, en: Burst }, advice: { ja: 閉める, en: Close } }
- { id: dark, kind: threshold, severity: warning, match: { channel: lamp }, below: 10, onDelayS: 0, offDelayS: 0, hiddenBy: [broken],
    title: { ja: 暗い, en: Dark }, advice: { ja: 見る, en: Look } }
- { id: broken, kind: threshold, severity: major, match: { channel: lamp }, below: 2, onDelayS: 0, offDelayS: 0,
    title: { ja: 故障, en: Broken }, advice: { ja: 替える, en: Replace } }
- { id: odd, kind: threshold, severity: warning, match: { channel: lamp.score }, above: 0.8, onDelayS: 0, offDelayS: 0, hiddenBy: [dark, broken],
    title: { ja: 変, en: Odd }, advice: { ja: 見る, en: Look } }
- { id: ring-one, kind: threshold, severity: warning, match: { channel: ring }, below: 10, onDelayS: 0, offDelayS: 0, hiddenBy: [ring-two],
    title: { ja: 一, en: One }, advice: { ja: 見る, en: Look } }
- { id: ring-two, kind: threshold, severity: warning, match: { channel: ring }, below: 10, onDelayS: 0, offDelayS: 0, hiddenBy: [ring-one],
    title: { ja: 二, en: Two }, advice: { ja: 見る, en: Look } }
- { id: silent, kind: dead-man, severity: warning, match: {}, intervals: 3, atLeastS: 15,
    title: { ja: 無応答, en: Silent }, advice: { ja: 見る, en: Look } }
- { id: lost, kind: gateway-offline, severity: critical, reason: lost, onDelayS: 5,
    title: { ja: 切断, en: Lost }, advice: { ja: 行く, en: Go } }
`

interface FieldAnswer {
  readonly status: number
  readonly body: unknown
  readonly etag: string | null
}

export interface AlarmField {
  readonly clock: ManualClock
  /** What people were told, oldest first: `kind rule subject`, with `+n` for alarms that it stands for besides. */
  readonly told: readonly string[]
  readonly notices: readonly AlarmNotice[]
  /** One message with the values of `device:channel` at this moment, stored when it resolves. */
  send(values: Readonly<Record<string, number>>): Promise<void>
  /** The same, measured at other times. */
  sendSamples(samples: readonly Sample[]): Promise<void>
  /** Time passes, and each of these devices sends its channel every ten seconds. */
  pass(seconds: number, values?: Readonly<Record<string, number>>): Promise<void>
  offline(): Promise<void>
  online(): Promise<void>
  restart(): Promise<void>
  /** Another hub waits for the database, and goes on when this one ends. */
  handOver(): Promise<void>
  alarms(state?: 'open' | 'all'): Promise<readonly AlarmItem[]>
  /** `rule device:channel` of those whose condition lasts. */
  lasting(): Promise<readonly string[]>
  /** Acknowledges, or gives to 鈴木, the storm that lasts; `of`: only these of its members, one by one. */
  actOnStorm(act: 'acknowledge' | 'assign', of?: (alarm: AlarmItem) => boolean): Promise<unknown>
  post(path: string, body: object): Promise<{ readonly status: number; readonly body: unknown }>
  /** `tag`: If-Match; `key`: Idempotency-Key. The body of an empty answer is undefined. */
  call(method: string, path: string, body?: object, tag?: string, key?: string): Promise<FieldAnswer>
  bytes(path: string): Promise<Buffer>
  stop(): Promise<void>
}

const stepS = 10

/** `devices`: by id, their channels; all at one site of one gateway. `startMs`: hub time, Unix ms. */
export async function openAlarmField(
  devices: Readonly<Record<string, readonly string[]>>,
  { startMs, database }: { readonly startMs?: number; readonly database?: CloudOptions['database'] } = {},
): Promise<AlarmField> {
  const temporary = await temporaryFolder()
  const clock = createManualClock(startMs)
  const kept = new Map<string, AlarmNotice>()
  const notices: NoticeSink = {
    take: (notice) => void (isOfAlarm(notice) && !kept.has(notice.key) && kept.set(notice.key, notice)),
    flush: () => Promise.resolve(),
  }
  const open = () =>
    runCloud(temporary.folder, { rules, clock, notices, ...(database === undefined ? {} : { database }) })
  let running: RunningCloud = await open()
  let seq = 0

  async function online(): Promise<void> {
    const site = {
      id: 'place',
      kind: 'other' as const,
      name: { ja: '場所', en: 'Place' },
      position: { lat: 35, lon: 140 },
    }
    const described = Object.entries(devices).map(([id, channels]) => describe(id, channels))
    void running.cloud.tap({ topic: gatewayTopic('status'), payload: birth({ sites: [site], devices: described }) })
    await clock.advance(5)
  }

  async function sendSamples(samples: readonly Sample[]): Promise<void> {
    seq += 1
    void running.cloud.tap({ topic: gatewayTopic('telemetry'), payload: telemetry(seq, samples) })
    await clock.advance(5)
    await eventually(() => {
      if (running.acks.at(-1)?.through !== seq) throw new Error(`message ${String(seq)} is not acknowledged`)
    })
  }

  const send = (values: Readonly<Record<string, number>>) =>
    sendSamples(Object.entries(values).map(([name, value]) => sample(name, value, clock.now())))

  async function alarms(state: 'open' | 'all' = 'open'): Promise<readonly AlarmItem[]> {
    const { body } = await running.get(`/api/v1/alarms?state=${state}`)
    return (body as { items: AlarmItem[] }).items
  }

  async function call(method: string, path: string, body?: object, tag?: string, key?: string): Promise<FieldAnswer> {
    const headers = {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(tag === undefined ? {} : { 'if-match': tag }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    }
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) }
    const answer = await fetch(`${running.url}${path}`, init)
    const text = await answer.text()
    return {
      status: answer.status,
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
      etag: answer.headers.get('etag'),
    }
  }

  await online()
  return {
    clock,
    get told() {
      return [...kept.values()].map(line)
    },
    get notices() {
      return [...kept.values()]
    },
    send,
    sendSamples,
    async pass(seconds, values) {
      for (let passedS = 0; passedS < seconds; passedS += stepS) {
        const durationS = Math.min(stepS, seconds - passedS)
        if (values === undefined) {
          await clock.advance(durationS * 1000)
          continue
        }
        await clock.advance(durationS * 1000 - 5)
        await send(values)
      }
    },
    async offline() {
      void running.cloud.tap({ topic: gatewayTopic('status'), payload: birth({ state: 'offline', reason: 'lost' }) })
      await clock.advance(5)
    },
    online,
    async restart() {
      await running.stop()
      running = await open()
      await online()
    },
    async handOver() {
      const next = open()
      await running.stop()
      running = await next
      await online()
    },
    alarms,
    async lasting() {
      const open = (await alarms()).filter(({ state }) => state === 'open')
      return open
        .map(({ rule, series, device }) => `${rule} ${nameOf(series ?? undefined, device ?? undefined)}`)
        .toSorted()
    },
    async actOnStorm(act, of) {
      const storm = (await alarms()).filter((alarm) => alarm.storm !== null && of?.(alarm) !== false)
      if (of === undefined) {
        const body = { act, by: '田中', ...(act === 'assign' ? { assignee: '鈴木' } : {}) }
        return (await call('POST', `/api/v1/storms/${storm[0]?.storm ?? ''}/acts`, body)).body
      }
      for (const { id } of storm) await call('POST', `/api/v1/alarms/${id}/ack`, { by: '田中' })
      return undefined
    },
    post: (path, body) => call('POST', path, body),
    call,
    bytes: async (path) => Buffer.from(await (await fetch(`${running.url}${path}`)).arrayBuffer()),
    async stop() {
      await running.stop()
      await temporary.remove()
    },
  }
}

function describe(id: string, channels: readonly string[]): DeviceDescription {
  const series = channels.map((channel) => ({
    name: `${id}:${channel}`,
    intervalS: stepS,
    label: { ja: channel, en: channel },
  }))
  return { id, site: 'place', profile: 'test', label: { ja: id, en: id }, series }
}

function nameOf(series: string | undefined, device: string | undefined): string {
  return series?.split('/').at(-1) ?? device ?? 'gateway'
}

function line({ kind, alarm, alsoCount }: AlarmNotice): string {
  return `${kind} ${alarm.rule} ${nameOf(alarm.series, alarm.device)}${alsoCount === 0 ? '' : ` +${String(alsoCount)}`}`
}
