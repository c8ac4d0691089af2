// What becomes of somebody whom the identity provider names: they come in, or their account is linked to the person who they are here.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Audit } from './audit.ts'
import type { IdentityProvider, Named } from './identity-provider.ts'
import type { LockOut } from './lock-out.ts'
import { type People, withoutTwice } from './people.ts'
import type { Person } from './person.ts'
import { everyTenant, type Membership } from './principal.ts'
import type { Origin, SignIn, Started } from './sign-in.ts'
import type { Subjects } from './subjects.ts'

/** Why somebody was sent to the provider. `next`: a path of this hub. */
type Errand =
  | { readonly kind: 'enter'; readonly next: string }
  /** By an admin's invitation. */
  | { readonly kind: 'invited'; readonly next: string; readonly link: string }
  /** By the person, from a session of theirs. */
  | { readonly kind: 'link'; readonly next: string; readonly person: string; readonly session: string }

export interface ProviderParts {
  readonly provider: IdentityProvider
  readonly subjects: Subjects
  readonly people: People
  readonly signIn: SignIn
  readonly lockOut: LockOut
  readonly audit: Audit
}

interface Asked {
  /** The browser's secret. */
  readonly door: string
  /** `https://hub.example` */
  readonly site: string
}

export class ProviderSignIn {
  readonly #parts: ProviderParts

  constructor(parts: ProviderParts) {
    this.#parts = parts
  }

  /** What the button says. */
  get label(): { readonly ja: string; readonly en: string } {
    return this.#parts.provider.settings.label
  }

  async endUrl(site: string): Promise<string | undefined> {
    return await this.#parts.provider.endUrl(site)
  }

  /** Where the browser goes. Throws `people.link`, `sign-in.locked`, `identity-provider.unavailable`. */
  async begin(
    { door, site }: Asked,
    given: { readonly next?: string | undefined; readonly link?: string | undefined },
    origin: Origin,
  ): Promise<string> {
    const next = ownPath(given.next)
    const { link } = given
    if (link !== undefined) await this.#parts.signIn.personOfLink(link, origin)
    const errand: Errand = link === undefined ? { kind: 'enter', next } : { kind: 'invited', next, link }
    return await this.#parts.provider.begin(door, site, errand)
  }

  /** The same, to link the account there with a person who is signed in. */
  async beginLink({ door, site }: Asked, person: Person, session: string, next: string | undefined): Promise<string> {
    this.#requireAllowed(person)
    const errand: Errand = { kind: 'link', next: ownPath(next), person: person.id, session }
    return await this.#parts.provider.begin(door, site, errand)
  }

  /**
   * `session`: that of the browser which comes back, if any. Without `started` an account was linked, and nobody came in.
   * Throws `sign-in.challenge`, `sign-in.failed`, `sign-in.locked`, `identity-provider.*`, `people.link`, `people.conflict`.
   */
  async finish(
    door: string,
    search: string,
    session: string | undefined,
    origin: Origin,
  ): Promise<{ readonly next: string; readonly started?: Started }> {
    const { lockOut, signIn, provider } = this.#parts
    const attempt = lockOut.begin(undefined, origin.remote)
    const answer = await provider.finish(door, search).catch(async (thrown: unknown) => {
      if (thrown instanceof AppError && thrown.code === 'identity-provider.unavailable') attempt.withdrawn()
      await signIn.refused('unknown', 'oidc', origin, thrown instanceof AppError ? thrown.code : 'internal')
      throw thrown
    })
    attempt.succeeded()
    const errand = answer.errand as Errand
    const { named } = answer
    const { next } = errand
    if (errand.kind === 'enter') return { next, started: await this.#enter(named, origin) }
    if (errand.kind === 'invited') return { next, started: await this.#accept(named, errand.link, origin) }
    if (errand.session !== session) throw new AppError('sign-in.challenge', 'the session that began this is over')
    await this.#link(this.#personNow(errand.person), named)
    return { next }
  }

  async #enter(named: Named, origin: Origin): Promise<Started> {
    const { subjects, people, signIn } = this.#parts
    const id = subjects.personOf(named.subject)
    const person = id === undefined ? undefined : people.person(id)
    if (person === undefined) {
      await signIn.refused('unknown', 'oidc', origin, 'identity-provider.unknown')
      throw new AppError(
        'identity-provider.unknown',
        'this account is linked to nobody here: ask an admin to invite you',
      )
    }
    if (person.suspendedMs !== undefined) {
      await signIn.refused(person.id, 'oidc', origin)
      throw new AppError('sign-in.failed', 'this person may not sign in now')
    }
    this.#requireAllowed(person)
    const changed = await this.#takeRoles(person, named)
    return await signIn.accept(changed, { method: 'oidc', factors: named.factors }, origin)
  }

  async #accept(named: Named, link: string, origin: Origin): Promise<Started> {
    const { signIn } = this.#parts
    const person = await signIn.personOfLink(link, origin)
    this.#requireAllowed(person)
    await this.#link(person, named)
    await signIn.useLink(link)
    return await this.#enter(named, origin)
  }

  async #link(person: Person, { subject }: Named): Promise<void> {
    this.#requireAllowed(person)
    await this.#parts.subjects.link(person.id, subject)
    await this.#parts.audit.append({
      who: person.name,
      action: 'provider.linked',
      subject: person.id,
      detail: { issuer: subject.issuer, subject: subject.subject },
    })
  }

  /** The provider of one tenant names nobody who has rights elsewhere. */
  #requireAllowed({ memberships }: Person): void {
    const { tenants = [everyTenant] } = this.#parts.provider.settings
    if (tenants.includes(everyTenant) || memberships.every(({ tenant }) => tenants.includes(tenant))) return
    throw new AppError('sign-in.failed', 'people with roles in other tenants do not come in by this identity provider')
  }

  /** In the tenants that the mapping names, the roles are those of the claim. */
  async #takeRoles(person: Person, { claims }: Named): Promise<Person> {
    const { roles } = this.#parts.provider.settings
    if (roles === undefined) return person
    const claimed = claims[roles.claim]
    const values = new Set([claimed].flat().filter((value) => typeof value === 'string'))
    const mapped = new Set(roles.map.map(({ tenant }) => tenant))
    const given: Membership[] = roles.map
      .filter(({ value }) => values.has(value))
      .map(({ tenant, role }) => ({ tenant, role }))
    const memberships = withoutTwice([...person.memberships.filter(({ tenant }) => !mapped.has(tenant)), ...given])
    if (textOf(memberships) === textOf(person.memberships)) return person
    const changed = await this.#parts.people
      .change(person.id, (now) => ({ ...now, memberships }))
      .catch((thrown: unknown) => {
        // The last admin of the city stays, whatever the provider says.
        if (thrown instanceof AppError && thrown.code === 'people.conflict') return person
        throw thrown
      })
    if (changed === person) return person
    await this.#parts.audit.append({
      who: '(identity provider)',
      action: 'roles.taken',
      subject: person.id,
      detail: { before: person.memberships, after: memberships },
    })
    return changed
  }

  #personNow(id: string): Person {
    const person = this.#parts.people.person(id)
    if (person !== undefined && person.suspendedMs === undefined) return person
    throw new AppError('sign-in.failed', 'this person may not sign in now')
  }
}

/** A path of this hub, whatever was given: nobody is led to another site by its name. */
export function ownPath(given: string | undefined): string {
  const here = 'http://hub.invalid'
  const url = given === undefined || !given.startsWith('/') ? null : URL.parse(given, here)
  return url === null || url.origin !== here ? '/' : `${url.pathname}${url.search}${url.hash}`.replace(/^\/+/, '/')
}

function textOf(memberships: readonly Membership[]): string {
  return memberships
    .map(({ tenant, role }) => `${tenant} ${role}`)
    .toSorted((a, b) => a.localeCompare(b))
    .join()
}
