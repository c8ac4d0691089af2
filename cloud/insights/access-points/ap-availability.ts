// How much of a day an access point was up, by what its gateway could read of it.
import {
  cannotTell,
  defineInsight,
  missingReadings,
  reportDays,
  type Advice,
  type Hours,
  type InputDeclaration,
} from '../insight.ts'

const uptime: InputDeclaration = {
  from: 'site',
  channel: /^uptime$/,
  unit: 's',
  lookBackHours: 25,
  label: { ja: '稼働時間', en: 'uptime' },
}
const link: InputDeclaration = {
  from: 'site',
  channel: /^uplink-up$/,
  unit: '/',
  lookBackHours: 25,
  label: { ja: '回線状態', en: 'the uplink' },
}
const gateway: InputDeclaration = {
  from: 'gateway',
  channel: /^outbox-messages$/,
  unit: 'count',
  lookBackHours: 25,
  label: { ja: 'ゲートウェイの状態', en: 'the gateway' },
}

/** Less than a twentieth lost is an hour of maintenance; more asks for somebody. Own choices. */
const limits = { act: 0.95, watch: 0.99, restarts: 3 } as const
/** Fewer readings than this share of the neighbouring hours' mean another polling interval, not an outage. */
const otherInterval = 0.1

export interface Availability {
  /** Hours in which the gateway looked. */
  readonly measuredHours: number
  readonly upHours: number
  readonly restarts: number
}

/**
 * Up is the share of an hour's readings that came, against the hours beside it, times the share of them that had an uplink.
 * An hour without a reading is down where the gateway was there, and not measured where it was not. A restart is
 * a sysUpTime that falls (RFC 3418). Own method: outages shorter than two polls are not seen.
 */
export function availabilityOf(up: Hours, linkUp: Hours | undefined, gatewayThere: Hours | undefined): Availability {
  const found = { measuredHours: 0, upHours: 0, restarts: 0 }
  let before = Number.NaN
  for (let hour = 1; hour < up.count.length; hour += 1) {
    const count = up.count[hour] as number
    const wasThere = count > 0 || (gatewayThere?.count[hour] ?? 0) > 0
    if (!wasThere) continue
    found.measuredHours += 1
    if (count === 0) continue
    const expected = Math.max(up.count[hour - 1] as number, count, up.count[hour + 1] ?? 0)
    const share = count / expected < otherInterval ? 1 : count / expected
    const linked = linkUp?.mean[hour] ?? Number.NaN
    found.upHours += share * (Number.isNaN(linked) ? 1 : linked)
    if ((up.min[hour] as number) < before - 120) found.restarts += 1
    before = up.max[hour] as number
  }
  return found
}

export const apAvailability = defineInsight({
  id: 'ap-availability',
  version: 1,
  title: { ja: 'アクセスポイントの稼働率', en: 'Availability of the access point' },
  source: {
    ja: '自社の方法：SNMP の応答と回線状態（IF-MIB RFC 2863, sysUpTime RFC 3418）',
    en: 'Own method: answers over SNMP and the state of the link (IF-MIB RFC 2863, sysUpTime RFC 3418)',
  },
  siteKind: 'wifi',
  every: 'day',
  reachBackDays: reportDays,
  dayEndsHour: 0,
  inputs: { uptime, link, gateway },
  outputs: {
    availability: { unit: '/', label: { ja: '稼働率', en: 'Availability' } },
    'down-time': { unit: 's', label: { ja: '停止時間', en: 'Down time' } },
    restarts: { unit: 'count', label: { ja: '再起動', en: 'Restarts' } },
  },
  compute({ series }) {
    if (series.uptime === undefined) return { values: {}, advice: undefined }
    const found = availabilityOf(series.uptime, series.link, series.gateway)
    if (found.measuredHours < 12) return cannotTell('gateway', missingReadings(uptime))
    const availability = found.upHours / found.measuredHours
    return {
      values: {
        availability,
        'down-time': (found.measuredHours - found.upHours) * 3600,
        restarts: found.restarts,
      },
      advice: adviceOf(found, availability),
    }
  },
})

function adviceOf({ measuredHours, upHours, restarts }: Availability, availability: number): Advice {
  const percent = (availability * 100).toFixed(1)
  const down = (measuredHours - upHours).toFixed(1)
  const number = { value: availability * 100, unit: '%', label: { ja: '稼働率', en: 'availability' } }
  if (availability < limits.watch) {
    return {
      level: availability < limits.act ? 'act' : 'watch',
      code: availability < limits.act ? 'down' : 'partly',
      text: {
        ja: `電源とLANケーブルを確認してください。昨日は${down}時間止まっていました（稼働率${percent}%）。`,
        en: `Check power and cable: it was down for ${down} hours yesterday (${percent} % up).`,
      },
      number,
    }
  }
  if (restarts >= limits.restarts) {
    return {
      level: 'watch',
      code: 'restarts',
      text: {
        ja: `電源（PoE）を確認してください。昨日は${restarts}回再起動しました。`,
        en: `Check its power (PoE): it restarted ${restarts} times yesterday.`,
      },
      number: { value: restarts, unit: '', label: { ja: '再起動', en: 'restarts' } },
    }
  }
  return {
    level: 'fine',
    code: 'up',
    text: { ja: `昨日は動き続けました（稼働率${percent}%）。`, en: `It was up all of yesterday (${percent} %).` },
    number,
  }
}
