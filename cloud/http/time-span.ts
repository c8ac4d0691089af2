// The `from` and `to` of a query: ISO 8601 or Unix milliseconds, with the last 24 hours as default.
import { AppError } from '../../broker/contract/app-error.ts'

const dayMs = 86_400_000

/** [fromMs, toMs). Throws `store.query` for what is no time, or for a span that ends before it begins. */
export function parseSpan(
  query: { readonly from?: string; readonly to?: string },
  nowMs: number,
): { readonly fromMs: number; readonly toMs: number } {
  const toMs = query.to === undefined ? nowMs + 1 : parseInstant(query.to, 'to')
  const fromMs = query.from === undefined ? toMs - dayMs : parseInstant(query.from, 'from')
  if (fromMs >= toMs) throw new AppError('store.query', '"from" must lie before "to"')
  return { fromMs, toMs }
}

function parseInstant(text: string, name: string): number {
  const timeMs = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(text)
  if (Number.isFinite(timeMs)) return timeMs
  throw new AppError(
    'store.query',
    `"${name}" is neither ISO 8601 nor Unix milliseconds, for example 2026-11-22T05:00:00Z`,
  )
}
