// Tells a PostgreSQL server that cannot be reached or cannot answer now from a statement that is wrong.
import { AppError } from '../../broker/contract/app-error.ts'

/**
 * SQLSTATE classes after which the same statement may succeed: connection (08), too little of something (53), stopped by
 * an operator or a time limit (57), the server's own disk (58); and serialisation failures and deadlocks.
 */
const passing = /^(?:08|53|57|58)|^40001$|^40P01$|^25006$|^55P03$/
const connection = /^(?:ECONN|EPIPE|ENOENT|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOST|ENET|EACCES)/
/** What the library itself throws has no code. */
const ownWords =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|not queryable|pool after/

/** `store.unavailable` for what may pass, anything else as it came. The message never holds the URL or its password. */
export function databaseError(thrown: unknown): unknown {
  if (thrown instanceof AppError || !(thrown instanceof Error)) return thrown
  const code = codeOf(thrown)
  const passes = code === undefined ? ownWords.test(thrown.message) : passing.test(code) || connection.test(code)
  return passes ? new AppError('store.unavailable', `PostgreSQL: ${thrown.message}`, { cause: thrown }) : thrown
}

function codeOf(thrown: Error): string | undefined {
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code
  // Of several addresses none answered.
  const [first] = thrown instanceof AggregateError ? (thrown.errors as readonly unknown[]) : []
  return first instanceof Error ? codeOf(first) : undefined
}
