// People of a hub, put together: who they are, how they sign in, what they did, and the routes for all of it.
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { Principals } from '../http/guard.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import { ApiTokens } from './api-tokens.ts'
import { AuditLog } from './audit-log.ts'
import { IdentityProvider } from './identity-provider.ts'
import type { IdentityProviderSettings } from './identity-provider-settings.ts'
import { LockOut } from './lock-out.ts'
import { Passkeys } from './passkeys.ts'
import { People } from './people.ts'
import type { Person } from './person.ts'
import type { Principal } from './principal.ts'
import { type ProviderParts, ProviderSignIn } from './provider-sign-in.ts'
import type { Sealing } from './sealing.ts'
import { demandsSecondFactor, type SecondFactorRule } from './second-factor.ts'
import { Sessions } from './sessions.ts'
import { SignIn } from './sign-in.ts'
import { Subjects } from './subjects.ts'
import { Tickets } from './tickets.ts'

/** What the routes work with. */
export interface PeopleParts {
  readonly people: People
  readonly sessions: Sessions
  readonly tokens: ApiTokens
  readonly signIn: SignIn
  readonly passkeys: Passkeys
  readonly subjects: Subjects
  /** Undefined: this hub has no identity provider. */
  readonly provider: ProviderSignIn | undefined
  readonly audit: AuditLog
  readonly principals: Principals
  readonly database: HubDatabase
  readonly sealing: Sealing
  readonly clock: Clock
  readonly log: Log
}

export interface PeopleDoor extends PeopleParts {
  stop(): Promise<void>
}

export async function openPeople(ports: {
  readonly database: HubDatabase
  readonly sealing: Sealing
  /** Default: of others. */
  readonly secondFactor?: SecondFactorRule | undefined
  readonly identityProvider?: IdentityProviderSettings | undefined
  readonly clock: Clock
  readonly log: Log
}): Promise<PeopleDoor> {
  const { database, sealing, secondFactor = 'others', clock, log } = ports
  const listeners = new Set<() => void>()
  const changed = () => {
    for (const listener of listeners) listener()
  }
  const changing = { ...ports, changed }
  const people = new People(changing)
  const sessions = new Sessions(changing)
  const tokens = new ApiTokens(changing)
  const audit = new AuditLog(ports)
  const lockOut = new LockOut(clock)
  const demands = (person: Person, isLocal: boolean) => demandsSecondFactor(secondFactor, person, isLocal)
  const hasPasskey = (person: string) => passkeys.of(person).length > 0
  const signIn = new SignIn({ people, sessions, audit, lockOut, database, sealing, demands, hasPasskey, clock })
  const tickets = new Tickets(clock)
  const passkeys = new Passkeys({ people, signIn, lockOut, tickets, audit, database, clock })
  const subjects = new Subjects(ports)
  const provider = providerOf(ports, { tickets, subjects, people, signIn, lockOut, audit })
  await Promise.all([people, sessions, tokens, passkeys, subjects].map((part) => part.restore()))
  const personOf = (id: string) => people.person(id)
  const principals: Principals = {
    get isOpen() {
      return people.isEmpty
    },
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    ofSession(cookie, isLocal, peek) {
      const found = sessions.find(cookie, personOf, peek)
      if (found === undefined) return undefined
      const { person, session } = found
      return principalOfPerson(person, session.id, session.factors < 2 && demands(person, isLocal))
    },
    ofToken: (token) => tokens.principalOf(token, personOf),
  }
  return {
    people,
    sessions,
    tokens,
    signIn,
    passkeys,
    subjects,
    provider,
    audit,
    database,
    sealing,
    clock,
    log,
    principals,
    async stop() {
      await people.close()
      await sessions.close()
      await tokens.close()
      await audit.close()
    },
  }
}

function providerOf(
  { identityProvider: settings, clock, log }: Parameters<typeof openPeople>[0],
  { tickets, ...parts }: Omit<ProviderParts, 'provider'> & { readonly tickets: Tickets },
): ProviderSignIn | undefined {
  if (settings === undefined) return undefined
  return new ProviderSignIn({ ...parts, provider: new IdentityProvider({ settings, tickets, clock, log }) })
}

function principalOfPerson(
  { id, name, language, memberships }: Person,
  session: string,
  isLimited: boolean,
): Principal {
  const who = { kind: 'person', person: id, name, language, session } as const
  return isLimited ? { ...who, memberships: [], limited: true } : { ...who, memberships }
}
