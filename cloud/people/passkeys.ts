// Passkeys (WebAuthn Level 3): a key in a person's device that signs in without a name, and, since the device asks for finger, face or PIN, counts as two factors.
import { createHash } from 'node:crypto'
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import { durably, type HubDatabase } from '../registry/hub-database.ts'
import type { Audit } from './audit.ts'
import type { LockOut } from './lock-out.ts'
import type { People } from './people.ts'
import type { PasskeyRow } from './people-tables.ts'
import type { Person } from './person.ts'
import { hashOf } from './secrets.ts'
import type { Origin, SignIn, Started } from './sign-in.ts'
import type { Tickets } from './tickets.ts'

/** How the browser reached the hub: `https://hub.example` and `hub.example`. A passkey is good for one such name. */
export interface Site {
  readonly origin: string
  readonly name: string
}

interface Challenge {
  readonly challenge: string
}

interface Ports {
  readonly people: People
  readonly signIn: SignIn
  readonly lockOut: LockOut
  readonly tickets: Tickets
  readonly audit: Audit
  readonly database: HubDatabase
  readonly clock: Clock
}

const maxPerPerson = 20
const timeoutMs = 5 * 60_000
/** EdDSA, ES256, RS256: what devices have. */
const algorithms = [-8, -7, -257]
const registering = 'passkey registration'
const entering = 'passkey sign-in'

export class Passkeys {
  readonly #ports: Ports
  /** By credential id. Bound: 20 a person. */
  readonly #passkeys = new Map<string, PasskeyRow>()

  constructor(ports: Ports) {
    this.#ports = ports
  }

  async restore(): Promise<void> {
    for (const row of await this.#ports.database.selectFrom('passkeys').selectAll().execute())
      this.#passkeys.set(row.id, row)
  }

  /** Oldest first. */
  of(person: string): readonly PasskeyRow[] {
    return [...this.#passkeys.values()]
      .filter((row) => row.person === person)
      .toSorted((a, b) => a.created_ms - b.created_ms)
  }

  /** `session`: of the person; the answer must come from the same. Throws `limit.exceeded`, `payload.schema`. */
  async offer(
    person: Person,
    session: string,
    { name }: Site,
  ): Promise<{ readonly ticket: string; readonly options: PublicKeyCredentialCreationOptionsJSON }> {
    requireName(name)
    const own = this.of(person.id)
    if (own.length >= maxPerPerson) {
      throw new AppError('limit.exceeded', `a person has ${maxPerPerson} passkeys; remove one that is not used`)
    }
    const { generateRegistrationOptions } = await library()
    const options = await generateRegistrationOptions({
      rpName: 'Musubi',
      rpID: name,
      userName: person.email ?? person.id,
      userDisplayName: person.name,
      userID: handleOf(person.id),
      timeout: timeoutMs,
      attestationType: 'none',
      supportedAlgorithmIDs: algorithms,
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: own.filter((row) => row.rp_id === name).map(({ id }) => ({ id })),
    })
    return { ticket: this.#ports.tickets.issue(registering, session, challengeOf(options)), options }
  }

  /** Throws `sign-in.challenge`, `sign-in.failed` for what the device did not do as asked, `people.conflict`. */
  async register(
    person: Person,
    session: string,
    site: Site,
    given: { readonly ticket: string; readonly name: string; readonly response: RegistrationResponseJSON },
  ): Promise<PasskeyRow> {
    const { tickets, database, clock } = this.#ports
    const ticket = tickets.open(registering, session, given.ticket)
    const { challenge } = ticket.content as Challenge
    const { verifyRegistrationResponse } = await library()
    const verdict = await verifyRegistrationResponse({
      response: given.response,
      expectedChallenge: challenge,
      expectedOrigin: site.origin,
      expectedRPID: site.name,
      requireUserVerification: true,
      supportedAlgorithmIDs: algorithms,
    }).catch(refused)
    if (!verdict.verified) throw new AppError('sign-in.failed', 'the passkey is refused')
    ticket.use()
    const { id, publicKey, counter, transports = [] } = verdict.registrationInfo.credential
    if (this.#passkeys.has(id)) throw new AppError('people.conflict', 'this passkey is known already')
    const row: PasskeyRow = {
      id,
      person: person.id,
      public_key: Buffer.from(publicKey).toString('base64url'),
      counter,
      transports: transports.join(' ').slice(0, 200),
      name: given.name,
      rp_id: site.name,
      created_ms: clock.now(),
      used_ms: null,
    }
    await durably(database, (to) => to.insertInto('passkeys').values(row).execute())
    this.#passkeys.set(id, row)
    return row
  }

  /** Asks for whatever passkey the browser has for this name: nobody is named. `door`: the browser's secret. */
  async invite(
    door: string,
    { name }: Site,
  ): Promise<{ readonly ticket: string; readonly options: PublicKeyCredentialRequestOptionsJSON }> {
    requireName(name)
    const { generateAuthenticationOptions } = await library()
    const asked = { rpID: name, userVerification: 'required', timeout: timeoutMs } as const
    const options = await generateAuthenticationOptions(asked)
    return { ticket: this.#ports.tickets.issue(entering, door, challengeOf(options)), options }
  }

  /** The same `sign-in.failed` for an unknown passkey, a wrong signature and a suspended person. Throws `sign-in.challenge`. */
  async enter(
    given: { readonly ticket: string; readonly response: AuthenticationResponseJSON },
    door: string,
    site: Site,
    origin: Origin,
  ): Promise<Started> {
    const { signIn, lockOut, people } = this.#ports
    const attempt = lockOut.begin(undefined, origin.remote)
    const ticket = this.#ports.tickets.open(entering, door, given.ticket)
    const { challenge } = ticket.content as Challenge
    const row = this.#passkeys.get(given.response.id)
    const person = row && people.person(row.person)
    const counter = row && (await counterOf(row, given.response, challenge, site))
    if (row === undefined || person === undefined || person.suspendedMs !== undefined || counter === undefined) {
      await signIn.refused(person?.id ?? 'unknown', 'passkey', origin)
      throw new AppError('sign-in.failed', 'the passkey is refused')
    }
    ticket.use()
    await this.#count(row.id, counter, origin)
    attempt.succeeded()
    return await signIn.accept(person, { method: 'passkey', factors: 2 }, origin)
  }

  /** Throws `not-found`. */
  async rename(person: string, publicId: string, name: string): Promise<PasskeyRow> {
    const row = this.find(person, publicId)
    await durably(this.#ports.database, (to) =>
      to.updateTable('passkeys').set({ name }).where('id', '=', row.id).execute(),
    )
    const renamed = { ...(this.#passkeys.get(row.id) ?? row), name }
    this.#passkeys.set(row.id, renamed)
    return renamed
  }

  /** Throws `not-found`. */
  async remove(person: string, publicId: string): Promise<void> {
    const { id } = this.find(person, publicId)
    this.#passkeys.delete(id)
    await durably(this.#ports.database, (to) => to.deleteFrom('passkeys').where('id', '=', id).execute())
  }

  async removeAll(person: string): Promise<void> {
    for (const { id } of this.of(person)) this.#passkeys.delete(id)
    await durably(this.#ports.database, (to) => to.deleteFrom('passkeys').where('person', '=', person).execute())
  }

  /** One's own. Throws `not-found`. */
  find(person: string, publicId: string): PasskeyRow {
    const row = this.of(person).find(({ id }) => publicIdOf(id) === publicId)
    if (row === undefined) throw new AppError('not-found', `there is no passkey ${publicId}`)
    return row
  }

  /** WebAuthn 7.2, step 22: a counter that does not grow is that of a copy. Checked and kept in one go. */
  async #count(id: string, counter: number, origin: Origin): Promise<void> {
    const { audit, database, clock } = this.#ports
    const row = this.#passkeys.get(id)
    if (row === undefined) throw new AppError('sign-in.failed', 'the passkey is refused')
    if ((counter > 0 || row.counter > 0) && counter <= row.counter) {
      await audit.append({
        who: 'nobody',
        action: 'passkey.copied',
        subject: row.person,
        detail: { passkey: publicIdOf(id), known: row.counter, given: counter },
        remote: origin.remote,
      })
      throw new AppError('sign-in.failed', 'the passkey is refused')
    }
    const used = { counter, used_ms: clock.now() }
    this.#passkeys.set(id, { ...row, ...used })
    await durably(database, (to) => to.updateTable('passkeys').set(used).where('id', '=', id).execute())
  }
}

/** What the API calls a passkey: credential ids may be longer than an address may be. */
export function publicIdOf(id: string): string {
  return hashOf(id).slice(0, 32)
}

/** The signature counter of a right answer; undefined: it is not right. */
async function counterOf(
  row: PasskeyRow,
  response: AuthenticationResponseJSON,
  expectedChallenge: string,
  { origin, name }: Site,
): Promise<number | undefined> {
  const { verifyAuthenticationResponse } = await library()
  const { userHandle } = response.response
  if (row.rp_id !== name) return undefined
  if (userHandle !== undefined && userHandle !== Buffer.from(handleOf(row.person)).toString('base64url'))
    return undefined
  const publicKey = Uint8Array.from(Buffer.from(row.public_key, 'base64url'))
  const verdict = await verifyAuthenticationResponse({
    response,
    expectedChallenge,
    expectedOrigin: origin,
    expectedRPID: name,
    requireUserVerification: true,
    // Below every counter: one that went back is told apart from a wrong signature, by the caller.
    credential: { id: row.id, publicKey, counter: -1 },
  }).catch(() => undefined)
  return verdict?.verified === true ? verdict.authenticationInfo.newCounter : undefined
}

/** Without the person's name in it (WebAuthn 14.6.1), and always the same, so that a device keeps one passkey a person. */
function handleOf(person: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(createHash('sha256').update(`musubi person ${person}`).digest())
}

function challengeOf({ challenge }: Challenge): Challenge {
  return { challenge }
}

/** Browsers know passkeys of names alone (WebAuthn, 5.1.2). */
function requireName(name: string): void {
  if (!/^[\d.]+$|:/.test(name)) return
  throw new AppError(
    'payload.schema',
    `passkeys need a name for the hub, not ${name}: open it as localhost or by its name`,
  )
}

function refused(thrown: unknown): never {
  throw new AppError('sign-in.failed', 'the passkey is refused', { cause: thrown })
}

/** Loaded when the first passkey comes: a hub that has none starts without it. */
function library() {
  return import('@simplewebauthn/server')
}
