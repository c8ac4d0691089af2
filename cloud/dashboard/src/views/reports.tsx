// What citizens reported, newest first, and what staff does about it.
import '../style/notices.css'
import '../style/desk.css'
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { ReportItem } from '../api/desk-api.ts'
import type { City } from '../city/city.ts'
import { ChoiceRow } from '../parts/choice-row.tsx'
import { NotRead } from '../parts/desk-fault.tsx'
import { ReportCard } from '../parts/report-card.tsx'
import { t } from '../text/language.ts'

type Kind = ReportItem['kind'] | 'all'

/** Reports come slowly: asked again this often while somebody looks. */
const everyMs = 60_000

interface Page {
  readonly items: readonly ReportItem[]
  readonly next: string | null
}

export function Reports({ city }: { readonly city: City }) {
  const state = useSignal<'open' | 'closed'>('open')
  const kind = useSignal<Kind>('all')
  const page = useSignal<Page | 'failed' | undefined>(undefined)
  const load = async (): Promise<void> => {
    const asked = { state: state.value, kind: kind.value === 'all' ? undefined : kind.value }
    const found = await city.api.desk.reports(asked).catch(() => 'failed' as const)
    if (asked.state !== state.value || (asked.kind ?? 'all') !== kind.value) return
    if (found !== 'failed' || page.value === undefined) page.value = found
  }
  useEffect(() => {
    page.value = undefined
    void load()
    const timer = setInterval(() => void load(), everyMs)
    return () => clearInterval(timer)
  }, [city, state.value, kind.value])
  return (
    <>
      <h1>{t('report.title')}</h1>
      <p class="lead">{t('report.lead')}</p>
      <p>
        <a href={city.api.address('citizen/')} target="_blank" rel="noreferrer">
          {t('nav.citizen')}
        </a>
      </p>
      <div class="desk-filters">
        <ChoiceRow
          label={t('desk.filter')}
          choices={[
            { value: 'open', text: t('desk.open') },
            { value: 'closed', text: t('desk.closed') },
          ]}
          chosen={state.value}
          choose={(wanted) => (state.value = wanted)}
        />
        <ChoiceRow<Kind>
          label={t('desk.filter')}
          choices={[
            { value: 'all', text: t('desk.allKinds') },
            { value: 'road', text: t('report.road') },
            { value: 'street-light', text: t('report.light') },
            { value: 'other', text: t('report.other') },
          ]}
          chosen={kind.value}
          choose={(wanted) => (kind.value = wanted)}
        />
      </div>
      <List page={page.value} city={city} reload={load} />
      {typeof page.value === 'object' && page.value.next !== null && (
        <button type="button" class="button button-outline" onClick={() => void more()}>
          {t('desk.more')}
        </button>
      )}
    </>
  )

  async function more(): Promise<void> {
    const shown = page.value
    if (typeof shown !== 'object' || shown.next === null) return
    const asked = { state: state.value, kind: kind.value === 'all' ? undefined : kind.value, cursor: shown.next }
    const older = await city.api.desk.reports(asked).catch(() => undefined)
    if (older !== undefined && page.value === shown) {
      page.value = { items: [...shown.items, ...older.items], next: older.next }
    }
  }
}

function List(props: {
  readonly page: Page | 'failed' | undefined
  readonly city: City
  readonly reload: () => Promise<void>
}) {
  const { page, city, reload } = props
  if (page === undefined) return <p class="quiet">{t('app.loading')}</p>
  if (page === 'failed') return <NotRead again={() => void reload()} />
  if (page.items.length === 0) return <p class="empty">{t('report.none')}</p>
  const fresh = page.items.filter(({ state }) => state === 'received').length
  return (
    <>
      {fresh > 0 && (
        <p class="desk-answer" role="status">
          {t('report.new', { n: fresh })}
        </p>
      )}
      <ul class="report-list">
        {page.items.map((report) => (
          <ReportCard key={report.id} report={report} city={city} reload={reload} />
        ))}
      </ul>
    </>
  )
}
