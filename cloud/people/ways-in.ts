// By what a person could still sign in: the last way is not taken away, for then only an admin could help.
import { AppError } from '../../broker/contract/app-error.ts'
import type { PeopleParts } from './people-door.ts'
import type { Person } from './person.ts'

/** Throws `sign-in.last-way` where nothing would be left without it. */
export function requireOtherWay(
  { passkeys, subjects, provider }: Pick<PeopleParts, 'passkeys' | 'subjects' | 'provider'>,
  person: Person,
  without: { readonly passkey: string } | { readonly provider: true },
): void {
  const keys = passkeys.of(person.id).filter(({ id }) => !('passkey' in without) || id !== without.passkey)
  const isLinked = !('provider' in without) && provider !== undefined && subjects.of(person.id).length > 0
  if (person.password !== undefined || keys.length > 0 || isLinked) return
  throw new AppError('sign-in.last-way', 'this is the only way by which you can sign in: add another one first')
}
