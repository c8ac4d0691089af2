// Which series a rule is about: patterns over the place, the device and its profile, and the tenants that it holds for.
import { Type, type Static } from 'typebox'
import { SiteKind } from '../../../broker/contract/documents.ts'
import type { SeriesFacts } from '../../registry/series-directory.ts'

const Pattern = Type.String({ minLength: 1, maxLength: 128 })

/** Each part given must fit. `*` in a pattern stands for any run of characters. */
export const SeriesMatch = Type.Object(
  {
    siteKind: Type.Optional(SiteKind),
    /** `{tenant}/{gateway}/{site}` */
    site: Type.Optional(Pattern),
    /** `{tenant}/{gateway}` */
    gateway: Type.Optional(Pattern),
    /** The device profile that the gateway's birth names: a rule for every device of that kind, wherever it stands. */
    profile: Type.Optional(Pattern),
    device: Type.Optional(Pattern),
    channel: Type.Optional(Pattern),
  },
  { additionalProperties: false },
)
export type SeriesMatch = Static<typeof SeriesMatch>

/** For whom a rule holds. A tenant's own rule takes the place of a built-in one of the same id, for that tenant only. */
export interface RuleScope {
  readonly tenant?: string
  /** Those that have another in its place; the rule book keeps it true while the rule runs. */
  readonly exceptTenants?: ReadonlySet<string>
}

/** What `*` stood for, or undefined where the text does not fit. A pattern without `*` gives an empty string. */
export function matchGlob(pattern: string, text: string): string | undefined {
  if (!pattern.includes('*')) return pattern === text ? '' : undefined
  const [head = '', ...tails] = pattern.split('*')
  const tail = tails.at(-1) ?? ''
  if (!text.startsWith(head) || !text.endsWith(tail) || text.length < head.length + tail.length) return undefined
  const captured = text.slice(head.length, text.length - tail.length)
  let from = 0
  for (const part of tails.slice(0, -1)) {
    const found = captured.indexOf(part, from)
    if (found < 0) return undefined
    from = found + part.length
  }
  return captured
}

export function matchesSeries(match: SeriesMatch, facts: SeriesFacts): boolean {
  return (
    fits(match.channel, facts.channel) &&
    fits(match.device, facts.device) &&
    (match.siteKind === undefined || match.siteKind === facts.siteKind) &&
    fits(match.profile, facts.profile) &&
    fits(match.site, facts.site) &&
    fits(match.gateway, facts.gateway)
  )
}

/** `gateway`: `{tenant}/{gateway}`. */
export function isOfTenant(gateway: string, tenant: string): boolean {
  return gateway.startsWith(`${tenant}/`)
}

/** `gateway`: `{tenant}/{gateway}`. */
export function isInScope(scope: RuleScope | undefined, gateway: string): boolean {
  if (scope === undefined) return true
  const tenant = gateway.slice(0, gateway.indexOf('/'))
  if (scope.tenant !== undefined && scope.tenant !== tenant) return false
  return scope.exceptTenants?.has(tenant) !== true
}

function fits(pattern: string | undefined, text: string | undefined): boolean {
  return pattern === undefined || (text !== undefined && matchGlob(pattern, text) !== undefined)
}
