// Carries out what the hub asks of this gateway: each command once, in its time, and only what is known here by name.
import { AppError, type ErrorCode, toAppError } from '../../broker/contract/app-error.ts'
import { readCommand } from '../../broker/contract/command-codec.ts'
import { commandLimits } from '../../broker/contract/command-limits.ts'
import type { CommandDocument, CommandResult } from '../../broker/contract/command.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { Counters } from '../counters.ts'

export interface CommandOutcome extends Pick<CommandResult, 'state' | 'message' | 'file'> {
  readonly code?: ErrorCode
}

/** Checks the arguments itself. What it throws is told as `failed`, with the code of an AppError. */
export type CommandHandler = (given: CommandDocument['arguments'], id: string) => Promise<CommandOutcome>

export interface CommandPorts {
  /** By kind. */
  readonly handlers: ReadonlyMap<string, CommandHandler>
  /** Sends a result up; false: there is no connection, and the hub sees its time-out. */
  readonly answer: (id: string, result: CommandResult) => boolean
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
}

export interface Commands {
  /** Never throws: whatever came, it is answered and counted. */
  received(id: string, payload: Uint8Array): void
}

interface Remembered {
  readonly forgetAtMs: number
  /** Undefined: under way. */
  result: CommandResult | undefined
}

/** Bound: commands whose time has not passed yet. Overflow: a further one is refused, counted. Owner: these commands. */
const maxRemembered = 256

type Refusal = 'malformed' | 'expired' | 'unknown' | 'busy'

export function createCommands({ handlers, answer, clock, log, counters }: CommandPorts): Commands {
  const known = new Map<string, Remembered>()

  function tell(id: string, result: CommandResult): void {
    if (!answer(id, result)) counters.add('commands', 'unanswered')
  }

  function refuse(id: string, reason: Refusal, { code, message }: AppError): void {
    counters.add('commands', reason)
    log.warn({ command: id, code, reason: message }, 'a command of the hub is refused')
    tell(id, { v: 1, state: 'refused', code, message, timeMs: clock.now() })
  }

  function forgetOld(): void {
    const nowMs = clock.monotonic()
    for (const [id, { forgetAtMs }] of known) if (forgetAtMs <= nowMs) known.delete(id)
  }

  /** Never rejects. */
  async function carryOut(id: string, command: CommandDocument, handler: CommandHandler): Promise<void> {
    const lifeMs = Math.min(commandLimits.lifeMs, command.expiresMs - clock.now())
    const entry: Remembered = { forgetAtMs: clock.monotonic() + lifeMs, result: undefined }
    known.set(id, entry)
    const outcome = await handler(command.arguments, id).catch((thrown: unknown): CommandOutcome => {
      const { code, message } = toAppError(thrown, 'internal')
      return { state: 'failed', code, message }
    })
    entry.result = { v: 1, ...outcome, timeMs: clock.now() }
    counters.add('commands', outcome.state)
    log.info({ command: id, kind: command.kind, ...outcome }, 'a command of the hub')
    tell(id, entry.result)
  }

  return {
    received(id, payload) {
      forgetOld()
      const earlier = known.get(id)
      if (earlier !== undefined) {
        counters.add('commands', 'repeated')
        if (earlier.result !== undefined) tell(id, earlier.result)
        return
      }
      try {
        const command = readCommand(payload)
        const refusal = refusalOf(command, clock.now(), known.size)
        if (refusal !== undefined) return refuse(id, ...refusal)
        const handler = handlers.get(command.kind)
        if (handler === undefined) return refuse(id, 'unknown', unknownKind(command.kind, handlers))
        void carryOut(id, command, handler)
      } catch (thrown) {
        refuse(id, 'malformed', toAppError(thrown, 'payload.malformed'))
      }
    },
  }
}

function refusalOf(
  { timeMs, expiresMs }: CommandDocument,
  nowMs: number,
  remembered: number,
): readonly [Refusal, AppError] | undefined {
  if (expiresMs - timeMs > commandLimits.lifeMs) {
    const limit = `a command may wait for ${commandLimits.lifeMs / 1000} s at most`
    return ['malformed', new AppError('payload.schema', `/expiresMs is too late: ${limit}`)]
  }
  if (expiresMs <= nowMs) {
    const lateS = Math.round((nowMs - expiresMs) / 1000)
    return ['expired', new AppError('command.expired', `it expired ${lateS} s ago by the clock of the gateway`)]
  }
  if (remembered < maxRemembered) return undefined
  return ['busy', new AppError('command.busy', `${maxRemembered} commands came within their time; try again later`)]
}

function unknownKind(kind: string, handlers: ReadonlyMap<string, CommandHandler>): AppError {
  const list = handlers.size === 0 ? 'no command' : `only ${[...handlers.keys()].join(', ')}`
  return new AppError('command.unknown', `this gateway does not know "${kind}"; it knows ${list}`)
}
