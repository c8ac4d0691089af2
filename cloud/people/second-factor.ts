// Who must have a second factor, and from where: a stolen password alone shall change nothing for others.
import type { FastifyRequest } from 'fastify'
import type { Person } from './person.ts'
import { plainRoles } from './rights.ts'

/** `others`: whoever comes from another machine than the hub's own. */
export const secondFactorRules = ['others', 'always', 'never'] as const
export type SecondFactorRule = (typeof secondFactorRules)[number]

/** Whether somebody has more than viewer or operator anywhere. */
export function isPrivileged({ memberships }: Pick<Person, 'memberships'>): boolean {
  return !memberships.every(({ role }) => plainRoles.includes(role))
}

/** `isLocal`: whoever asks sits at the hub's own machine. */
export function demandsSecondFactor(rule: SecondFactorRule, person: Person, isLocal: boolean): boolean {
  if (rule === 'never' || !isPrivileged(person)) return false
  return rule === 'always' || !isLocal
}

/**
 * Straight from the hub's own machine. What came through a proxy did not, whatever it says: one that hands on the
 * `X-Forwarded-For` of the browser would let anybody claim to sit there.
 */
export function isLocal({ ip, headers }: Pick<FastifyRequest, 'ip' | 'headers'>): boolean {
  const isForwarded = forwarding.some((name) => headers[name] !== undefined)
  return !isForwarded && /^(?:::ffff:)?127\.|^::1$/.test(ip)
}

const forwarding = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-real-ip',
  'via',
] as const
