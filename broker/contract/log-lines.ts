// `…/log`: lines of a gateway's log while somebody at the hub follows them. Never retained: who does not look loses nothing.
import { Type, type Static } from 'typebox'
import { logLimits } from './log-limits.ts'

export const LogLines = Type.Object({
  v: Type.Literal(1),
  /** As the agent wrote them, JSON each; longer ones are cut. */
  lines: Type.Array(Type.String({ maxLength: logLimits.line }), { maxItems: logLimits.lines }),
  /** Lines left out since the last message, because more came than may be sent. */
  dropped: Type.Integer({ minimum: 0 }),
  /** Nothing follows: the time is over. */
  ended: Type.Boolean(),
})
export type LogLines = Static<typeof LogLines>
