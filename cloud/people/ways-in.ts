// By what a person could still sign in: the last way is not taken away, for then only an admin could help.
import { AppError } from '../../broker/contract/app-error.ts'
import type { PeopleParts } from './people-door.ts'
import type { Person } from './person.ts'

/** Throws `sign-in.last-way` where nothing would be left without it. */
export function requireOtherWay(
  { passkeys }: Pick<PeopleParts, 'passkeys'>,
  person: Person,
  without: { readonly passkey: string },
): void {
  const others = passkeys.of(person.id).filter(({ id }) => id !== without.passkey)
  if (person.password !== undefined || others.length > 0) return
  throw new AppError('sign-in.last-way', 'this is the only way by which you can sign in: add another one first')
}
