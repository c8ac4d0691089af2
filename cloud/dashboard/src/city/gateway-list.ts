// Finds and orders gateways of a fleet of hundreds: by words, by whether they need somebody, and by what matters now.
import { type GatewayHealth, sortGateways } from './gateway-health.ts'

export const gatewayFilters = ['all', 'needy', 'online', 'offline'] as const
export type GatewayFilter = (typeof gatewayFilters)[number]
export const gatewayOrders = ['need', 'name', 'silent-longest', 'outbox'] as const
export type GatewayOrder = (typeof gatewayOrders)[number]

export function fitsFilter({ gateway, silentCount, isBehind }: GatewayHealth, filter: GatewayFilter): boolean {
  if (filter === 'online' || filter === 'offline') return gateway.state === filter
  const isLost = gateway.state === 'offline' && gateway.reason !== 'shutdown'
  return filter === 'all' || isLost || silentCount > 0 || isBehind || gateway.refusedModels.length > 0
}

/** `nameOf`: as the screen shows it. Every typed word must be in the name, the id or the version of the agent. */
export function chooseGateways(
  all: readonly GatewayHealth[],
  wanted: {
    readonly filter: GatewayFilter
    readonly order: GatewayOrder
    readonly typed: string
    readonly nameOf: (health: GatewayHealth) => string
  },
): readonly GatewayHealth[] {
  const { filter, order, typed, nameOf } = wanted
  const plain = (text: string): string => text.normalize('NFKC').toLowerCase()
  const words = plain(typed)
    .split(/\s+/)
    .filter((word) => word !== '')
  const found = sortGateways(all).filter((health) => {
    const { id, agent } = health.gateway
    const text = plain(`${nameOf(health)} ${id} ${agent ?? ''}`)
    return fitsFilter(health, filter) && words.every((word) => text.includes(word))
  })
  if (order === 'need') return found
  const collator = new Intl.Collator('ja', { numeric: true })
  return found.toSorted((a, b) => {
    if (order === 'name') return collator.compare(nameOf(a), nameOf(b))
    if (order === 'outbox') return (b.outboxMessages ?? -1) - (a.outboxMessages ?? -1)
    return (a.heardMs ?? 0) - (b.heardMs ?? 0)
  })
}
