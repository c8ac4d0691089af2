// Where the things of the API's lists stand: by the sites that gateways describe.
import type { Position } from '../places/place.ts'
import type { GatewayRegistry } from '../registry/gateway-registry.ts'

interface AtSite {
  readonly site: string | null
  readonly gateway: string
}

/** By the path of the list. A gateway stands where its sites are; what is of no site has no place. */
export function listPositions(registry: Pick<GatewayRegistry, 'get'>) {
  const atSite = ({ site, gateway }: AtSite): readonly Position[] => {
    const found = registry.get(gateway)?.sites.get(site?.slice(gateway.length + 1) ?? '')
    return found === undefined ? [] : [found.position]
  }
  return {
    '/api/v1/sites': ({ position }: { readonly position: Position }) => [position],
    '/api/v1/gateways': ({ id }: { readonly id: string }) =>
      Array.from(registry.get(id)?.sites.values() ?? [], ({ position }) => position),
    '/api/v1/alarms': atSite,
    '/api/v1/work-orders': atSite,
  }
}
