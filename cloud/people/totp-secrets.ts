// The secrets of authenticators, sealed: where they are made, read for a code, and where older plain ones are taken into it.
import { sql } from 'kysely'
import type { Log } from '../../broker/contract/ports.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import type { People } from './people.ts'
import type { Person } from './person.ts'
import { isSealed, type Sealing } from './sealing.ts'
import { checkTotp } from './totp.ts'

/** As a person's row keeps it. */
export function sealTotp(sealing: Sealing, person: string, secret: string): string {
  return sealing.seal(secret, aboutOf(person))
}

/** The step that a code belongs to; undefined: wrong, used already, or the key of the secret is not here. */
export function takenStep(sealing: Sealing, { id, totp }: Person, code: string, nowMs: number): number | undefined {
  const secret = totp && sealing.open(totp.secret, aboutOf(id))
  return totp === undefined || secret === undefined ? undefined : checkTotp(code, { ...totp, secret }, nowMs)
}

/** Seals what an earlier version kept in plain, and says which secrets cannot be opened with the key that is here. */
export async function sealAll({
  people,
  database,
  sealing,
  log,
}: {
  readonly people: People
  readonly database: HubDatabase
  readonly sealing: Sealing
  readonly log: Log
}): Promise<void> {
  const plain = people.persons().filter(({ totp }) => totp !== undefined && !isSealed(totp.secret))
  for (const { id } of plain) {
    await people.change(id, (person) => {
      const { totp } = person
      return totp === undefined ? person : { ...person, totp: { ...totp, secret: sealTotp(sealing, id, totp.secret) } }
    })
  }
  // What was overwritten stays in free pages of the file until it is written anew.
  if (plain.length > 0) await sql`vacuum`.execute(database)
  const lost = people
    .persons()
    .filter(({ id, totp }) => totp !== undefined && sealing.open(totp.secret, aboutOf(id)) === undefined)
  if (lost.length === 0) return
  log.error(
    { people: lost.map(({ id }) => id) },
    'the key of these authenticators is not in the data folder: put people.key back, or reset them (musubi user reset)',
  )
}

function aboutOf(person: string): string {
  return `totp ${person}`
}
