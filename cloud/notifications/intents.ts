// Who is to be told of a notice, by which addresses and when, before anything is written.
import type { SiteKind } from '../../broker/contract/documents.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import type { Severity } from '../alarms/rules/rule.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import type { DutySettings } from './duty-settings.ts'
import { climbs, type EscalationPolicy } from './escalation-policy.ts'
import {
  isOfAlarm,
  isOfBackups,
  isOfBulletin,
  isOfReport,
  isOfTenant,
  type Notice,
  type Recipient,
  type Recipients,
  severityOf,
  tellsEnd,
} from './notice.ts'
import type { PersonSettings } from './person-settings.ts'
import { isAtLeast, type NoticeFacts, type Preferences, timingOf, wants } from './preferences.ts'

/** A program that is told: every notice of its tenants from a severity on, at once; of bulletins only where it asks for them. */
export interface SystemTarget {
  readonly channel: 'webhook' | 'mqtt'
  /** Id of the webhook; `*`: the notice's tenant. */
  readonly target: string
  /** `*`: all. */
  readonly tenants: readonly string[]
  readonly severity: Severity
  /** The least of bulletins; absent: none. */
  readonly bulletins?: Severity | undefined
}

export interface Route {
  readonly channel: string
  readonly targets: readonly string[]
}

/** What is to be told, before it is known whether there is room and a token for it. */
export interface Intent {
  readonly person: string
  readonly subject: string
  readonly notice: Notice
  readonly atMs: number
  readonly heldFor: 'quiet' | 'digest' | undefined
  /** In the order of liking; none: the person has no address. */
  readonly routes: readonly Route[]
  readonly spread: 'first' | 'all'
  /** Waits for nothing but the rate. */
  readonly isUrgent: boolean
}

/** The person of deliveries to programs. */
export const systemPerson = 'system'

export interface IntentDependencies {
  readonly database: HubDatabase
  readonly recipients: Recipients
  readonly persons: PersonSettings
  readonly duty: DutySettings
  readonly systems: readonly SystemTarget[]
  /** Channels that are set up here. */
  readonly channels: ReadonlySet<string>
  readonly siteKindOf: (site: string) => SiteKind | undefined
  readonly clock: Clock
}

export class Intents {
  readonly #dependencies: IntentDependencies

  constructor(dependencies: IntentDependencies) {
    this.#dependencies = dependencies
  }

  /** Everybody and everything that a notice is for, and the policies by which it climbs. */
  async of(
    notice: Notice,
  ): Promise<{ readonly intents: readonly Intent[]; readonly policies: readonly EscalationPolicy[] }> {
    const { duty, clock } = this.#dependencies
    const facts = this.#factsOf(notice)
    // Nobody acknowledges anything else.
    const policies = isOfAlarm(notice)
      ? (await duty.policies([notice.tenant])).filter((policy) => climbs(policy, notice, facts))
      : []
    const first = policies.flatMap(({ body }) => (body.steps[0]?.afterMinutes === 0 ? body.steps[0].to : []))
    const onCall = await duty.peopleOf(notice.tenant, first, clock.now())
    const intents = [
      ...(await this.#byWish(notice, facts)),
      ...(await this.urgent(notice, notice.key, onCall)),
      ...this.#forSystems(notice),
    ]
    return { intents, policies }
  }

  /** These people, at once, whatever their quiet hours: they are on call, or it is their turn. */
  async urgent(notice: Notice, subject: string, people: readonly string[]): Promise<readonly Intent[]> {
    if (people.length === 0 || this.#dependencies.channels.size === 0) return []
    const preferencesOf = await this.#dependencies.persons.allPreferences()
    const intents: Intent[] = []
    for (const recipient of this.#dependencies.recipients()) {
      if (!people.includes(recipient.id) || !isOfTenant(recipient, notice.tenant)) continue
      intents.push(
        await this.#intentOf({ recipient, preferences: preferencesOf(recipient), notice, subject, isUrgent: true }),
      )
    }
    return intents
  }

  /** Channels of a list by which a person can be reached here. */
  async routesOf(recipient: Recipient, channels: readonly string[]): Promise<readonly Route[]> {
    const { persons, channels: known } = this.#dependencies
    const addresses: Readonly<Record<string, readonly string[] | undefined>> = await persons.addresses(recipient)
    return channels
      .filter((channel) => known.has(channel))
      .map((channel) => ({ channel, targets: addresses[channel] ?? [] }))
      .filter(({ targets }) => targets.length > 0)
  }

  async #byWish(notice: Notice, facts: NoticeFacts): Promise<readonly Intent[]> {
    const { recipients, persons, channels } = this.#dependencies
    // A hub without any channel tells nobody, and keeps no list of whom it could not tell.
    if (channels.size === 0) return []
    const preferencesOf = await persons.allPreferences()
    const told = tellsEnd(notice) || notice.kind === 'updated' ? await this.#toldOf(notice) : undefined
    const intents: Intent[] = []
    for (const recipient of recipients()) {
      if (!isOfTenant(recipient, notice.tenant)) continue
      if (notice.kind === 'assigned' && recipient.id !== notice.assignee) continue
      const preferences = preferencesOf(recipient)
      const isMeant = notice.kind === 'assigned' || told?.has(recipient.id) === true
      const isOnlyForTold = notice.kind === 'cancelled' || notice.kind === 'made'
      if (!isMeant && (isOnlyForTold || !wants(recipient, preferences, notice, facts))) continue
      if ((notice.kind === 'cleared' || notice.kind === 'made') && !preferences.cleared) continue
      intents.push(await this.#intentOf({ recipient, preferences, notice, subject: notice.key, isUrgent: false }))
    }
    return intents
  }

  #forSystems(notice: Notice): readonly Intent[] {
    const { systems, channels, clock } = this.#dependencies
    const atMs = clock.now()
    // Programs have no setting for citizens' reports, and read of back-ups on /metrics.
    if (isOfReport(notice) || isOfBackups(notice)) return []
    const told = systems.filter(({ channel, tenants, severity, bulletins }) => {
      const isTenant = tenants.includes('*') || tenants.includes(notice.tenant)
      const least = isOfBulletin(notice) ? bulletins : severity
      return channels.has(channel) && isTenant && least !== undefined && isAtLeast(severityOf(notice), least)
    })
    return told.map(({ channel, target }) => ({
      person: systemPerson,
      subject: notice.key,
      notice,
      atMs,
      heldFor: undefined,
      routes: [{ channel, targets: [target === '*' ? notice.tenant : target] }],
      spread: 'all',
      isUrgent: true,
    }))
  }

  async #intentOf(given: {
    readonly recipient: Recipient
    readonly preferences: Preferences
    readonly notice: Notice
    readonly subject: string
    readonly isUrgent: boolean
  }): Promise<Intent> {
    const { recipient, preferences, notice, subject, isUrgent } = given
    const nowMs = this.#dependencies.clock.now()
    const timing = isUrgent ? { atMs: nowMs, heldFor: undefined } : timingOf(preferences, notice, nowMs)
    const routes = await this.routesOf(recipient, preferences.channels)
    return { person: recipient.id, subject, notice, ...timing, routes, spread: preferences.spread, isUrgent }
  }

  /** People who were told of it, or of the storm that an alarm is shown for, before, whatever they subscribe to now. */
  async #toldOf(notice: Notice): Promise<ReadonlySet<string>> {
    const rows = await this.#dependencies.database
      .selectFrom('deliveries')
      .innerJoin('notices', 'notices.key', 'deliveries.notice')
      .select('deliveries.person')
      .distinct()
      .where((where) => {
        if (isOfBackups(notice)) return where('notices.key', 'like', `backups:${notice.spell}:failing:%`)
        return isOfAlarm(notice)
          ? where.or([where('notices.alarm', '=', notice.alarm.id), where('notices.storm', '=', notice.storm ?? '')])
          : where('notices.bulletin', '=', notice.bulletin?.thread ?? '')
      })
      .where('deliveries.kind', 'not in', ['cleared', 'cancelled'])
      .execute()
    return new Set(rows.map(({ person }) => person))
  }

  #factsOf({ alarm }: Notice): NoticeFacts {
    if (alarm === undefined) return { siteKind: undefined, ruleKind: undefined }
    const siteKind = alarm.site === undefined ? undefined : this.#dependencies.siteKindOf(alarm.site)
    return { siteKind, ruleKind: alarm.kind }
  }
}
