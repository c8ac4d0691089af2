// Who wanted the network and when, as counts: client hours, traffic, the busiest hour, and hours in which it was full.
import {
  cannotTell,
  defineInsight,
  hourMs,
  missingReadings,
  missingSeries,
  reportDays,
  type Advice,
  type Hours,
  type InputDeclaration,
} from '../insight.ts'
import { hourOfDay } from '../../calendar/japan-days.ts'

const weeks = 4
const clients: InputDeclaration = {
  from: 'site',
  channel: /^clients$/,
  unit: 'count',
  lookBackHours: weeks * 7 * 24,
  label: { ja: '接続端末数', en: 'clients' },
}
const rate = (channel: RegExp, label: InputDeclaration['label']): InputDeclaration => ({
  from: 'site',
  channel,
  unit: 'bit/s',
  lookBackHours: 24,
  label,
})
const received = rate(/^rx-rate$/, { ja: '受信速度', en: 'the receive rate' })
const sent = rate(/^tx-rate$/, { ja: '送信速度', en: 'the transmit rate' })

/** At so much of its capacity an access point turns people away or slows all down. Own choice. */
const fullShare = 0.9
/** Full hours of a week: one is a fair day, five are every working day. Own choices. */
const fullHours = { watch: 1, act: 5 } as const

export const apUse = defineInsight({
  id: 'ap-use',
  version: 1,
  title: { ja: 'アクセスポイントの利用', en: 'Use of the access point' },
  source: {
    ja: '自社の方法：1時間ごとの接続端末数と通信量の集計（台数のみ、端末の識別はしない）',
    en: 'Own method: clients and traffic by the hour (counts only, no device is identified)',
  },
  siteKind: 'wifi',
  every: 'day',
  reachBackDays: reportDays,
  dayEndsHour: 0,
  inputs: { clients, received, sent },
  outputs: {
    'client-time': { unit: 's', label: { ja: '延べ接続時間', en: 'Client time' } },
    'peak-clients': { unit: 'count', label: { ja: '最大接続端末数', en: 'Most clients' } },
    traffic: { unit: 'B', label: { ja: '通信量', en: 'Traffic' } },
    'busiest-hour': { unit: undefined, label: { ja: '最も混む時刻', en: 'Busiest hour' } },
  },
  compute({ series }) {
    if (series.clients === undefined) return cannotTell('clients', missingSeries(clients))
    const day = lastHours(series.clients.mean, 24)
    const measured = day.filter((value) => !Number.isNaN(value))
    if (measured.length < 20) return cannotTell('clients', missingReadings(clients))
    const clientHours = measured.reduce((sum, value) => sum + value, 0)
    const peak = Math.max(...lastHours(series.clients.max, 24).filter((value) => !Number.isNaN(value)))
    const bytes = bytesOf(series.received) + bytesOf(series.sent)
    const busiest = busiestHour(series.clients)
    return {
      values: {
        'client-time': clientHours * 3600,
        'peak-clients': peak,
        ...(Number.isNaN(bytes) ? {} : { traffic: bytes }),
        ...(busiest === undefined ? {} : { 'busiest-hour': busiest }),
      },
      advice: useAdvice({ clientHours, peak, bytes, busiest }),
    }
  },
})

function useAdvice(use: {
  readonly clientHours: number
  readonly peak: number
  readonly bytes: number
  readonly busiest: number | undefined
}): Advice {
  const traffic = Number.isNaN(use.bytes) ? { ja: '', en: '' } : gigabytes(use.bytes)
  const busy =
    use.busiest === undefined
      ? { ja: '', en: '' }
      : { ja: `。よく混むのは${use.busiest}時台です`, en: `; the busiest hour begins at ${use.busiest}:00` }
  return {
    level: 'fine',
    code: 'used',
    text: {
      ja: `昨日は延べ${use.clientHours.toFixed(0)}台・時間、最大${use.peak.toFixed(0)}台の利用でした${traffic.ja}${busy.ja}。`,
      en: `Yesterday ${use.clientHours.toFixed(0)} client hours, at most ${use.peak.toFixed(0)} at once${traffic.en}${busy.en}.`,
    },
    number: { value: use.clientHours, unit: 'h', label: { ja: '延べ接続時間', en: 'client hours' } },
  }
}

function gigabytes(bytes: number) {
  const text = (bytes / 1e9).toFixed(1)
  return { ja: `（${text}GB）`, en: ` (${text} GB)` }
}

/** The local hour of the day with the most clients on average; undefined: too few days or nobody there. */
export function busiestHour({ fromMs, mean }: Hours): number | undefined {
  const sums = new Float64Array(24)
  const counts = new Float64Array(24)
  for (const [index, value] of mean.entries()) {
    if (Number.isNaN(value)) continue
    const hour = hourOfDay(fromMs + index * hourMs)
    sums[hour] = (sums[hour] as number) + value
    counts[hour] = (counts[hour] as number) + 1
  }
  if (counts.some((count) => count < 3)) return undefined
  const means = sums.map((sum, hour) => sum / (counts[hour] as number))
  const most = Math.max(...means)
  return most === 0 ? undefined : means.indexOf(most)
}

/** Of the last day; NaN where nothing was measured. */
function bytesOf(rate: Hours | undefined): number {
  const known = rate === undefined ? [] : [...rate.mean].filter((value) => !Number.isNaN(value))
  return known.length === 0 ? Number.NaN : known.reduce((sum, bits) => sum + (bits / 8) * 3600, 0)
}

function lastHours(column: Float32Array, hours: number): readonly number[] {
  return [...column.subarray(Math.max(0, column.length - hours))]
}

export const apDemand = defineInsight({
  id: 'ap-demand',
  version: 1,
  title: { ja: '足りない回線', en: 'Unmet demand' },
  source: {
    ja: '自社の方法：最大接続端末数が収容数の9割以上だった時間。接続失敗の数を出す系列はどの機種の定義にもない',
    en: 'Own method: hours in which the most clients were nine tenths of the capacity or more. No profile has a series of failed connections',
  },
  siteKind: 'wifi',
  every: 'day',
  reachBackDays: reportDays,
  dayEndsHour: 0,
  inputs: { clients },
  outputs: { 'full-time': { unit: 's', label: { ja: '満員の時間', en: 'Time when full' } } },
  compute({ series, settings }) {
    if (series.clients === undefined) return cannotTell('clients', missingSeries(clients))
    const { capacityClients } = settings
    if (capacityClients === undefined) {
      return cannotTell('capacity', { ja: '収容数が設定されていません', en: 'its capacity is not set' })
    }
    const day = lastHours(series.clients.max, 24)
    if (day.filter((value) => !Number.isNaN(value)).length < 20) return cannotTell('clients', missingReadings(clients))
    const isFull = (most: number) => most >= fullShare * capacityClients
    const week = lastHours(series.clients.max, 7 * 24).filter(isFull).length
    return {
      values: { 'full-time': day.filter(isFull).length * 3600 },
      advice: demandAdvice(week, capacityClients),
    }
  },
})

function demandAdvice(week: number, capacity: number): Advice {
  const number = { value: week, unit: 'h', label: { ja: '1週間の満員時間', en: 'full hours of a week' } }
  if (week < fullHours.watch) {
    return {
      level: 'fine',
      code: 'enough',
      text: {
        ja: `この1週間、収容数（${capacity}台）に届いた時間はありません。`,
        en: `It was never near its capacity of ${capacity} clients this week.`,
      },
      number,
    }
  }
  const isMuch = week >= fullHours.act
  return {
    level: isMuch ? 'act' : 'watch',
    code: isMuch ? 'too-few' : 'full',
    text: {
      ja: `${isMuch ? 'アクセスポイントの増設を検討してください。' : '混雑に注意してください。'}この1週間に満員（${capacity}台の9割以上）が${week}時間ありました。`,
      en: `${isMuch ? 'Consider another access point: it' : 'It'} was full (nine tenths of ${capacity} clients) in ${week} hours of this week.`,
    },
    number,
  }
}
