// The routes of photos, the same for each thing that they may belong to: add, list, see, take away.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import { asPicture } from '../http/picture-manners.ts'
import { listOf, Problem } from '../http/schemas.ts'
import type { PhotoBook, PhotoOwner } from './photo-book.ts'
import {
  maxPhotoBodyBytes,
  PhotoBody,
  PhotoItem,
  PhotoOwnerParams,
  PhotoParams,
  PhotoQuery,
  TakenPhotoItem,
} from './photo-schemas.ts'

/** What photos belong to. */
export interface PhotoSubject {
  /** e.g. `/api/v1/alarms/:id` */
  readonly path: string
  /** e.g. `an alarm` */
  readonly what: string
  readonly tags: string[]
  /** Throws `not-found` for what the caller may not see; `by`: who asks. */
  readonly owner: (
    request: FastifyRequest<{ Params: { id: string }; Body: unknown }>,
  ) => Promise<PhotoOwner & { readonly by: string | undefined }>
  /** It was added or taken away. */
  readonly note: (
    owner: PhotoOwner,
    action: 'attached' | 'detached',
    said: { readonly by: string | undefined; readonly hash: string },
  ) => Promise<void>
}

const problems = { '4xx': Problem, '5xx': Problem }

export function addPhotoRoutes(server: FastifyInstance, subject: PhotoSubject, photos: PhotoBook): void {
  addChangeRoutes(server, subject, photos)
  const { path, what, tags, owner } = subject
  server.get<{ Params: PhotoOwnerParams }>(
    `${path}/photos`,
    {
      config: { right: 'see-pictures' },
      schema: {
        tags,
        summary: `The photos of ${what}, oldest first`,
        params: PhotoOwnerParams,
        response: { 200: listOf(TakenPhotoItem), ...problems },
      },
    },
    async (asked) => {
      const found = await photos.list(await owner(asked))
      return { items: found.map(({ hash, keptMs, by }) => ({ hash, time: keptMs, by: by ?? null })) }
    },
  )
  server.get<{ Params: PhotoParams; Querystring: PhotoQuery }>(
    `${path}/photos/:hash`,
    {
      config: { right: 'see-pictures' },
      schema: { tags, summary: `A photo of ${what}, JPEG`, params: PhotoParams, querystring: PhotoQuery },
    },
    async (asked, reply) => {
      const bytes = await photos.find(await owner(asked), asked.params.hash, asked.query.small)
      if (bytes === undefined) throw new AppError('not-found', `${asked.params.id} has no such photo`)
      return await asPicture(reply, 'image/jpeg').send(bytes)
    },
  )
}

function addChangeRoutes(
  server: FastifyInstance,
  { path, what, tags, owner, note }: PhotoSubject,
  photos: PhotoBook,
): void {
  server.post<{ Params: PhotoOwnerParams; Body: PhotoBody }>(
    `${path}/photos`,
    {
      config: { right: 'handle-alarms' },
      bodyLimit: maxPhotoBodyBytes,
      schema: {
        tags,
        summary: `Adds a photo to ${what}; what the camera wrote into it is left out`,
        description: '507: the disk of the hub has no room; nothing was kept.',
        params: PhotoOwnerParams,
        body: PhotoBody,
        response: { 201: PhotoItem, ...problems },
      },
    },
    async (asked, reply) => {
      const { by, ...of } = await owner(asked)
      const hash = await photos.keep(of, Buffer.from(asked.body.photo, 'base64'), by)
      await note(of, 'attached', { by, hash })
      void reply.code(201)
      return { hash }
    },
  )
  server.delete<{ Params: PhotoParams }>(
    `${path}/photos/:hash`,
    {
      config: { right: 'handle-alarms' },
      schema: {
        tags,
        summary: `Takes a photo of ${what} away for good; who did is on record`,
        params: PhotoParams,
        response: { 204: { type: 'null' }, ...problems },
      },
    },
    async (asked, reply) => {
      const { by, ...of } = await owner(asked)
      const { hash, id } = asked.params
      if (!(await photos.remove(of, hash))) throw new AppError('not-found', `${id} has no such photo`)
      await note(of, 'detached', { by, hash })
      return await reply.code(204).send()
    },
  )
}
