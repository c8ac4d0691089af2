// Whether a request was meant for this machine: a page of a stranger whose name points here (DNS rebinding) says another name.
import { isIP } from 'node:net'

/**
 * `authority` is the Host header. Addresses, names without a dot, `.local` and the machine's own name are ours: none of
 * them can be a name that a stranger registered.
 */
export function isOwnHost(authority: string | undefined, machineName: string): boolean {
  const name = nameOf(authority)
  if (name === undefined) return false
  if (isIP(name) !== 0 || !name.includes('.') || name.endsWith('.local')) return true
  return name === machineName.toLowerCase()
}

/** Whether a request that changes something comes from a page of this server. Programs send no origin. */
export function isSameOrigin(origin: string | undefined, authority: string | undefined): boolean {
  if (origin === undefined) return true
  return URL.parse(origin)?.host === authority?.toLowerCase()
}

function nameOf(authority: string | undefined): string | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::\d{1,5})?$/.exec(authority ?? '')
  return (match?.[1] ?? match?.[2])?.toLowerCase()
}
