// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a request that is sent again, because its answer was lost, is done once.
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { HubDatabase } from '../registry/hub-database.ts'

export interface IdempotencyDependencies {
  readonly database: HubDatabase
  readonly clock: Clock
  readonly log: Log
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a request whose answer is to be kept: the row that waits for it. */
    idempotencyRow?: string
  }
}

const keepMs = 24 * 3_600_000
const maxKeyLength = 128
/** A longer answer is not kept: the same request is then done again. */
const maxAnswerLength = 64 * 1024
/** Rows per caller; above it the oldest go, and a request that old is done again. Owner: this hook. */
const maxKeysOfCaller = 10_000
const sweepEvery = 100

/**
 * For POST requests that carry `Idempotency-Key`. The same key, caller, path and body within 24 hours gets the same answer,
 * with `idempotency-replayed: true`; another body is refused with 422, one that is still under way with 409. What ended in
 * 5xx is forgotten, so that it can be tried again. An answer that holds a secret is not kept. A request that was cut off by the end of the hub is done again.
 */
export async function addIdempotency(server: FastifyInstance, dependencies: IdempotencyDependencies): Promise<void> {
  const { database, clock, log } = dependencies
  await database.deleteFrom('idempotency_keys').where('status', 'is', null).execute()
  let taken = 0
  server.addHook('preHandler', async (request, reply) => {
    const key = request.headers['idempotency-key']
    if (request.method !== 'POST' || typeof key !== 'string') return
    if (request.routeOptions.config.secretAnswer === true) return
    if (key.length === 0 || key.length > maxKeyLength) {
      throw new AppError('payload.schema', `an Idempotency-Key has 1 to ${maxKeyLength} characters`)
    }
    taken += 1
    if (taken % sweepEvery === 1) await sweep(database, clock.now())
    await takeOrReplay(request, reply, { id: idOf(request, key), database, nowMs: clock.now() })
  })
  server.addHook('onSend', async (request, reply, payload) => {
    const { idempotencyRow: id } = request
    if (id === undefined) return payload
    try {
      await keepAnswer(database, id, reply, payload)
    } catch (thrown) {
      log.warn({ err: thrown, url: request.url }, 'the answer to a request with a key is not kept')
    }
    return payload
  })
}

async function takeOrReplay(
  request: FastifyRequest,
  reply: FastifyReply,
  { id, database, nowMs }: { readonly id: string; readonly database: HubDatabase; readonly nowMs: number },
): Promise<void> {
  const bodyHash = sha256(JSON.stringify(request.body ?? null))
  const row = {
    id,
    caller: callerOf(request),
    body_hash: bodyHash,
    status: null,
    type: null,
    answer: null,
    made_ms: nowMs,
  }
  const inserted = await database
    .insertInto('idempotency_keys')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst()
  if (inserted.numInsertedOrUpdatedRows === 1n) {
    request.idempotencyRow = id
    return
  }
  const known = await database.selectFrom('idempotency_keys').selectAll().where('id', '=', id).executeTakeFirst()
  if (known !== undefined && known.body_hash !== bodyHash) {
    throw new AppError('request.key-reused', 'this Idempotency-Key came with another body before; make a new one')
  }
  if (known === undefined || known.status === null) {
    throw new AppError('request.in-progress', 'a request with this Idempotency-Key is under way; ask again in a second')
  }
  void reply.header('idempotency-replayed', 'true')
  if (known.type !== null) void reply.header('content-type', known.type)
  await reply.code(known.status).send(known.answer ?? '')
}

async function keepAnswer(database: HubDatabase, id: string, reply: FastifyReply, payload: unknown): Promise<void> {
  const answer = typeof payload === 'string' ? payload : undefined
  const isKept = reply.statusCode < 500 && answer !== undefined && answer.length <= maxAnswerLength
  if (!isKept) {
    await database.deleteFrom('idempotency_keys').where('id', '=', id).execute()
    return
  }
  const type = reply.getHeader('content-type')
  const kept = { status: reply.statusCode, type: typeof type === 'string' ? type : null, answer }
  await database.updateTable('idempotency_keys').set(kept).where('id', '=', id).execute()
}

async function sweep(database: HubDatabase, nowMs: number): Promise<void> {
  await database
    .deleteFrom('idempotency_keys')
    .where('made_ms', '<', nowMs - keepMs)
    .execute()
  const crowded = await database
    .selectFrom('idempotency_keys')
    .select('caller')
    .groupBy('caller')
    .having((having) => having.fn.countAll<number>(), '>', maxKeysOfCaller)
    .execute()
  for (const { caller } of crowded) {
    const oldest = await database
      .selectFrom('idempotency_keys')
      .select('made_ms')
      .where('caller', '=', caller)
      .orderBy('made_ms', 'desc')
      .offset(maxKeysOfCaller)
      .limit(1)
      .executeTakeFirst()
    if (oldest === undefined) continue
    const tooOld = database.deleteFrom('idempotency_keys').where('caller', '=', caller)
    await tooOld.where('made_ms', '<=', oldest.made_ms).execute()
  }
}

function idOf(request: FastifyRequest, key: string): string {
  return sha256(JSON.stringify([callerOf(request), request.method, request.url, key]))
}

/** Whose key it is: nobody gets the answer of another. */
function callerOf({ principal, ip }: FastifyRequest): string {
  const { kind, person, memberships, only } = principal
  // Two tokens of a person may be for different tenants, and what was answered to one is not for the other.
  const scope = kind === 'token' ? ` ${sha256(JSON.stringify([memberships, only]))}` : ''
  return kind === 'open' ? `address ${ip}` : `${kind} ${person}${scope}`
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
