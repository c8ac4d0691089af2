// A city of series and of rules about them, for the measurement of the alarm engine: two thousand devices with five channels each.
import type { StatusDocument } from '../../broker/contract/documents.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import type { AlarmRule } from '../../cloud/alarms/rules/rule.ts'
import type { SeriesCatalogue } from '../../cloud/ingest/series-catalogue.ts'
import type { GatewayRegistry } from '../../cloud/registry/gateway-registry.ts'

const devicesPerGateway = 10
const channels = ['water-level', 'flow', 'power', 'temperature', 'score'] as const
const texts = { title: { ja: '題', en: 'Title' }, advice: { ja: '助言', en: 'Advice' } }
const name = { ja: '場所', en: 'Place' }

export interface RuleCity {
  /** Ids in the order of the catalogue. */
  readonly series: Int32Array
  readonly rules: readonly AlarmRule[]
}

/** Describes gateways and series, and writes rules: each of its own place, most of one series. */
export function createRuleCity(
  size: { readonly devices: number; readonly rules: number },
  parts: { readonly catalogue: SeriesCatalogue; readonly registry: GatewayRegistry; readonly clock: Clock },
): RuleCity {
  const ids: number[] = []
  const places: Place[] = []
  for (let number = 0; number < size.devices / devicesPerGateway; number += 1) {
    const identity = { tenant: 'kimitsu', gateway: `gateway-${number}` }
    const devices = Array.from({ length: devicesPerGateway }, (_, index) => `device-${index}`)
    parts.registry.status(identity, birthOf(devices, parts.clock.now()))
    const entry = parts.catalogue.gateway(identity)
    for (const device of devices) {
      for (const channel of channels) ids.push(parts.catalogue.resolve(entry, `${device}:${channel}`, undefined))
      places.push({ gateway: entry.key, device, site: `${entry.key}/site-${device}` })
    }
  }
  return {
    series: Int32Array.from(ids),
    rules: Array.from({ length: size.rules }, (_, index) => ruleOf(index, places)),
  }
}

interface Place {
  readonly gateway: string
  readonly device: string
  readonly site: string
}

/** Of twenty rules: fifteen limits, one of them by the time of day; two rates, two expressions, one combination. */
function ruleOf(index: number, places: readonly Place[]): AlarmRule {
  const place = places[Math.floor(index / 10) % places.length] as Place
  const { gateway, device, site } = place
  const channel = channels[index % channels.length] ?? 'flow'
  const common = { ...texts, id: `rule-${index}`, severity: 'minor' as const, onDelayS: 10, offDelayS: 10 }
  const kind = index % 20
  if (kind === 19) {
    const of = { all: [{ rule: `rule-${index - 10}` }, { not: { rule: `rule-${index - 11}` } }] }
    return { ...common, kind: 'composite', by: 'site', of }
  }
  if (kind === 18 || kind === 8) {
    const series = { level: 'water-level', flow: 'flow' }
    return {
      ...common,
      kind: 'expression',
      by: 'device',
      match: { gateway, device },
      series,
      when: 'level < 0.2 && flow / level > 1.5',
    }
  }
  const match = { gateway, device, channel, site }
  if (kind === 17 || kind === 7)
    return { ...common, kind: 'rate', match, windowS: 60, perS: 60, above: 5, hysteresis: 1 }
  const schedule = [{ when: { time: { from: '22:00', to: '05:00' } }, above: 0.95 }]
  const limits = { above: 0.98, hysteresis: 0.05, ...(kind === 16 ? { schedule } : {}) }
  // One in a hundred is passed at once, by one reading of a thousand: about one alarm a second.
  const atOnce = index % 100 === 0 ? { above: 0.999, onDelayS: 0, offDelayS: 0 } : {}
  return { ...common, kind: 'threshold', match, ...limits, ...atOnce }
}

function birthOf(devices: readonly string[], timeMs: number): StatusDocument {
  return {
    v: 1,
    state: 'online',
    timeMs,
    epoch: 'bench',
    sites: devices.map((id) => ({ id: `site-${id}`, kind: 'paddy', name, position: { lat: 35.3, lon: 139.9 } })),
    devices: devices.map((id) => ({
      id,
      site: `site-${id}`,
      profile: 'bench',
      label: name,
      series: channels.map((channel) => ({ name: `${id}:${channel}`, intervalS: 1, label: name })),
    })),
  }
}
