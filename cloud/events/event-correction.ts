// A person says what a part really was: the verdict's gateway is asked to learn from it.
import { AppError } from '../../broker/contract/app-error.ts'
import { Type, type Static } from 'typebox'
import type { GatewayEvent } from '../../broker/contract/event.ts'
import type { Commands } from '../commands/commands.ts'
import type { CorrectionBook } from '../factory/correction-book.ts'
import type { StoredEvent } from '../store/store.ts'
import { eventId } from './event-id.ts'

const Judgement = Type.Enum(['good', 'bad', 'withdrawn'], {
  description: 'What the part really was; withdrawn: nothing is said of it any more',
})

export const CorrectionBody = Type.Object(
  {
    judgement: Judgement,
    class: Type.Optional(
      Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$', description: 'Kind of defect of a bad part' }),
    ),
  },
  { additionalProperties: false },
)
export type CorrectionBody = Static<typeof CorrectionBody>

export const Correction = Type.Object({
  event: Type.String({ description: 'Event id' }),
  judgement: Judgement,
  state: Type.Literal('accepted', {
    description:
      'The gateway has put the picture among its examples and learns in the background. What becomes of that is an event of kind ' +
      '"teaching" of the same source, whose detail.startedMs is not before `time`',
  }),
  time: Type.Number({ description: 'When the gateway took it, by the clock of the gateway, Unix ms' }),
})
export type Correction = Static<typeof Correction>

/** Throws AppError `event.not-correctable` and what Commands.send throws; `frame.expired` where the gateway has no picture any more. */
export async function correct(
  stored: StoredEvent,
  { judgement, class: name }: CorrectionBody,
  parts: {
    readonly commands: Pick<Commands, 'send'>
    readonly corrections: CorrectionBook
    readonly by: string | null
  },
): Promise<Correction> {
  const id = eventId(stored)
  const { kind, source, detail } = JSON.parse(stored.body) as GatewayEvent
  const frame = detail?.['frame']
  if (kind !== 'inspection' || typeof frame !== 'string') {
    throw new AppError('event.not-correctable', `the event ${id} is no verdict of a line that its gateway teaches`)
  }
  const { timeMs } = await parts.commands.send({
    gateway: stored.gateway,
    kind: 'correct-verdict',
    arguments: { inspection: source, frame, judgement },
  })
  if (judgement === 'withdrawn') await parts.corrections.withdraw(stored)
  else await parts.corrections.set(stored, source, { judgement, class: name ?? null, by: parts.by, timeMs })
  return { event: id, judgement, state: 'accepted', time: timeMs }
}
