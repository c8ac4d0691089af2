// The API of people for the command line: of the hub that runs, or the same routes on the database of one that does not.
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import fastify from 'fastify'
import { AppError } from '../broker/contract/app-error.ts'
import { silentLog, systemClock } from '../broker/contract/ports.ts'
import { sendProblem } from '../cloud/http/problem.ts'
import { openPeople } from '../cloud/people/people-door.ts'
import { addPeopleRoutes } from '../cloud/people/people-routes.ts'
import { openPrincipal, wholeCity } from '../cloud/people/principal.ts'
import { passingSealing } from '../cloud/people/sealing.ts'
import { type HubDatabase, openHubDatabase } from '../cloud/registry/hub-database.ts'
import { placeOf } from './database-place.ts'
import { answerOf } from './hub-session.ts'
import { askRunningHub, hubAddress } from './running-hub.ts'

export interface PeopleApi {
  /** Where people reach the hub. */
  readonly hub: string
  /** On the database itself, where nobody has to sign in. */
  readonly isDatabase: boolean
  /** The answer's body. Throws what the hub answers. */
  ask(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<unknown>
  close(): Promise<void>
}

interface Flags {
  readonly data?: string | undefined
  readonly database?: string | undefined
  readonly hub?: string | undefined
}

/** Throws `store.unavailable`. */
export async function peopleAt(flags: Flags): Promise<PeopleApi> {
  const hub = hubAddress(flags.hub)
  if (flags.hub !== undefined) return ofRunningHub(hub)
  const place = placeOf(flags)
  if (!place.includes('://')) await mkdir(dirname(place), { recursive: true })
  try {
    return await onDatabase(hub, await openHubDatabase({ place }))
  } catch (thrown) {
    // A hub holds it: that one is asked.
    if (thrown instanceof AppError && thrown.code === 'data.locked') return ofRunningHub(hub)
    throw thrown
  }
}

function ofRunningHub(hub: string): PeopleApi {
  return {
    hub,
    isDatabase: false,
    ask: (method, path, body) => askRunningHub(hub, method, path, body),
    close: () => Promise.resolve(),
  }
}

/** Whoever may open the database may do everything with it: no sign-in is asked for, and the audit log says so. */
async function onDatabase(hub: string, database: HubDatabase): Promise<PeopleApi> {
  // None of these routes reads the secret of an authenticator.
  const sealing = passingSealing()
  const door = await openPeople({ database, sealing, clock: systemClock, log: silentLog })
  const server = fastify()
  server.setSerializerCompiler(() => JSON.stringify)
  server.setErrorHandler((error, request, reply) => sendProblem(error as AppError, request, reply, silentLog))
  server.addHook('onRequest', async (request) => {
    request.principal = openPrincipal
    request.scope = wholeCity
  })
  server.addHook('onSend', async (request, reply, payload) => {
    if (request.method !== 'GET' && reply.statusCode < 400) {
      const action = `${request.method} ${request.routeOptions.url ?? ''}`
      const { subject = request.url, tenant } = request.audited ?? {}
      await door.audit.append({ who: '(command line)', action, subject, tenant })
    }
    return payload
  })
  addPeopleRoutes(server, door)
  return {
    hub,
    isDatabase: true,
    async ask(method, path, body) {
      const answer = await server.inject({ method, url: path, ...(body === undefined ? {} : { payload: body }) })
      return answerOf(answer.statusCode, answer.body)
    },
    async close() {
      await server.close()
      await door.stop()
      await database.destroy()
    },
  }
}
