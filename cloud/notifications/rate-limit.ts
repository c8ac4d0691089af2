// How often one person may be told by one channel: a token bucket that survives a restart.
import type { HubTransaction } from '../registry/hub-database.ts'

export interface RateLimit {
  /** Messages that may come at once. */
  readonly burst: number
  /** And then so many per minute. */
  readonly perMinute: number
}

export const defaultRate: RateLimit = { burst: 10, perMinute: 1 }

const minuteMs = 60_000

/** Takes a token, or says when there will be one (Unix ms). */
export async function takeToken(
  transaction: HubTransaction,
  { person, channel }: { readonly person: string; readonly channel: string },
  { burst, perMinute }: RateLimit,
  nowMs: number,
): Promise<{ readonly taken: true } | { readonly taken: false; readonly atMs: number }> {
  const row = await transaction
    .selectFrom('notification_rates')
    .select(['tokens', 'at_ms'])
    .where('person', '=', person)
    .where('channel', '=', channel)
    .executeTakeFirst()
  const { tokens: before, at_ms: atMs } = row ?? { tokens: burst, at_ms: nowMs }
  // A clock that was put back brings no tokens, and takes none.
  const grown = Math.min(burst, before + (Math.max(0, nowMs - atMs) / minuteMs) * perMinute)
  // Sums of fractions: a token that is there but for the last bit counts.
  const taken = grown >= 1 - 1e-9
  const tokens = taken ? Math.max(0, grown - 1) : grown
  await transaction
    .insertInto('notification_rates')
    .values({ person, channel, tokens, at_ms: nowMs })
    .onConflict((conflict) => conflict.columns(['person', 'channel']).doUpdateSet({ tokens, at_ms: nowMs }))
    .execute()
  return taken ? { taken } : { taken, atMs: nowMs + Math.ceil(((1 - grown) / perMinute) * minuteMs) }
}
