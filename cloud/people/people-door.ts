// People of a hub, put together: who they are, how they sign in, what they did, and the routes for all of it.
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { Principals } from '../http/guard.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import { ApiTokens } from './api-tokens.ts'
import { AuditLog } from './audit-log.ts'
import { People } from './people.ts'
import type { Person } from './person.ts'
import type { Principal } from './principal.ts'
import type { Sealing } from './sealing.ts'
import { Sessions } from './sessions.ts'
import { SignIn } from './sign-in.ts'

/** What the routes work with. */
export interface PeopleParts {
  readonly people: People
  readonly sessions: Sessions
  readonly tokens: ApiTokens
  readonly signIn: SignIn
  readonly audit: AuditLog
  readonly database: HubDatabase
  readonly sealing: Sealing
  readonly clock: Clock
}

export interface PeopleDoor extends PeopleParts {
  readonly principals: Principals
  stop(): Promise<void>
}

export async function openPeople(ports: {
  readonly database: HubDatabase
  readonly sealing: Sealing
  readonly clock: Clock
  readonly log: Log
}): Promise<PeopleDoor> {
  const { database, sealing, clock } = ports
  const listeners = new Set<() => void>()
  const changed = () => {
    for (const listener of listeners) listener()
  }
  const changing = { ...ports, changed }
  const people = new People(changing)
  const sessions = new Sessions(changing)
  const tokens = new ApiTokens(changing)
  const audit = new AuditLog(ports)
  await Promise.all([people.restore(), sessions.restore(), tokens.restore()])
  const signIn = new SignIn({ people, sessions, audit, database, sealing, clock })
  const personOf = (id: string) => people.person(id)
  const principals: Principals = {
    get isOpen() {
      return people.isEmpty
    },
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    ofSession(cookie, peek) {
      const found = sessions.find(cookie, personOf, peek)
      return found && principalOfPerson(found.person, found.session.id)
    },
    ofToken: (token) => tokens.principalOf(token, personOf),
  }
  return {
    people,
    sessions,
    tokens,
    signIn,
    audit,
    database,
    sealing,
    clock,
    principals,
    async stop() {
      await people.close()
      await sessions.close()
      await tokens.close()
      await audit.close()
    },
  }
}

function principalOfPerson({ id, name, language, memberships }: Person, session: string): Principal {
  return { kind: 'person', person: id, name, language, memberships, session }
}
