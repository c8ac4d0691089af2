// What one wants to be told: any of some topics, each a severity and places.
import type { Preferences, Severity, SiteKind, Topic } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { access } from '../city/session.ts'
import type { MyNotices } from '../notices/my-notices.ts'
import type { TextKey } from '../text/dictionary.ts'
import { localized, t } from '../text/language.ts'

const severities = ['critical', 'major', 'minor', 'warning', 'info'] as const satisfies readonly Severity[]

interface TopicProps {
  readonly preferences: Preferences
  readonly notices: MyNotices
  readonly city: City
}

export function NoticeTopics({ preferences, notices, city }: TopicProps) {
  const { topics, cleared } = preferences
  const replace = (index: number, topic: Topic): void => notices.change({ topics: topics.with(index, topic) })
  return (
    <section class="notice-card" aria-labelledby="topic-title">
      <h2 id="topic-title">{t('topic.title')}</h2>
      {topics.length === 0 && <p class="warn">{t('topic.none')}</p>}
      {topics.map((topic, index) => (
        <fieldset key={index} class="notice-topic">
          <legend class={topics.length === 1 ? 'visually-hidden' : undefined}>
            {t('topic.number', { n: index + 1 })}
          </legend>
          <SeverityField
            label={t('topic.severity')}
            value={topic.severity}
            choose={(severity) => replace(index, { ...topic, severity })}
          />
          <TopicTenants topic={topic} change={(changed) => replace(index, changed)} />
          <TopicPlaces topic={topic} change={(changed) => replace(index, changed)} city={city} />
          <RuleNote topic={topic} />
          <button
            type="button"
            class="button button-outline notice-small"
            aria-label={t('topic.removeOf', { n: index + 1 })}
            onClick={() => notices.change({ topics: topics.toSpliced(index, 1) })}
          >
            {t('topic.remove')}
          </button>
        </fieldset>
      ))}
      <button
        type="button"
        class="button button-outline notice-press"
        disabled={topics.length >= 100}
        onClick={() => notices.change({ topics: [...topics, { severity: 'major' }] })}
      >
        {t('topic.add')}
      </button>
      <label class="tick">
        <input
          type="checkbox"
          checked={cleared}
          onChange={(event) => notices.change({ cleared: event.currentTarget.checked })}
        />
        {t('topic.cleared')}
      </label>
    </section>
  )
}

/** From this severity on. */
export function SeverityField(props: {
  readonly label: string
  readonly value: Severity
  readonly choose: (severity: Severity) => void
}) {
  const text = (severity: Severity): string => {
    if (severity === 'info') return t('topic.everything')
    const name = t(`alarm.${severity}` satisfies TextKey)
    return t(severity === 'critical' ? 'topic.only' : 'topic.from', { severity: name })
  }
  return (
    <label class="field">
      {props.label}
      <select value={props.value} onChange={(event) => props.choose(event.currentTarget.value as Severity)}>
        {severities.map((severity) => (
          <option key={severity} value={severity}>
            {text(severity)}
          </option>
        ))}
      </select>
    </label>
  )
}

interface PartProps {
  readonly topic: Topic
  readonly change: (topic: Topic) => void
}

/** Only for whoever belongs to several. */
function TopicTenants({ topic, change }: PartProps) {
  const now = access.value
  const own = now.state === 'in' ? now.me.rights.map(({ tenant }) => tenant).filter((tenant) => tenant !== '*') : []
  if (own.length < 2) return null
  const chosen = topic.tenants ?? own
  const toggle = (tenant: string): void => {
    const next = chosen.includes(tenant) ? chosen.filter((other) => other !== tenant) : [...chosen, tenant]
    const { tenants: _, ...rest } = topic
    change(next.length === 0 || next.length === own.length ? rest : { ...rest, tenants: next })
  }
  const choices = own.map((tenant) => ({ value: tenant, text: tenant, isChosen: chosen.includes(tenant) }))
  return <Chips label={t('topic.tenants')} choices={choices} toggle={toggle} />
}

type Where = 'all' | 'kinds' | 'sites'

/** What any place of the city shows, in one choice; a topic of the API may have kinds and places, which then stay as they are. */
export function TopicPlaces({ topic, change, city }: PartProps & { readonly city: City }) {
  const sites = city.sites.value
  const kinds = [...new Set(sites.map(({ kind }) => kind))]
  const where: Where = topic.sites !== undefined ? 'sites' : topic.siteKinds !== undefined ? 'kinds' : 'all'
  const { sites: _sites, siteKinds: _kinds, ...rest } = topic
  const choose = (next: Where): void => {
    const [firstKind] = kinds
    const [firstSite] = sites
    if (next === 'kinds' && firstKind !== undefined) change({ ...rest, siteKinds: [firstKind] })
    else if (next === 'sites' && firstSite !== undefined) change({ ...rest, sites: [firstSite.id] })
    else change(rest)
  }
  const toggleKind = (kind: SiteKind): void => {
    const next = toggled(topic.siteKinds ?? [], kind)
    change(next.length === 0 ? rest : { ...rest, siteKinds: next })
  }
  const toggleSite = (site: string): void => {
    const next = toggled(topic.sites ?? [], site)
    change(next.length === 0 ? rest : { ...rest, sites: next })
  }
  return (
    <>
      <label class="field">
        {t('topic.where')}
        <select value={where} onChange={(event) => choose(event.currentTarget.value as Where)}>
          <option value="all">{t('topic.anywhere')}</option>
          <option value="kinds">{t('topic.byKind')}</option>
          <option value="sites">{t('topic.bySite')}</option>
        </select>
      </label>
      {where === 'kinds' && (
        <Chips
          label={t('topic.byKind')}
          choices={kinds.map((kind) => ({
            value: kind,
            text: t(`kind.${kind}` satisfies TextKey),
            isChosen: topic.siteKinds?.includes(kind) === true,
          }))}
          toggle={toggleKind}
        />
      )}
      {where === 'sites' && (
        <Chips
          label={t('topic.bySite')}
          choices={sites.map(({ id, name }) => ({
            value: id,
            text: localized(name),
            isChosen: topic.sites?.includes(id) === true,
          }))}
          toggle={toggleSite}
        />
      )}
    </>
  )
}

function toggled<T>(list: readonly T[], value: T): T[] {
  return list.includes(value) ? list.filter((other) => other !== value) : [...list, value]
}

export function Chips<T extends string>(props: {
  readonly label: string
  readonly choices: readonly { readonly value: T; readonly text: string; readonly isChosen: boolean }[]
  readonly toggle: (value: T) => void
}) {
  return (
    <div class="choices" role="group" aria-label={props.label}>
      {props.choices.map(({ value, text, isChosen }) => (
        <button key={value} type="button" class="choice" aria-pressed={isChosen} onClick={() => props.toggle(value)}>
          {text}
        </button>
      ))}
    </div>
  )
}

/** What this page does not set, and keeps. */
function RuleNote({ topic }: { readonly topic: Topic }) {
  const count = (topic.rules?.length ?? 0) + (topic.ruleKinds?.length ?? 0)
  return count === 0 ? null : <p class="quiet">{t('topic.rules', { n: count })}</p>
}
