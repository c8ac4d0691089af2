// What a person wants to be told, where, how and when: the schema, the defaults, and the decision for one notice.
import { Type, type Static } from 'typebox'
import { SiteKind } from '../../broker/contract/documents.ts'
import { Severity, severities } from '../alarms/rules/rule.ts'
import { everyTenant } from '../people/principal.ts'
import { roleHas, roles } from '../people/rights.ts'
import { isTimeZone } from '../calendar/local-time.ts'
import {
  type AlarmNotice,
  isOfBackups,
  isOfBulletin,
  isOfReport,
  isOfTenant,
  type Notice,
  type Recipient,
  severityOf,
} from './notice.ts'
import { nextDigest, QuietHours, quietUntil, TimeOfDay } from './quiet-hours.ts'

const strict = { additionalProperties: false } as const

/** Channels by which a person is reached; webhooks and MQTT belong to systems. */
export const personChannels = ['push', 'line', 'email'] as const
export type PersonChannel = (typeof personChannels)[number]
const PersonChannel = Type.Unsafe<PersonChannel>(Type.Union(personChannels.map((channel) => Type.Literal(channel))))

const Names = Type.Array(Type.String({ minLength: 1, maxLength: 160 }), { minItems: 1, maxItems: 500 })

/** Each part given must fit; absent: all. */
export const Topic = Type.Object(
  {
    tenants: Type.Optional(Names),
    sites: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 160 }), {
        minItems: 1,
        maxItems: 500,
        description: 'Site ids: {tenant}/{gateway}/{site}',
      }),
    ),
    siteKinds: Type.Optional(Type.Array(SiteKind, { minItems: 1, maxItems: 10 })),
    rules: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: 500, description: 'Rule ids' }),
    ),
    ruleKinds: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
        minItems: 1,
        maxItems: 50,
        description: 'e.g. threshold, dead-man',
      }),
    ),
    /** The least that is told. */
    severity: Severity,
  },
  strict,
)
export type Topic = Static<typeof Topic>

/** Messages of the disaster broadcast: told to nobody who has not asked for them. */
const BulletinTopic = Type.Object(
  {
    tenants: Type.Optional(Names),
    /** The least that is told. */
    severity: Severity,
  },
  strict,
)

export const Preferences = Type.Object(
  {
    /** Absent: as the person's account says. */
    language: Type.Optional(Type.Union([Type.Literal('ja'), Type.Literal('en')])),
    timeZone: Type.String({ maxLength: 64 }),
    topics: Type.Array(Topic, { maxItems: 100, description: 'What is told: any of them fits' }),
    bulletins: Type.Optional(
      Type.Array(BulletinTopic, { maxItems: 100, description: 'Of the disaster broadcast; absent or empty: nothing' }),
    ),
    reports: Type.Optional(
      Type.Boolean({ description: "New citizens' reports, for who may handle them; absent: they are told" }),
    ),
    channels: Type.Array(PersonChannel, { maxItems: 3, uniqueItems: true, description: 'In the order of liking' }),
    spread: Type.Union([Type.Literal('first'), Type.Literal('all')], {
      description: 'first: the next channel only where the one before fails; all: every channel',
    }),
    quietHours: Type.Union([QuietHours, Type.Null()]),
    digest: Type.Union([Type.Literal('none'), Type.Literal('hourly'), Type.Literal('daily')]),
    digestAt: TimeOfDay,
    /** From this severity on nothing waits for a digest. */
    atOnce: Severity,
    /** Also tell that an alarm is over. */
    cleared: Type.Boolean(),
  },
  strict,
)
export type Preferences = Static<typeof Preferences>

const rolesThatAct = ['operator', 'engineer', 'manager', 'admin']

/** Whoever has to act is told of critical and major alarms; who only looks is told nothing until they ask for it. */
export function defaultPreferences(recipient: Pick<Recipient, 'tenants'>): Preferences {
  const acting = recipient.tenants.filter(({ role }) => rolesThatAct.includes(role)).map(({ tenant }) => tenant)
  const tenants = acting.includes(everyTenant) ? {} : { tenants: acting }
  return {
    timeZone: 'Asia/Tokyo',
    topics: acting.length === 0 ? [] : [{ ...tenants, severity: 'major' }],
    channels: ['push', 'line', 'email'],
    spread: 'first',
    quietHours: null,
    digest: 'none',
    digestAt: '07:00',
    atOnce: 'major',
    cleared: true,
  }
}

/** What the schema cannot say: one sentence for each fault. */
export function preferenceFaults({ timeZone }: Preferences): readonly string[] {
  return isTimeZone(timeZone) ? [] : [`"${timeZone}" is no time zone, for example Asia/Tokyo`]
}

/** 0 = critical. */
export function severityRank(severity: Severity): number {
  return severities.indexOf(severity)
}

export function isAtLeast(severity: Severity, floor: Severity): boolean {
  return severityRank(severity) <= severityRank(floor)
}

/** What the alarm itself does not say and a topic may ask for. */
export interface NoticeFacts {
  readonly siteKind: string | undefined
  readonly ruleKind: string | undefined
}

export function fitsTopic(topic: Topic, notice: AlarmNotice, facts: NoticeFacts): boolean {
  const { alarm, tenant } = notice
  return (
    isAtLeast(alarm.severity, topic.severity) &&
    includes(topic.tenants, tenant) &&
    includes(topic.sites, alarm.site) &&
    includes(topic.siteKinds, facts.siteKind) &&
    includes(topic.rules, alarm.rule) &&
    includes(topic.ruleKinds, facts.ruleKind)
  )
}

/** Does this person, who must belong to the tenant, want to be told by themselves? */
export function wants(
  recipient: Pick<Recipient, 'tenants'>,
  preferences: Preferences,
  notice: Notice,
  facts: NoticeFacts,
): boolean {
  if (!isOfTenant(recipient, notice.tenant)) return false
  if (isOfBulletin(notice)) {
    const { bulletins = [] } = preferences
    return bulletins.some(
      ({ tenants, severity }) => isAtLeast(notice.bulletin.severity, severity) && includes(tenants, notice.tenant),
    )
  }
  if (isOfBackups(notice)) return keepsBackups(recipient)
  if (isOfReport(notice)) return preferences.reports !== false && actsFor(recipient, notice.tenant)
  return preferences.topics.some((topic) => fitsTopic(topic, notice, facts))
}

/** May handle what is reported there. */
function actsFor({ tenants }: Pick<Recipient, 'tenants'>, tenant: string): boolean {
  return isOfTenant({ tenants: tenants.filter(({ role }) => rolesThatAct.includes(role)) }, tenant)
}

/** Looks after the back-ups of the whole hub. */
function keepsBackups({ tenants }: Pick<Recipient, 'tenants'>): boolean {
  const inCity = tenants.filter(({ tenant }) => tenant === everyTenant)
  return inCity.some(({ role: held }) => roles.some((role) => role === held && roleHas(role, 'back-up')))
}

export type Timing = { readonly atMs: number; readonly heldFor: 'quiet' | 'digest' | undefined }

/**
 * When this notice may reach the person: at once, at the end of the quiet hours, or with the next digest. A bulletin waits
 * for no digest, since it would be told when it is over.
 */
export function timingOf(preferences: Preferences, notice: Notice, nowMs: number): Timing {
  const { quietHours, timeZone, digest, digestAt, atOnce } = preferences
  const bundled = !isOfBulletin(notice) && digest !== 'none' && !isAtLeast(severityOf(notice), atOnce)
  const atMs = bundled ? nextDigest(digest, digestAt, timeZone, nowMs) : nowMs
  const goesAnyway = isOfBulletin(notice)
    ? notice.bulletin.isPressing
    : quietHours?.criticalAnyway === true && severityOf(notice) === 'critical'
  const quietMs = quietHours === null || goesAnyway ? undefined : quietUntil(quietHours, timeZone, atMs)
  if (quietMs !== undefined) return { atMs: quietMs, heldFor: 'quiet' }
  return { atMs, heldFor: bundled ? 'digest' : undefined }
}

function includes(list: readonly string[] | undefined, value: string | undefined): boolean {
  return list === undefined || (value !== undefined && list.includes(value))
}
