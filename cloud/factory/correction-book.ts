// What people said that parts really were: the truth by which yield is counted, kept beside the verdicts, which never change.
import { durably, type HubDatabase } from '../registry/hub-database.ts'
import type { EventKey } from '../store/store.ts'

export interface KeptCorrection {
  readonly judgement: 'good' | 'bad'
  /** Kind of defect; null: not said. */
  readonly class: string | null
  readonly by: string | null
  readonly timeMs: number
}

/** By `keyText` of the event. */
export type Corrections = ReadonlyMap<string, KeptCorrection>

export function keyText({ gateway, timeMs, epoch, seq }: EventKey): string {
  return `${gateway} ${timeMs} ${epoch} ${seq}`
}

export class CorrectionBook {
  readonly #database: HubDatabase

  constructor(database: HubDatabase) {
    this.#database = database
  }

  /** On the medium when it resolves; takes the place of what was said before. */
  async set(key: EventKey, source: string, { judgement, class: name, by, timeMs }: KeptCorrection): Promise<void> {
    const { gateway, epoch, seq } = key
    const row = { source, judgement, class: name, corrected_by: by, corrected_ms: timeMs }
    await durably(this.#database, (transaction) =>
      transaction
        .insertInto('verdict_corrections')
        .values({ gateway, time_ms: key.timeMs, epoch, seq, ...row })
        .onConflict((conflict) => conflict.columns(['gateway', 'time_ms', 'epoch', 'seq']).doUpdateSet(row))
        .execute(),
    )
  }

  /** It was not meant so: the verdict counts as it was given. */
  async withdraw({ gateway, timeMs, epoch, seq }: EventKey): Promise<void> {
    await durably(this.#database, (transaction) =>
      transaction
        .deleteFrom('verdict_corrections')
        .where('gateway', '=', gateway)
        .where('time_ms', '=', timeMs)
        .where('epoch', '=', epoch)
        .where('seq', '=', seq)
        .execute(),
    )
  }

  /** Of verdicts of a gateway with times in [fromMs, toMs). */
  async between(gateway: string, fromMs: number, toMs: number): Promise<Corrections> {
    const rows = await this.#database
      .selectFrom('verdict_corrections')
      .selectAll()
      .where('gateway', '=', gateway)
      .where('time_ms', '>=', fromMs)
      .where('time_ms', '<', toMs)
      .execute()
    return new Map(
      rows.map((row) => [
        keyText({ gateway, timeMs: row.time_ms, epoch: row.epoch, seq: row.seq }),
        {
          judgement: row.judgement === 'good' ? 'good' : 'bad',
          class: row.class,
          by: row.corrected_by,
          timeMs: row.corrected_ms,
        },
      ]),
    )
  }

  /** Of verdicts that are no longer kept. */
  async forget(beforeMs: number): Promise<void> {
    await this.#database.deleteFrom('verdict_corrections').where('time_ms', '<', beforeMs).execute()
  }
}
