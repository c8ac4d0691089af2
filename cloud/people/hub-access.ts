// Who may reach a hub: its people; or, where it has none yet, everybody on its own machine and nobody else.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import { isLoopback } from '../http/guard.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import type { IdentityProviderSettings } from './identity-provider-settings.ts'
import { openPeople, type PeopleDoor } from './people-door.ts'
import { openSealing } from './sealing.ts'
import type { SecondFactorRule } from './second-factor.ts'
import { sealAll } from './totp-secrets.ts'

export interface PeopleSettings {
  /** Of the key that seals the secrets of authenticators; not where the database is copied to. */
  readonly keyFile: string
  /** Who must have a second factor besides a password; default: of others. */
  readonly secondFactor?: SecondFactorRule | undefined
  readonly identityProvider?: IdentityProviderSettings | undefined
}

/** Throws `config.invalid` for a hub without people that would be reached from other machines. */
export async function openAccess({
  host,
  settings,
  ...given
}: {
  readonly host: string
  readonly settings: PeopleSettings
  readonly database: HubDatabase
  readonly clock: Clock
  readonly log: Log
}): Promise<PeopleDoor> {
  const { keyFile, ...rest } = settings
  const ports = { ...given, ...rest, sealing: await openSealing(keyFile) }
  const door = await openPeople(ports)
  await sealAll({ ...ports, people: door.people })
  if (!door.people.isEmpty) return door
  if (!isLoopback(host)) {
    await door.stop()
    const what = `this hub has no people yet, and ${host} can be reached from other machines`
    throw new AppError('config.invalid', `${what}; make the first admin: musubi user add NAME --admin`)
  }
  ports.log.warn(
    { host },
    'nobody has to sign in: this hub has no people yet (musubi user add), and answers on loopback only',
  )
  return door
}
