// Who must have a second factor, and from where: a stolen password alone shall change nothing for others.
import type { Person } from './person.ts'
import { plainRoles } from './rights.ts'

/** `others`: whoever asks from another machine than the hub's own. */
export const secondFactorRules = ['others', 'always', 'never'] as const
export type SecondFactorRule = (typeof secondFactorRules)[number]

/** Whether somebody has more than viewer or operator anywhere. */
export function isPrivileged({ memberships }: Pick<Person, 'memberships'>): boolean {
  return !memberships.every(({ role }) => plainRoles.includes(role))
}

/** `remote`: the address of whoever asks, as the hub or the proxy on its machine sees it. */
export function demandsSecondFactor(rule: SecondFactorRule, person: Person, remote: string): boolean {
  if (rule === 'never' || !isPrivileged(person)) return false
  return rule === 'always' || !/^(?:::ffff:)?127\.|^::1$/.test(remote)
}
