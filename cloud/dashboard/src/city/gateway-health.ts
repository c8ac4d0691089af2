// What an operator must know of each gateway at a glance: is it there, does it keep up, which of its devices are silent.
import { gatewayDevice } from '../../../../broker/contract/gateway-device.ts'
import type { LocalizedText } from '../../../../broker/contract/documents.ts'
import type { GatewayItem, LatestItem } from '../api/shapes.ts'
import { naturalOrder } from '../format/natural-order.ts'

interface SilentDevice {
  readonly id: string
  readonly label: LocalizedText
}

export interface GatewayHealth {
  readonly gateway: GatewayItem
  /** When its newest message reached the hub, Unix ms; null: none yet. */
  readonly heardMs: number | null
  /** Messages that wait in its outbox, as it last said; null: it never said. */
  readonly outboxMessages: number | null
  /** More wait than a gateway that keeps up has under way. */
  readonly isBehind: boolean
  /** Devices of which nothing but faults came last, by name where their series are known. */
  readonly silentDevices: readonly SilentDevice[]
  /** At least the named ones; more where the gateway counts some that never sent anything. */
  readonly silentCount: number
}

/** A gateway that keeps up has a few messages under way; this many waiting are a backlog. */
const backlogFrom = 20

/** `series`: all of this gateway. `heardMs`: when this page last saw a reading of it arrive. */
export function gatewayHealth(
  gateway: GatewayItem,
  series: readonly LatestItem[],
  heardMs: number | undefined,
): GatewayHealth {
  const own = (channel: string): number | undefined =>
    series.find((item) => item.device === gatewayDevice && item.channel === channel)?.value ?? undefined
  const outboxMessages = own('outbox-messages') ?? gateway.outboxDepth
  const silentDevices = silentOf(series)
  return {
    gateway,
    heardMs: gateway.lastSeen === null ? (heardMs ?? null) : Math.max(gateway.lastSeen, heardMs ?? 0),
    outboxMessages,
    isBehind: (outboxMessages ?? 0) >= backlogFrom,
    silentDevices,
    silentCount: Math.max(silentDevices.length, own('devices-offline') ?? 0),
  }
}

function silentOf(series: readonly LatestItem[]): readonly SilentDevice[] {
  const measured = series.filter(({ device, time }) => device !== gatewayDevice && time !== null)
  return [...Map.groupBy(measured, ({ device }) => device)]
    .filter(([, items]) => items.every(({ quality }) => quality === 'bad'))
    .map(([id, [first]]) => ({ id, label: first?.deviceLabel ?? { ja: id, en: id } }))
}

/** What needs somebody first: lost, with silent devices, behind, with models that it refuses; then by id. One that was shut down on purpose needs nobody. */
export function sortGateways(health: readonly GatewayHealth[]): readonly GatewayHealth[] {
  const rank = ({ gateway, silentCount, isBehind }: GatewayHealth): number => {
    if (gateway.state === 'offline' && gateway.reason !== 'shutdown') return 0
    if (gateway.state === 'online' && silentCount > 0) return 1
    if (isBehind) return 2
    if (gateway.refusedModels.length > 0) return 3
    return gateway.state === 'offline' ? 4 : 5
  }
  return health.toSorted((a, b) => rank(a) - rank(b) || naturalOrder(a.gateway.id, b.gateway.id))
}
