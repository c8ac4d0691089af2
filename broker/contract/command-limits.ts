// How large a command and its result may be: known to the gateway, to the schemas and to the hub, and free of any library.

/**
 * done: carried out. accepted: begun, and what becomes of it is told otherwise (an event, a status). refused: not begun, and nothing
 * has changed. failed: begun, and it went wrong.
 */
export const commandStates = ['done', 'accepted', 'refused', 'failed'] as const
export type CommandState = (typeof commandStates)[number]

export const commandLimits = {
  /** From `timeMs` to `expiresMs` of a command: a gateway remembers its id for so long. */
  lifeMs: 600_000,
  argumentKeys: 16,
  /** Characters of a text among the arguments. */
  argumentText: 4_096,
  /** Characters of a result's message. */
  message: 500,
} as const

export const commandKindPattern = '^[a-z][a-z0-9-]{0,31}$'
export const argumentKeyPattern = '^[A-Za-z][A-Za-z0-9_-]{0,47}$'
/** Of AppError, and what a later version may add. */
export const resultCodePattern = '^[a-z][a-z0-9.-]{0,63}$'
