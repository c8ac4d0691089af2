// Photos that people add to alarms and work orders, as the API takes and gives them.
import { Type, type Static } from 'typebox'

/** A photo of a telephone, base64. */
export const maxPhotoBodyBytes = 8 * 1024 * 1024

export const PhotoBody = Type.Object(
  {
    photo: Type.String({ description: 'JPEG, PNG or WebP, base64', contentEncoding: 'base64' }),
    by: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  },
  { additionalProperties: false },
)
export type PhotoBody = Static<typeof PhotoBody>

export const PhotoItem = Type.Object({ hash: Type.String() })

export const TakenPhotoItem = Type.Object({
  hash: Type.String(),
  time: Type.Number(),
  by: Type.Union([Type.String(), Type.Null()]),
})

/** Of something that photos belong to, and one of its photos. */
export const PhotoParams = Type.Object({
  id: Type.String({ maxLength: 64 }),
  hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
})
export type PhotoParams = Static<typeof PhotoParams>

export const PhotoOwnerParams = Type.Omit(PhotoParams, ['hash'])
export type PhotoOwnerParams = Static<typeof PhotoOwnerParams>

export const PhotoQuery = Type.Object({
  small: Type.Optional(Type.Boolean({ default: false, description: 'At most 320 px wide and high' })),
})
export type PhotoQuery = Static<typeof PhotoQuery>
