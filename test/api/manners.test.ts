import fastify, { type FastifyInstance } from 'fastify'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import { silentLog } from '../../broker/contract/ports.ts'
import { addManners } from '../../cloud/http/api-manners.ts'
import { operationIdOf } from '../../cloud/http/documentation.ts'
import { sendProblem } from '../../cloud/http/problem.ts'
import { openPrincipal, type Principal } from '../../cloud/people/principal.ts'
import { openHubDatabase, type HubDatabase } from '../../cloud/registry/hub-database.ts'
import { createManualClock } from '../edge/manual-clock.ts'
import { type DatabasePlaces, hubDatabases } from '../registry/hub-databases.ts'

describe.each(hubDatabases)('on $name', ({ open: openPlaces }) => {
  let places: DatabasePlaces
  let database: HubDatabase
  let server: FastifyInstance
  let done: unknown[]
  /** What the next request waits for before it is done. */
  let gate: Promise<void>
  let onBegin: () => void
  let failing: AppError | undefined
  const clock = createManualClock()

  beforeAll(async () => {
    places = await openPlaces()
  })

  afterAll(() => places.close())

  beforeEach(async () => {
    database = await openHubDatabase(await places.newPlace())
    done = []
    gate = Promise.resolve()
    onBegin = () => undefined
    failing = undefined
    server = await open()
  })

  afterEach(async () => {
    await server.close()
    await database.destroy()
  })

  /** A server with one route that does something, and one that shows what was done. */
  async function open(requestsPerMinute = 1_000): Promise<FastifyInstance> {
    const opened = fastify()
    opened.decorateRequest('principal', null as unknown as Principal)
    opened.addHook('onRequest', async (request) => {
      const name = request.headers['x-person']
      request.principal = typeof name === 'string' ? { ...openPrincipal, kind: 'person', person: name } : openPrincipal
      await Promise.resolve()
    })
    opened.setErrorHandler((error, request, reply) => sendProblem(error as AppError, request, reply, silentLog))
    await addManners(opened, { database, clock, log: silentLog, requestsPerMinute })
    opened.post('/things', async (request, reply) => {
      onBegin()
      await gate
      if (failing !== undefined) throw failing
      done.push(request.body)
      return await reply.code(201).send({ number: done.length })
    })
    opened.get('/things', () => ({ done }))
    return opened
  }

  const post = (key: string | undefined, body: object, person?: string) =>
    server.inject({
      method: 'POST',
      url: '/things',
      payload: body,
      headers: {
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(person === undefined ? {} : { 'x-person': person }),
      },
    })

  describe('a request with an Idempotency-Key', () => {
    it('is done once, and answered alike each time', async () => {
      const first = await post('k', { a: 1 })
      const again = await post('k', { a: 1 })
      expect(done).toEqual([{ a: 1 }])
      expect([first.statusCode, first.json()]).toEqual([201, { number: 1 }])
      expect([again.statusCode, again.json()]).toEqual([201, { number: 1 }])
      expect([first.headers['idempotency-replayed'], again.headers['idempotency-replayed']]).toEqual([
        undefined,
        'true',
      ])
    })

    it('is done once although the hub was restarted between', async () => {
      await post('k', { a: 1 })
      await server.close()
      server = await open()
      expect((await post('k', { a: 1 })).json()).toEqual({ number: 1 })
      expect(done).toHaveLength(1)
    })

    it('is refused with another body, and while the first is under way', async () => {
      await post('k', { a: 1 })
      expect(await post('k', { a: 2 })).toMatchObject({ statusCode: 422 })
      const held = Promise.withResolvers<void>()
      gate = held.promise
      const begun = Promise.withResolvers<void>()
      onBegin = begun.resolve
      const slow = Promise.resolve(post('slow', { a: 3 }))
      await begun.promise
      expect(await post('slow', { a: 3 })).toMatchObject({ statusCode: 409 })
      held.resolve()
      expect(await slow).toMatchObject({ statusCode: 201 })
      expect(done).toEqual([{ a: 1 }, { a: 3 }])
    })

    it('is tried again where it failed on our side, and not where it was refused', async () => {
      failing = new AppError('store.unavailable', 'the store is away')
      expect(await post('k', { a: 1 })).toMatchObject({ statusCode: 503 })
      failing = undefined
      expect(await post('k', { a: 1 })).toMatchObject({ statusCode: 201 })
      failing = new AppError('not-found', 'there is none')
      expect(await post('other', { a: 1 })).toMatchObject({ statusCode: 404 })
      failing = undefined
      expect(await post('other', { a: 1 })).toMatchObject({ statusCode: 404 })
    })

    it("is not answered with another person's answer, nor for ever", async () => {
      await post('k', { a: 1 }, 'tanaka')
      expect((await post('k', { a: 1 }, 'sato')).json()).toEqual({ number: 2 })
      clock.jump(25 * 3_600_000)
      await server.close()
      server = await open()
      expect((await post('k', { a: 1 }, 'tanaka')).json()).toEqual({ number: 3 })
    })

    it('is a request like any other without a key, and refused with a key that is too long', async () => {
      await post(undefined, {})
      await post(undefined, {})
      expect(done).toHaveLength(2)
      expect(await post('x'.repeat(200), {})).toMatchObject({ statusCode: 400 })
    })
  })

  describe('every route', () => {
    it('answers 304 to who has the newest already', async () => {
      const first = await server.inject({ url: '/things' })
      const headers = { 'if-none-match': String(first.headers.etag) }
      expect(await server.inject({ url: '/things', headers })).toMatchObject({ statusCode: 304, body: '' })
      await post(undefined, { a: 1 })
      expect(await server.inject({ url: '/things', headers })).toMatchObject({ statusCode: 200 })
    })

    it('answers 429 to who asks too much, and goes on answering others', async () => {
      await server.close()
      server = await open(5)
      const ask = (person: string) => server.inject({ url: '/things', headers: { 'x-person': person } })
      for (let number = 0; number < 5; number += 1) expect((await ask('tanaka')).statusCode).toBe(200)
      const refused = await ask('tanaka')
      expect(refused.statusCode).toBe(429)
      expect(refused.json()).toMatchObject({ code: 'request.rate' })
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
      expect((await ask('sato')).statusCode).toBe(200)
    })

    it('has a name for the clients that are generated', () => {
      expect(operationIdOf('GET', '/api/v1/work-orders/{id}')).toBe('getWorkOrdersById')
      expect(operationIdOf('POST', '/api/v1/alarms/:id/ack')).toBe('postAlarmsByIdAck')
      expect(operationIdOf('GET', '/healthz')).toBe('getHealthz')
    })
  })
})
