// Checks that need schemas run in a process that ends with them: TypeBox and YAML cost 30 MB, which the agent would keep for months.
import { type ChildProcess, fork, type ForkOptions } from 'node:child_process'
import { once } from 'node:events'
import { AppError, type ErrorCode } from '../../broker/contract/app-error.ts'

/** What a checker sends back, once: its answer, or the error that it threw. */
type Reply<Answer> =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string }

/** A check takes less than a second, on a small board some five. */
const checkLimitMs = 60_000

/**
 * Starts a checker (a module that calls `answerParent`) with these words and returns its answer, a plain value. Throws the
 * AppError that the checker threw, or `internal` when it ended without a reply or took longer than `limitMs`.
 */
export async function askChecker<Answer>(
  checker: URL,
  words: readonly string[],
  { limitMs: timeout = checkLimitMs, signal }: { readonly limitMs?: number; readonly signal?: AbortSignal } = {},
): Promise<Answer> {
  const end = signal === undefined ? {} : { signal }
  const options: ForkOptions = { serialization: 'advanced', execArgv: [], timeout, killSignal: 'SIGKILL', ...end }
  const child = fork(checker, words, options)
  const ended = once(child, 'exit')
  ended.catch(() => undefined)
  const reply = await replyOf<Answer>(child).catch((cause: unknown) => {
    throw new AppError('internal', 'the process that checks configuration and models failed', { cause })
  })
  await ended
  if (reply.kind === 'answer') return reply.answer
  throw new AppError(reply.code, reply.message)
}

/** The channel closes after the last message has been read, the process may have ended before. */
function replyOf<Answer>(child: ChildProcess): Promise<Reply<Answer>> {
  return new Promise((resolve, reject) => {
    child.once('message', (reply) => resolve(reply as Reply<Answer>))
    child.once('error', reject)
    child.once('disconnect', () => reject(new Error('it ended without a reply')))
  })
}

/** The main of a checker: sends what `check` returns or the AppError that it throws, and lets the process end. */
export async function answerParent<Answer>(check: (words: readonly string[]) => Promise<Answer>): Promise<void> {
  const reply = await replyTo(check)
  process.send?.(reply, undefined, {}, () => process.disconnect())
}

async function replyTo<Answer>(check: (words: readonly string[]) => Promise<Answer>): Promise<Reply<Answer>> {
  try {
    return { kind: 'answer', answer: await check(process.argv.slice(2)) }
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    return { kind: 'refused', code: thrown.code, message: thrown.message }
  }
}
