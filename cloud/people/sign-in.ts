// How a person becomes known: password and second factor, or a one-time link; every other way ends in `accept` too.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import { durably, type HubDatabase } from '../registry/hub-database.ts'
import type { Audit } from './audit.ts'
import type { LockOut } from './lock-out.ts'
import { checkPassword, hashPassword, requireStrong } from './password.ts'
import type { People } from './people.ts'
import type { Person } from './person.ts'
import { hashOf, newRecoveryCode, newSecret, plainRecoveryCode } from './secrets.ts'
import type { Sealing } from './sealing.ts'
import type { Proof, Sessions } from './sessions.ts'
import { takenStep } from './totp-secrets.ts'

/** Where a request comes from. */
export interface Origin {
  readonly remote: string
  readonly agent: string
  /** Straight from the hub's own machine. */
  readonly isLocal: boolean
}

export interface Started {
  readonly person: Person
  /** For the cookie. */
  readonly secret: string
}

interface Ports {
  readonly people: People
  readonly sessions: Sessions
  readonly audit: Audit
  readonly lockOut: LockOut
  readonly database: HubDatabase
  readonly sealing: Sealing
  /** Whether a password alone is not enough. */
  readonly demands: (person: Person, isLocal: boolean) => boolean
  readonly hasPasskey: (person: string) => boolean
  readonly clock: Clock
}

const linkMs = 24 * 3_600_000
const recoveryCodes = 10
/** So long a sign-in by passkey or identity provider needs no password for what `confirm` guards. */
const freshMs = 10 * 60_000

export class SignIn {
  readonly #ports: Ports

  constructor(ports: Ports) {
    this.#ports = ports
  }

  /**
   * `name`: id or e-mail. The answer is the same for a wrong password and for nobody of that name. Throws `sign-in.failed`,
   * `sign-in.second-factor` (only after the right password), `sign-in.locked`.
   */
  async withPassword(
    given: { readonly name: string; readonly password: string; readonly code?: string | undefined },
    origin: Origin,
  ): Promise<Started> {
    const attempt = this.#ports.lockOut.begin(given.name, origin.remote)
    const found = this.#ports.people.find(given.name)
    const person = found?.suspendedMs === undefined ? found : undefined
    const verdict = await checkPassword(given.password, person?.password ?? null)
    if (person === undefined || verdict === 'wrong') {
      // What was typed as a name may be a password: only a name that exists is written down.
      await this.refused(found?.id ?? 'unknown', 'password', origin)
      throw new AppError('sign-in.failed', 'the name or the password is wrong')
    }
    const asksCode = this.#asksCode(person, origin)
    if (asksCode) {
      if (given.code === undefined) {
        attempt.withdrawn()
        const what = person.totp === undefined ? 'a passkey' : 'the code of the authenticator'
        throw new AppError('sign-in.second-factor', `${what}, or a recovery code`)
      }
      if (!(await this.#takeCode(person, given.code))) {
        await this.refused(person.id, 'code', origin)
        throw new AppError('sign-in.failed', 'the code is wrong, or was used already')
      }
    }
    attempt.succeeded()
    if (verdict === 'outdated') await this.#keepPassword(person.id, given.password)
    return await this.accept(person, { method: 'password', factors: asksCode ? 2 : 1 }, origin)
  }

  /** Sets the password of the link's person and signs in. Throws `people.link`, `people.password`, `sign-in.locked`. */
  async withLink(given: { readonly link: string; readonly password: string }, origin: Origin): Promise<Started> {
    const { people, sessions, audit } = this.#ports
    const person = await this.personOfLink(given.link, origin)
    requireStrong(given.password, aboutOf(person))
    await this.useLink(given.link)
    await this.#keepPassword(person.id, given.password)
    await sessions.endAll(person.id)
    await audit.append({ who: person.name, action: 'password.set', subject: person.id, detail: { by: 'link' } })
    return await this.accept(people.person(person.id) ?? person, { method: 'link', factors: 1 }, origin)
  }

  /** Throws `people.link`, `sign-in.locked`. */
  async personOfLink(link: string, { remote }: Origin): Promise<Person> {
    const { database, clock, people, lockOut } = this.#ports
    const attempt = lockOut.begin(`link ${remote}`, remote)
    const query = database.selectFrom('one_time_links').selectAll().where('hash', '=', hashOf(link))
    const row = await query.executeTakeFirst()
    const person = row && people.person(row.person)
    if (row === undefined || person === undefined || clock.now() >= row.expires_ms) {
      throw new AppError('people.link', 'the link is used, expired or unknown; ask your admin for a new one')
    }
    attempt.succeeded()
    return person
  }

  /** Throws `people.link` where somebody was faster. */
  async useLink(link: string): Promise<void> {
    const { numDeletedRows } = await durably(this.#ports.database, (to) =>
      to.deleteFrom('one_time_links').where('hash', '=', hashOf(link)).executeTakeFirst(),
    )
    if (numDeletedRows === 0n) throw new AppError('people.link', 'the link is used')
  }

  /** Somebody who has proved who they are. Throws `sign-in.failed` for a suspended person. */
  async accept(person: Person, proof: Proof, origin: Origin): Promise<Started> {
    if (person.suspendedMs !== undefined) throw new AppError('sign-in.failed', 'this person may not sign in now')
    const { secret, id } = await this.#ports.sessions.begin(person, {
      ...proof,
      remote: origin.remote,
      agent: origin.agent,
    })
    await this.#ports.audit.append({
      who: person.name,
      action: 'session.begun',
      subject: person.id,
      detail: { ...proof, session: id },
      remote: origin.remote,
    })
    return { person, secret }
  }

  /** A secret that lets its bearer set the person's password, once, within a day; earlier ones are void. */
  async newLink(person: string): Promise<{ readonly link: string; readonly expiresMs: number }> {
    const link = newSecret()
    const expiresMs = this.#ports.clock.now() + linkMs
    await durably(this.#ports.database, async (to) => {
      await to.deleteFrom('one_time_links').where('person', '=', person).execute()
      await to
        .insertInto('one_time_links')
        .values({ hash: hashOf(link), person, expires_ms: expiresMs })
        .execute()
    })
    return { link, expiresMs }
  }

  /** By the person: the present one is asked for. Throws `sign-in.failed`, `sign-in.locked`, `people.password`. */
  async changePassword(person: Person, given: { readonly now: string; readonly next: string }, origin: Origin) {
    await this.#checkPassword(person, given.now, origin)
    requireStrong(given.next, aboutOf(person))
    await this.#keepPassword(person.id, given.next)
    await this.#ports.audit.append({ who: person.name, action: 'password.set', subject: person.id })
  }

  /**
   * Before something that an unwatched screen must not allow: the password again, or a sign-in of the last ten minutes by
   * passkey or identity provider. Throws `sign-in.again`, `sign-in.failed`, `sign-in.locked`.
   */
  async confirm(
    person: Person,
    given: { readonly password?: string | undefined; readonly session: string | undefined },
    origin: Origin,
  ): Promise<void> {
    if (given.password !== undefined) return await this.#checkPassword(person, given.password, origin)
    const { sessions, clock } = this.#ports
    const session = sessions.of(person.id).find(({ id }) => id === given.session)
    const isFresh = session !== undefined && clock.now() - session.created_ms < freshMs
    if (isFresh && (session.method === 'passkey' || session.method === 'oidc')) return
    throw new AppError('sign-in.again', 'give your password, or sign in again by passkey or identity provider')
  }

  /** A password alone sets up the first second factor, never another one. */
  hasSecondFactor({ id, totp }: Person): boolean {
    return totp !== undefined || this.#ports.hasPasskey(id)
  }

  #asksCode(person: Person, { isLocal }: Origin): boolean {
    const { demands, hasPasskey } = this.#ports
    return person.totp !== undefined || (hasPasskey(person.id) && demands(person, isLocal))
  }

  async #checkPassword(person: Person, password: string, origin: Origin): Promise<void> {
    const attempt = this.#ports.lockOut.begin(person.id, origin.remote)
    const verdict = await checkPassword(password, person.password ?? null)
    if (verdict === 'wrong') {
      await this.refused(person.id, 'password', origin)
      throw new AppError('sign-in.failed', 'the password is wrong')
    }
    attempt.succeeded()
  }

  /** For whoever has a first second factor; undefined: there are some already. */
  async firstRecoveryCodes(person: string): Promise<readonly string[] | undefined> {
    const query = this.#ports.database.selectFrom('recovery_codes').select('hash').where('person', '=', person)
    return (await query.executeTakeFirst()) === undefined ? await this.newRecoveryCodes(person) : undefined
  }

  /** New ones; the earlier are void. Shown once. */
  async newRecoveryCodes(person: string): Promise<readonly string[]> {
    const codes = Array.from({ length: recoveryCodes }, newRecoveryCode)
    await durably(this.#ports.database, async (to) => {
      await to.deleteFrom('recovery_codes').where('person', '=', person).execute()
      for (const code of codes) {
        await to
          .insertInto('recovery_codes')
          .values({ hash: hashOf(plainRecoveryCode(code)), person })
          .execute()
      }
    })
    return codes
  }

  async dropRecoveryCodes(person: string): Promise<void> {
    await durably(this.#ports.database, (to) => to.deleteFrom('recovery_codes').where('person', '=', person).execute())
  }

  async #takeCode({ id }: Person, code: string): Promise<boolean> {
    let taken = false
    const { sealing, clock } = this.#ports
    await this.#ports.people.change(id, (person) => {
      const step = takenStep(sealing, person, code.replaceAll(/\s/g, ''), clock.now())
      if (person.totp === undefined || step === undefined) return person
      taken = true
      return { ...person, totp: { ...person.totp, step } }
    })
    return taken || (await this.#takeRecoveryCode(id, code))
  }

  async #takeRecoveryCode(person: string, code: string): Promise<boolean> {
    const hash = hashOf(plainRecoveryCode(code))
    const { numDeletedRows } = await durably(this.#ports.database, (to) =>
      to.deleteFrom('recovery_codes').where('hash', '=', hash).where('person', '=', person).executeTakeFirst(),
    )
    if (numDeletedRows === 0n) return false
    await this.#ports.audit.append({ who: person, action: 'recovery-code.used', subject: person })
    return true
  }

  async #keepPassword(id: string, password: string): Promise<void> {
    const hash = await hashPassword(password)
    await this.#ports.people.change(id, (person) => ({ ...person, password: hash }))
  }

  /** On record: `person` of the hub or `unknown`, never what was typed. */
  async refused(person: string, what: string, { remote }: Origin, reason?: string): Promise<void> {
    await this.#ports.audit.append({
      who: 'nobody',
      action: 'session.refused',
      subject: person,
      detail: { what, ...(reason !== undefined && { reason }) },
      remote,
    })
  }
}

function aboutOf({ id, name, email }: Person): readonly string[] {
  return [id, name, ...(email === undefined ? [] : [email]), 'musubi']
}
