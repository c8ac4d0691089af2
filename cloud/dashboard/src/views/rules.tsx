// The rules of alarms: which are in force and where each comes from, and writing, trying, switching off and taking back one.
import '../style/alarms.css'
import '../style/alarm-acts.css'
import '../style/notices.css'
import '../style/rules.css'
import '../style/admin.css'
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { RuleItem } from '../api/rule-api.ts'
import type { City } from '../city/city.ts'
import { may } from '../city/session.ts'
import { ChoiceRow } from '../parts/choice-row.tsx'
import { RuleForm } from '../parts/rule-form.tsx'
import { RuleHistory } from '../parts/rule-history.tsx'
import { SeverityBadge } from '../parts/state-mark.tsx'
import { newRule, type RuleKind, ruleKinds } from '../rules/rule-draft.ts'
import { conditionText, kindText, placeText } from '../rules/rule-words.ts'
import { routeHash } from '../router.ts'
import type { TextKey } from '../text/dictionary.ts'
import { localized, t } from '../text/language.ts'

type Loaded = readonly RuleItem[] | 'failed' | undefined

/** `at`: `{tenant}/{id}` of one, `{tenant}/new/{kind}` of a new one, or nothing: the list. */
export function Rules({ at, city }: { readonly at: string | undefined; readonly city: City }) {
  const rules = useSignal<Loaded>(undefined)
  const load = async (): Promise<void> => {
    rules.value = await city.api.rules.list().catch(() => 'failed' as const)
  }
  useEffect(() => void load(), [city])
  const shown = rules.value
  if (shown === undefined || !city.loaded.value) return <p class="quiet">{t('app.loading')}</p>
  if (shown === 'failed') return <p class="fault">{t('rule.listFailed')}</p>
  if (at !== undefined) return <RulePage at={at} rules={shown} city={city} load={load} />
  return <RuleList rules={shown} city={city} />
}

/** In which tenants this person may write rules. */
function tenantsToEdit(city: City): readonly string[] {
  const tenants = new Set(city.gateways.value.map(({ id }) => id.split('/', 1)[0] ?? ''))
  return [...tenants].filter((tenant) => may('edit-rules', `${tenant}/`)).toSorted()
}

const aboutKeys: Readonly<Record<RuleKind, TextKey>> = {
  threshold: 'rule.about.threshold',
  rate: 'rule.about.rate',
  'dead-man': 'rule.about.dead-man',
  event: 'rule.about.event',
  composite: 'rule.about.composite',
  expression: 'rule.about.expression',
  'gateway-offline': 'rule.about.gateway-offline',
}

type Source = 'own' | 'profile' | 'file'

const sourceKeys: Readonly<Record<Source, TextKey>> = {
  own: 'rule.source.own',
  profile: 'rule.source.profile',
  file: 'rule.source.file',
}

function sourceOf({ source, rule }: RuleItem): Source {
  if (source === 'own') return 'own'
  return 'match' in rule && rule.match.profile !== undefined ? 'profile' : 'file'
}

/** Those in force for a tenant: its own, and those of the hub that it has not replaced. */
function inForce(rules: readonly RuleItem[], tenant: string | undefined): readonly RuleItem[] {
  const own = rules.filter((item) => item.tenant !== null && (tenant === undefined || item.tenant === tenant))
  const replaced = new Set(tenant === undefined ? [] : own.map(({ id }) => id))
  return [...own, ...rules.filter((item) => item.tenant === null && !replaced.has(item.id))]
}

function RuleList({ rules, city }: { readonly rules: readonly RuleItem[]; readonly city: City }) {
  const tenants = tenantsToEdit(city)
  const tenant = useSignal(tenants[0])
  const source = useSignal<Source | 'all'>('all')
  const search = useSignal('')
  const all = inForce(rules, tenant.value)
  const words = search.value.trim().toLowerCase()
  const found = all.filter((item) => textOf(item, city).includes(words))
  const shown = found.filter((item) => source.value === 'all' || sourceOf(item) === source.value)
  const count = (of: Source) => found.filter((item) => sourceOf(item) === of).length
  const choices = [
    { value: 'all' as const, text: t('filter.any'), count: found.length },
    ...(Object.keys(sourceKeys) as Source[]).map((value) => ({
      value,
      text: t(sourceKeys[value]),
      count: count(value),
    })),
  ]
  return (
    <>
      <h1>{t('rule.list')}</h1>
      <p class="lead">{t('rule.lead')}</p>
      {tenants.length > 1 && (
        <ChoiceRow
          label={t('rule.tenant')}
          chosen={tenant.value ?? ''}
          choose={(value) => (tenant.value = value)}
          choices={tenants.map((value) => ({ value, text: value }))}
        />
      )}
      {tenant.value !== undefined && <NewRule tenant={tenant.value} />}
      <label class="field">
        {t('rule.search')}
        <input type="search" value={search.value} onInput={(event) => (search.value = event.currentTarget.value)} />
      </label>
      <ChoiceRow
        label={t('rule.sources')}
        chosen={source.value}
        choose={(value) => (source.value = value)}
        choices={choices}
      />
      {shown.length === 0 && <p class="empty">{t('rule.none')}</p>}
      <ul class="rule-list">
        {shown.map((item) => (
          <RuleRow key={`${item.tenant ?? ''} ${item.id}`} item={item} tenant={tenant.value} city={city} />
        ))}
      </ul>
    </>
  )
}

function textOf(item: RuleItem, city: City): string {
  const { rule, id } = item
  const texts = [
    rule.title.ja,
    rule.title.en,
    rule.advice.ja,
    rule.advice.en,
    id,
    conditionText(rule, city),
    placeText(rule, city),
  ]
  return texts.join(' ').toLowerCase()
}

function RuleRow(props: { readonly item: RuleItem; readonly tenant: string | undefined; readonly city: City }) {
  const { item, city } = props
  const { rule } = item
  const tenant = item.tenant ?? props.tenant
  const title = localized(rule.title)
  return (
    <li class={`rule-row${rule.disabled === true ? ' rule-off' : ''}`} data-rule={item.id}>
      <h2>
        {tenant === undefined ? title : <a href={routeHash({ view: 'rules', at: `${tenant}/${item.id}` })}>{title}</a>}
      </h2>
      <p class="rule-marks">
        <SeverityBadge severity={rule.severity} />
        <span class="alarm-quiet">{t(sourceKeys[sourceOf(item)])}</span>
        <span class="quiet">{kindText(rule.kind)}</span>
        {rule.disabled === true && <span class="alarm-quiet">{t('rule.off')}</span>}
      </p>
      <p>{conditionText(rule, city)}</p>
      <p class="quiet">{placeText(rule, city)}</p>
    </li>
  )
}

function NewRule({ tenant }: { readonly tenant: string }) {
  return (
    <details class="rule-new">
      <summary class="button">{t('rule.new')}</summary>
      <ul class="rule-new-kinds">
        {ruleKinds.map((kind) => (
          <li key={kind}>
            <a href={routeHash({ view: 'rules', at: `${tenant}/new/${kind}` })}>
              <b>{kindText(kind)}</b>
              <span class="quiet">{t(aboutKeys[kind])}</span>
            </a>
          </li>
        ))}
      </ul>
    </details>
  )
}

function RulePage(props: {
  readonly at: string
  readonly rules: readonly RuleItem[]
  readonly city: City
  readonly load: () => Promise<void>
}) {
  const { at, rules, city, load } = props
  const version = useSignal(0)
  const [tenant = '', id = '', asked] = at.split('/')
  const kind = id === 'new' ? ruleKinds.find((known) => known === asked) : undefined
  const item = kind === undefined ? inForce(rules, tenant).find((one) => one.id === id) : undefined
  const begin = item === undefined ? newOf(kind) : { ...item.rule }
  const done = (): void => {
    void load()
    location.hash = routeHash({ view: 'rules' })
  }
  async function reload(): Promise<void> {
    await load()
    version.value += 1
  }
  return (
    <>
      <p>
        <a href={routeHash({ view: 'rules' })}>{t('rule.list')}</a>
      </p>
      <h1>{item === undefined ? t('rule.new') : localized(item.rule.title)}</h1>
      {begin === undefined && <p class="empty">{t('rule.gone')}</p>}
      {item?.source === 'file' && <p class="lead">{t('rule.overFile')}</p>}
      {begin !== undefined && may('edit-rules', `${tenant}/`) && (
        <RuleForm
          key={`${at} ${version.value}`}
          {...{ tenant, item, begin, rules: inForce(rules, tenant), city, done }}
          reload={() => void reload()}
        />
      )}
      {begin !== undefined && !may('edit-rules', `${tenant}/`) && <p class="quiet">{t('signIn.notAllowed')}</p>}
      {item !== undefined && <RuleHistory tenant={tenant} id={item.id} city={city} />}
    </>
  )
}

function newOf(kind: RuleKind | undefined) {
  return kind === undefined ? undefined : newRule(kind)
}
