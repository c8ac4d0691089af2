// From a row of the queue to the message that its reader gets, at the moment when it is sent.
import type { Clock } from '../../broker/contract/ports.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import type { Message } from './channels/channel.ts'
import { systemPerson } from './intents.ts'
import { isOfBulletin, isOfTenant, type Notice, noticeOf, type Recipients, tellsEnd } from './notice.ts'
import type { DeliveryRow } from './notification-tables.ts'
import type { PersonSettings } from './person-settings.ts'
import { composeBundle, composeNotice, composeTest } from './texts/compose.ts'
import type { ComposeSources, Reader } from './texts/message-parts.ts'

export interface RendererDependencies {
  readonly database: HubDatabase
  readonly recipients: Recipients
  readonly persons: PersonSettings
  readonly publicUrl: string | undefined
  readonly unitOf: ComposeSources['unitOf']
  readonly clock: Clock
}

/** Programs read the document, not the sentences. */
const programReader: Reader = { language: 'ja', timeZone: 'Asia/Tokyo' }

export class Renderer {
  readonly #dependencies: RendererDependencies

  constructor(dependencies: RendererDependencies) {
    this.#dependencies = dependencies
  }

  /** A text instead of a message: why there is nobody, or nothing, to be told any more. */
  async message(row: DeliveryRow): Promise<Message | string> {
    const reader = await this.#readerOf(row)
    if (typeof reader === 'string') return reader
    const { publicUrl, unitOf, clock } = this.#dependencies
    const sources = { publicUrl, unitOf, nowMs: clock.now() }
    if (row.kind === 'test') return composeTest(row.subject, row.channel, reader, sources)
    if (row.kind === 'bundle') {
      const { notices, dropped } = await this.#members(row)
      const current = notices.filter((notice) => !hasExpired(notice, sources.nowMs))
      if (current.length === 0 && dropped === 0) return 'what it told has expired'
      return composeBundle(row.subject, current, dropped, reader, sources)
    }
    const notice = await this.#notice(row.notice)
    if (notice === undefined) return 'what it told is no longer kept'
    if (hasExpired(notice, sources.nowMs)) return 'what it told has expired'
    const isStep = row.subject !== row.notice
    const waited = Math.max(1, Math.round((row.created_ms - notice.timeMs) / 60_000))
    return composeNotice(notice, reader, sources, isStep ? waited : undefined)
  }

  /** Who has left a tenant since is told nothing of it any more. */
  async #readerOf({ person, tenant }: DeliveryRow): Promise<Reader | string> {
    if (person === systemPerson) return programReader
    const { recipients, persons } = this.#dependencies
    const recipient = recipients().find(({ id }) => id === person)
    if (recipient === undefined) return 'this person is no longer known'
    if (!isOfTenant(recipient, tenant)) return 'this person no longer belongs to the tenant'
    const { preferences } = await persons.preferences(recipient)
    return { language: preferences.language ?? recipient.language, timeZone: preferences.timeZone }
  }

  async #notice(key: string | null): Promise<Notice | undefined> {
    const row = await this.#dependencies.database
      .selectFrom('notices')
      .select('document')
      .where('key', '=', key ?? '')
      .executeTakeFirst()
    return row === undefined ? undefined : noticeOf(row.document)
  }

  async #members({
    subject,
    person,
  }: DeliveryRow): Promise<{ readonly notices: readonly Notice[]; readonly dropped: number }> {
    const rows = await this.#dependencies.database
      .selectFrom('deliveries')
      .innerJoin('notices', 'notices.key', 'deliveries.notice')
      .select(['notices.document', 'deliveries.state'])
      .where('deliveries.bundle', '=', subject)
      .where('deliveries.person', '=', person)
      .orderBy('notices.time_ms')
      .execute()
    const told = rows.filter(({ state }) => state !== 'dropped')
    return { notices: told.map(({ document }) => noticeOf(document)), dropped: rows.length - told.length }
  }
}

/** Whoever is told late of a bulletin is told only of what still holds. */
function hasExpired(notice: Notice, nowMs: number): boolean {
  return isOfBulletin(notice) && !tellsEnd(notice) && notice.bulletin.expiresMs <= nowMs
}
