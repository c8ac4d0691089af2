// Photos of alarms: what somebody saw when they got there.
import type { FastifyInstance } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import { Problem } from '../http/schemas.ts'
import type { PhotoFolder } from '../images/photo-folder.ts'
import { maxPhotoBodyBytes, PhotoBody, PhotoItem, PhotoParams } from '../images/photo-schemas.ts'
import type { AlarmBook } from './alarm-book.ts'
import { AlarmParams } from './alarm-schemas.ts'
import { byOf, seenAlarm } from './seen-alarm.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['alarms']
const yearS = 31_536_000

export function addAlarmPhotoRoutes(
  server: FastifyInstance,
  { book, photos }: { readonly book: AlarmBook; readonly photos: PhotoFolder },
): void {
  server.post<{ Params: AlarmParams; Body: PhotoBody }>(
    '/api/v1/alarms/:id/photos',
    {
      config: { right: 'handle-alarms' },
      bodyLimit: maxPhotoBodyBytes,
      schema: {
        tags,
        summary: 'Adds a photo to an alarm; what the camera wrote into it is left out',
        params: AlarmParams,
        body: PhotoBody,
        response: { 201: PhotoItem, ...problems },
      },
    },
    async (asked, reply) => {
      const { id } = await seenAlarm(book, asked)
      const hash = await photos.keep(Buffer.from(asked.body.photo, 'base64'))
      await book.note(id, 'attached', { by: byOf(asked), detail: hash })
      void reply.code(201)
      return { hash }
    },
  )
  server.get<{ Params: PhotoParams }>(
    '/api/v1/alarms/:id/photos/:hash',
    {
      config: { right: 'see-pictures' },
      schema: { tags, summary: 'A photo of an alarm, JPEG', params: PhotoParams },
    },
    async (asked, reply) => {
      const { id } = await seenAlarm(book, asked)
      const { hash } = asked.params
      const isOfAlarm = (await book.log(id)).some(({ action, detail }) => action === 'attached' && detail === hash)
      const bytes = isOfAlarm ? await photos.find(hash) : undefined
      if (bytes === undefined) throw new AppError('not-found', `alarm ${id} has no such photo`)
      void reply.header('content-type', 'image/jpeg')
      void reply.header('cache-control', `private, max-age=${yearS}, immutable`)
      return await reply.send(bytes)
    },
  )
}
