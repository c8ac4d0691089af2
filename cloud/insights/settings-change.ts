// How settings go over HTTP: with the tag of their revision, and back with the one that was seen.
import { Type, type Static } from 'typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { entityTag, IfMatch, taggedRevision } from '../http/entity-tag.ts'
import { actorOf } from '../people/request-principal.ts'
import type { SettingsChange } from './settings-book.ts'

export const SettingsHeaders = Type.Object({ 'if-match': IfMatch })
export type SettingsHeaders = Static<typeof SettingsHeaders>

/** Without `If-Match`, as a program that knows nothing of others sends it, whatever there is is replaced. */
export function settingsChangeOf(request: FastifyRequest<{ Headers: SettingsHeaders }>): SettingsChange {
  const tag = request.headers['if-match']
  const seen = tag === undefined ? 'any' : taggedRevision(tag)
  return { by: actorOf(request, undefined) || undefined, seen: seen === 'any' ? undefined : seen }
}

export function taggedSettings<Item extends { readonly revision: number }>(reply: FastifyReply, item: Item): Item {
  void reply.header('etag', entityTag(item.revision))
  return item
}
