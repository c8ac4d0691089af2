// What a profile says of a microcontroller board: which of its names is which channel.
import { Type, type Static } from 'typebox'
import { channelFields, profileOf, strict } from '../profile-fields.ts'

const McuChannel = Type.Object(
  {
    ...channelFields,
    /** The record's name behind the board's own (its last part where the address gives none); "" where there is no more. */
    source: Type.Object({ name: Type.String({ pattern: '^[A-Za-z0-9:./_-]{0,64}$' }) }, strict),
  },
  strict,
)
export type McuChannel = Static<typeof McuChannel>

export const McuProfile = profileOf(
  'mcu',
  {
    mcu: Type.Optional(
      Type.Object(
        {
          /** What becomes of names that no channel lists: `drop` (default, counted) or `pass`, under their own name. */
          unlisted: Type.Optional(Type.Enum(['drop', 'pass'])),
        },
        strict,
      ),
    ),
  },
  McuChannel,
)
export type McuProfile = Static<typeof McuProfile>
