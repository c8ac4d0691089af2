// The audit log: who did what when, whether the log is whole, and all of it as a file.
import '../style/notices.css'
import '../style/duty.css'
import '../style/admin.css'
import { useSignal, type Signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { deedOf, subjectOf } from '../admin/deeds.ts'
import type { AuditItem, AuditPage, AuditQuery } from '../api/people-api.ts'
import type { City } from '../city/city.ts'
import { AuditState } from '../parts/audit-state.tsx'
import { dateTime } from '../format/time.ts'
import { japanMs } from '../notices/duty-book.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, t } from '../text/language.ts'
import { type Fact, ProofDetails } from '../parts/proof-details.tsx'

/** As typed; dates are days in Japan, the last one included. */
interface Draft {
  readonly person: string
  readonly about: string
  readonly from: string
  readonly to: string
}

const nothing: Draft = { person: '', about: '', from: '', to: '' }
const dayMs = 86_400_000

function queryOf({ person, about, from, to }: Draft): AuditQuery {
  const fromMs = japanMs(`${from}T00:00`)
  const lastMs = japanMs(`${to}T00:00`)
  return {
    ...(person.trim() === '' ? {} : { person: person.trim() }),
    ...(about.trim() === '' ? {} : { about: about.trim() }),
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(lastMs === undefined ? {} : { toMs: lastMs + dayMs }),
  }
}

export function Audit({ city }: { readonly city: City }) {
  const draft = useSignal(nothing)
  const asked = useSignal<AuditQuery>({})
  const page = useSignal<AuditPage | 'failed' | undefined>(undefined)
  const load = async (query: AuditQuery): Promise<void> => {
    asked.value = query
    const found = await city.api.people.audit(query).catch(() => 'failed' as const)
    // A slower answer to an earlier question is not what is asked for any more.
    if (asked.value === query) page.value = found
  }
  useEffect(() => void load({}), [city])
  const find = (wanted: Draft): void => {
    draft.value = wanted
    void load(queryOf(wanted))
  }
  return (
    <>
      <h1>{t('audit.title')}</h1>
      <p class="lead">{t('audit.lead')}</p>
      <AuditState city={city} />
      <Questions draft={draft} find={find} />
      <Records page={page} city={city} asked={asked.value} reload={() => void load(asked.value)} />
      <p>
        <a class="button button-outline audit-export" href={city.api.address('api/v1/audit.jsonl')} download>
          {t('audit.export')}
        </a>
      </p>
    </>
  )
}

function Questions(props: { readonly draft: Signal<Draft>; readonly find: (wanted: Draft) => void }) {
  const { draft, find } = props
  const take = (part: keyof Draft) => (event: { readonly currentTarget: HTMLInputElement }) => {
    draft.value = { ...draft.value, [part]: event.currentTarget.value }
  }
  const words = (part: 'person' | 'about', label: TextKey, hint?: TextKey) => (
    <label class="field">
      {t(label)}
      <input
        type="search"
        value={draft.value[part]}
        placeholder={hint === undefined ? undefined : t(hint)}
        maxLength={80}
        onInput={take(part)}
      />
    </label>
  )
  const day = (part: 'from' | 'to', label: TextKey) => (
    <label class="field">
      {t(label)}
      <input type="date" value={draft.value[part]} onInput={take(part)} />
    </label>
  )
  return (
    <form
      class="audit-questions"
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        find(draft.value)
      }}
    >
      {words('person', 'audit.person')}
      {words('about', 'audit.about', 'audit.aboutHint')}
      {day('from', 'audit.from')}
      {day('to', 'audit.to')}
      <div class="duty-acts">
        <button type="submit" class="button">
          {t('audit.find')}
        </button>
        <button type="button" class="button button-outline" onClick={() => find(nothing)}>
          {t('audit.clear')}
        </button>
      </div>
    </form>
  )
}

function Records(props: {
  readonly page: Signal<AuditPage | 'failed' | undefined>
  readonly city: City
  readonly asked: AuditQuery
  readonly reload: () => void
}) {
  const { page, city, asked, reload } = props
  const shown = page.value
  if (shown === undefined) return <p class="quiet">{t('app.loading')}</p>
  if (shown === 'failed') {
    return (
      <div class="fault" role="alert">
        <p>{t('audit.failed')}</p>
        <button type="button" class="button button-outline" onClick={reload}>
          {t('audit.again')}
        </button>
      </div>
    )
  }
  const { items, next } = shown
  if (items.length === 0) return <p class="empty">{t('audit.none')}</p>
  async function more(before: number): Promise<void> {
    const older = await city.api.people.audit({ ...asked, before }).catch(() => undefined)
    if (older !== undefined && page.value === shown) {
      page.value = { items: [...items, ...older.items], next: older.next }
    }
  }
  return (
    <>
      <ol class="audit-records" aria-live="polite">
        {items.map((item) => (
          <Entry key={item.sequence} item={item} />
        ))}
      </ol>
      {next !== null && (
        <button type="button" class="button button-outline notice-press" onClick={() => void more(next)}>
          {t('audit.more')}
        </button>
      )}
    </>
  )
}

function Entry({ item }: { readonly item: AuditItem }) {
  const { time, who, action, subject } = item
  const deed = deedOf(action)
  const { kind, name } = subjectOf(subject)
  const isRefusal = action === 'right.refused' || action === 'session.refused'
  return (
    <li class={isRefusal ? 'audit-record audit-refused' : 'audit-record'}>
      <time dateTime={new Date(time).toISOString()}>{dateTime(time, language.value)}</time>
      <b>{who.startsWith('(nobody signed in)') ? t('audit.nobody') + who.slice('(nobody signed in)'.length) : who}</b>
      <span>{deed === undefined ? <code>{action}</code> : t(deed)}</span>
      <span>
        {kind !== undefined && `${t(kind)} `}
        <span class="code">{name}</span>
      </span>
      <Facts item={item} />
    </li>
  )
}

const words: Readonly<Record<string, TextKey>> = {
  roles: 'people.roles',
  name: 'people.name',
  suspended: 'people.suspended',
}

/** Of the hub's record, in the words of the screen where it has one. */
function wordOf(name: string): string {
  const key = words[name]
  return key === undefined ? name : t(key)
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function Facts({ item }: { readonly item: AuditItem }) {
  const { action, tenant, remote, sequence, hash, detail } = item
  const facts: readonly Fact[] = [
    [t('audit.action'), action],
    ...(tenant === null ? [] : [[t('audit.tenant'), tenant] as const]),
    ...(remote === null ? [] : [[t('audit.remote'), remote] as const]),
    ...Object.entries(detail).map(([name, value]) => [wordOf(name), textOf(value)] as const),
    [t('audit.number'), String(sequence)],
    [t('audit.hash'), hash],
  ]
  return <ProofDetails summary={t('audit.details')} facts={facts} />
}
