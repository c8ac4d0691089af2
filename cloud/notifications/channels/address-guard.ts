// Keeps requests to addresses that people configure out of the hub's own machine and network (server-side request forgery).
import { lookup as resolve, type LookupAddress } from 'node:dns'
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net'

/** What is not a public address of the Internet: RFC 6890 and its successors, the IANA special-purpose registries. */
const special = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  special.addSubnet(network, prefix, 'ipv4')
}
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  special.addSubnet(network, prefix, 'ipv6')
}
/** Of IPv6 only the global unicast space can be public; mapped, translated, local and multicast addresses lie outside it. */
const globalUnicast = new BlockList()
globalUnicast.addSubnet('2000::', 3, 'ipv6')

export interface AddressGuard {
  /** For connections: resolves a name and refuses it where any of its addresses is not allowed. */
  readonly lookup: LookupFunction
  /** A host that is written as an address is never looked up: ask this first. */
  allowsHost(host: string): boolean
}

export class ForbiddenAddressError extends Error {
  readonly code = 'EFORBIDDENADDRESS'
}

/** `allowed` are networks such as `192.168.10.0/24` or single addresses that may be reached although they are not public. */
export function addressGuard(
  allowed: readonly string[],
  resolver: (host: string, done: (error: Error | null, found: LookupAddress[]) => void) => void = (host, done) =>
    resolve(host, { all: true, verbatim: true }, done),
): AddressGuard {
  const own = networksOf(allowed)
  const permits = (address: string): boolean => isPublic(address) || own.check(address, familyOf(address))
  return {
    allowsHost(host) {
      const bare = host.replace(/^\[|\]$/g, '')
      return isIP(bare) === 0 || permits(bare)
    },
    lookup(host, options, callback) {
      resolver(host, (error, found) => {
        if (error !== null) return callback(error, [])
        const refused = found.find(({ address }) => !permits(address))
        if (refused !== undefined || found.length === 0) {
          return callback(new ForbiddenAddressError(`${host} is not a public address`), [])
        }
        const fitting = found.filter(({ family }) => !options.family || options.family === family)
        const first = fitting[0] ?? found[0]
        if (options.all === true) return callback(null, fitting.length > 0 ? fitting : found)
        if (first !== undefined) callback(null, first.address, first.family)
      })
    },
  }
}

/** Throws for what is no network. */
export function networksOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix] = network.split('/')
    if (isIP(address) === 0) throw new TypeError(`"${network}" is no network, for example 192.168.10.0/24`)
    if (prefix === undefined) list.addAddress(address, familyOf(address))
    else list.addSubnet(address, Number(prefix), familyOf(address))
  }
  return list
}

export function isPublic(address: string): boolean {
  const bare = address.split('%')[0] ?? address
  const family = familyOf(bare)
  if (family === 'ipv6' && !globalUnicast.check(bare, 'ipv6')) return false
  return isIP(bare) !== 0 && !special.check(bare, family)
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4'
}
