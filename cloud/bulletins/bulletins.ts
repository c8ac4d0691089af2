// Bulletins of a hub, put together: the book, the sources that are polled, and what is forgotten after its time.
import type { Registry } from 'prom-client'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { CloudOptions, Stops } from '../cloud-options.ts'
import type { NoticeSink } from '../notifications/notice.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import { startRowRetention } from '../registry/row-retention.ts'
import { BulletinBook } from './bulletin-book.ts'
import { BulletinCounters } from './bulletin-counters.ts'
import { BulletinIntake } from './bulletin-intake.ts'
import { deleteBulletinsBefore } from './bulletin-rows.ts'
import { feedFetch } from './sources/feed-fetch.ts'
import { SourceBook } from './sources/source-book.ts'
import { SourcePoller } from './sources/source-poller.ts'
import { type BulletinSettings, noSources } from './sources/source-settings.ts'

export interface BulletinDependencies {
  readonly database: HubDatabase
  readonly notices: NoticeSink
  readonly random?: () => number
  readonly clock: Clock
  readonly log: Log
}

export interface Bulletins {
  readonly settings: BulletinSettings
  readonly book: BulletinBook
  readonly intake: BulletinIntake
  readonly states: SourceBook
  readonly poller: SourcePoller
  readonly clock: Clock
  readonly metrics: readonly Registry[]
  /** Begins to poll. */
  start(): void
  stop(): Promise<void>
}

/** Told like alarms, by the same notices; begins to poll. */
export async function openHubBulletins(
  { bulletins: settings, notices, clock, log }: Pick<CloudOptions, 'bulletins' | 'notices' | 'clock' | 'log'>,
  {
    database,
    notifications,
  }: { readonly database: HubDatabase; readonly notifications: { readonly sink: NoticeSink } },
  stops: Stops,
): Promise<Bulletins> {
  const bulletins = await openBulletins(settings, { database, notices: notices ?? notifications.sink, clock, log })
  stops.push(() => bulletins.stop())
  bulletins.start()
  return bulletins
}

const keptDays = 400
const stepRows = 200

export async function openBulletins(
  settings: BulletinSettings | undefined,
  dependencies: BulletinDependencies,
): Promise<Bulletins> {
  const { database, notices, clock, random = Math.random } = dependencies
  const log = dependencies.log.child({ part: 'bulletins' })
  const given = settings ?? noSources
  const counters = new BulletinCounters()
  const book = new BulletinBook({ database, notices, counters, clock, log })
  const intake = new BulletinIntake({ book, counters })
  const states = new SourceBook(database)
  await states.restore()
  const fetch = feedFetch(given)
  const poller = new SourcePoller({ sources: given.sources, states, intake, fetch, counters, random, clock, log })
  const retention = startRowRetention({
    deleteBefore: (beforeMs, rows) => deleteBulletinsBefore(database, beforeMs, rows),
    stepRows,
    days: keptDays,
    what: 'bulletins',
    metric: 'musubi_bulletins_expired_total',
    clock,
    log,
  })
  return {
    settings: given,
    book,
    intake,
    states,
    poller,
    clock,
    metrics: [counters.registry, retention.metrics],
    start: () => poller.start(),
    async stop() {
      await poller.stop()
      await retention.stop()
      fetch.close()
    },
  }
}
