// The tables of the embedded store, and the reason for each.

/**
 * `hot` takes every commit in arrival order; `batch` is the number of the commit. `closed_days` holds the days before, each
 * sorted by series and time. A reading is in exactly one of the two. What `meta.settled` says: all batches through that one
 * are already counted in `hourly` and `latest`, so each reading is rolled up exactly once, however late it comes.
 * `cursors` is a log, the greatest `through` of an epoch counts. `raw_floor` says from when on a series still has raw readings.
 *
 * `day` is days since 1970 (UTC), `slot` is series × 86,400,000 + milliseconds of the day. In the order of a day's rows
 * it rises by the sensor's interval from row to row, across series too, which packs to a byte or less where time_ms
 * beside a series id takes 5; and one series on one day is one range, which row groups are pruned by.
 */
export const schemaStatements: readonly string[] = [
  'CREATE TABLE IF NOT EXISTS meta(name VARCHAR, value BIGINT)',
  'CREATE TABLE IF NOT EXISTS series(id INTEGER, key VARCHAR, unit VARCHAR)',
  'CREATE TABLE IF NOT EXISTS cursors(gateway VARCHAR, epoch VARCHAR, through BIGINT)',
  'CREATE TABLE IF NOT EXISTS dead_letters(time_ms BIGINT, topic VARCHAR, code VARCHAR, reason VARCHAR, payload BLOB)',
  'CREATE TABLE IF NOT EXISTS events(time_ms BIGINT, received_ms BIGINT, gateway VARCHAR, epoch VARCHAR, seq BIGINT, kind VARCHAR, source VARCHAR, body VARCHAR)',
  'CREATE TABLE IF NOT EXISTS hot(series INTEGER, time_ms BIGINT, value DOUBLE, quality UTINYINT, text VARCHAR, batch BIGINT)',
  'CREATE TABLE IF NOT EXISTS closed_days(day INTEGER, slot BIGINT, value DOUBLE, quality UTINYINT, text VARCHAR)',
  'CREATE TABLE IF NOT EXISTS hourly(series INTEGER, hour_ms BIGINT, min DOUBLE, max DOUBLE, sum DOUBLE, count BIGINT)',
  'CREATE TABLE IF NOT EXISTS latest(series INTEGER, time_ms BIGINT, value DOUBLE, quality UTINYINT, text VARCHAR)',
  'CREATE TABLE IF NOT EXISTS raw_floor(series INTEGER, floor_ms BIGINT)',
]

export const hourMs = 3_600_000
export const dayMs = 86_400_000

/** SQL: `day` and `slot` of a reading in `hot`. */
export const dayOfTime = `floor(time_ms / ${dayMs})::INTEGER`
export const slotOfTime = `series::BIGINT * ${dayMs} + ((time_ms % ${dayMs}) + ${dayMs}) % ${dayMs}`

/** SQL: series and time of a reading in `closed_days`. */
export const seriesOfSlot = `(slot // ${dayMs})::INTEGER`
export const timeOfSlot = `day::BIGINT * ${dayMs} + slot % ${dayMs}`

/** SQL: the UTC hour in which `time_ms` lies, also before 1970. */
export const hourOfTime = `time_ms - ((time_ms % ${hourMs}) + ${hourMs}) % ${hourMs}`

/** SQL: a reading that counts in aggregates (quality not bad, and it has a number). */
export const countsInAggregates = 'quality <> 2 AND value IS NOT NULL'

/**
 * SQL: the newest reading of each series among the rows of `hot` that fulfil `condition`; of two at the same time the one
 * that came later. Two passes over numbers are ten times faster than arg_max over texts.
 */
export function newestInHot(condition: string): string {
  return `SELECT DISTINCT ON (series) series, time_ms, value, quality, text FROM hot
    SEMI JOIN (SELECT series, max(time_ms) AS time_ms FROM hot WHERE ${condition} GROUP BY series) AS newest USING (series, time_ms)
    WHERE ${condition} ORDER BY series, batch DESC`
}
