// The command `teach`: a person at a screen teaches a line another part, one step a command.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { CommandDocument } from '../../broker/contract/command.ts'
import type { CommandFile } from '../../broker/contract/command-files.ts'
import type { CommandOutcome } from '../commands/commands.ts'
import type { Judgement } from './example-store.ts'
import type { TaughtLine } from './taught-line.ts'

/** The next frame of the line's camera, and, where it may leave the gateway, what shows it to the person. */
export interface AskedPicture {
  readonly take: () => Promise<Uint8Array>
  /** Sends it to the hub; undefined: it may not leave. */
  readonly show: ((picture: Uint8Array) => Promise<CommandFile>) | undefined
  /** Id of the command by which its file is found. */
  readonly command: string
}

type Arguments = CommandDocument['arguments']

/**
 * { inspection, step }, and with step
 * begin: ja, en (the part's name); example: judgement, frame (of a recent verdict; absent: what the camera sees now);
 * remove: example; fit; activate; discard; roll-back: what judged the same part before judges it again.
 */
export async function teachPart(
  given: Arguments,
  line: TaughtLine | undefined,
  ask: () => AskedPicture,
): Promise<CommandOutcome> {
  if (line === undefined) {
    return refused(new AppError('not-found', `"${given['inspection']}" is no line that this gateway teaches`))
  }
  try {
    return await carriedOut(given, line, ask)
  } catch (thrown) {
    const error = toAppError(thrown, 'internal')
    const { code } = error
    const isRefusal = code !== 'internal' && code !== 'store.unavailable' && code !== 'model.failed'
    if (isRefusal) return refused(error)
    throw error
  }
}

async function carriedOut(given: Arguments, line: TaughtLine, ask: () => AskedPicture): Promise<CommandOutcome> {
  switch (String(given['step'])) {
    case 'begin':
      await line.part.begin({ ja: nameOf(given, 'ja'), en: nameOf(given, 'en') })
      return { state: 'done' }
    case 'example':
      return addExample(given, line, ask)
    case 'remove':
      await line.part.remove(String(given['example']))
      return { state: 'done' }
    case 'fit':
      await line.part.fit()
      return { state: 'accepted', message: 'the gateway learns' }
    case 'activate':
      await line.activatePart()
      return { state: 'done' }
    case 'discard':
      await line.part.discard()
      return { state: 'done' }
    case 'roll-back':
      await line.rollBack()
      return { state: 'done' }
    default:
      throw new AppError('payload.schema', 'step is begin, example, remove, fit, activate, discard or roll-back')
  }
}

async function addExample(given: Arguments, line: TaughtLine, ask: () => AskedPicture): Promise<CommandOutcome> {
  const judgement = judgementOf(given)
  const { frame } = given
  if (typeof frame === 'string') {
    return { state: 'done', message: await line.part.add(judgement, await line.frame(frame)) }
  }
  const { take, show, command } = ask()
  const picture = await take()
  const file = await show?.(picture)
  const example = await line.part.add(judgement, picture, file === undefined ? undefined : command)
  return { state: 'done', message: example, ...(file === undefined ? {} : { file }) }
}

function judgementOf({ judgement }: Arguments): Judgement {
  if (judgement === 'good' || judgement === 'bad') return judgement
  throw new AppError('payload.schema', 'judgement is good or bad')
}

function nameOf(given: Arguments, language: 'ja' | 'en'): string {
  const name = given[language]
  if (typeof name === 'string' && name.trim().length > 0 && name.length <= 64) return name.trim()
  throw new AppError('payload.schema', `${language} is the name of the part, 1 to 64 characters`)
}

function refused({ code, message }: AppError): CommandOutcome {
  return { state: 'refused', code, message }
}
