// A factory: what its line does now, how much was good, which defects there were, what judges it, and what leaves the house.
import '../style/inspection.css'
import '../style/notices.css'
import '../style/factory.css'
import '../style/table.css'
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { FactoryItem, Grouping, LineItem } from '../api/factory-api.ts'
import type { City } from '../city/city.ts'
import { may } from '../city/session.ts'
import { ModelCard, PicturesCard } from '../parts/inspection-model.tsx'
import { InspectionNow } from '../parts/inspection-now.tsx'
import { ShiftSettings } from '../parts/inspection-shifts.tsx'
import { Pareto, type Span, spans, YieldSection } from '../parts/inspection-yield.tsx'
import { nowMs } from '../parts/now.ts'
import { useLoaded } from '../parts/use-loaded.ts'
import { routeHash } from '../router.ts'
import { localized, t } from '../text/language.ts'

/** Without a place: the only factory, or a choice of them. */
export function FactoryPage({ city, at }: { readonly city: City; readonly at: string | undefined }) {
  const gateways = city.gateways.value
  const factories = useLoaded(() => city.api.factory.list(), [gateways])
  const list = factories.value.value
  if (list === undefined) {
    return factories.failed.value ? (
      <p class="fault">{t('factory.failed')}</p>
    ) : (
      <p class="empty" aria-busy="true">
        {t('app.loading')}
      </p>
    )
  }
  const chosen = at === undefined && list.length === 1 ? list[0] : list.find(({ site }) => site === at)
  if (chosen !== undefined) return <Factory key={chosen.site} factory={chosen} city={city} again={factories.again} />
  if (at !== undefined || list.length === 0) {
    return (
      <>
        <h1>{t('nav.factory')}</h1>
        <p class="empty">{t('factory.nothing')}</p>
      </>
    )
  }
  return (
    <>
      <h1>{t('nav.factory')}</h1>
      <ul class="factory-list">
        {list.map(({ site, name }) => (
          <li key={site}>
            <a class="button button-outline" href={routeHash({ view: 'factory', at: site })}>
              {localized(name)}
            </a>
          </li>
        ))}
      </ul>
    </>
  )
}

function Factory(props: { readonly factory: FactoryItem; readonly city: City; readonly again: () => void }) {
  const { factory, city } = props
  const { site, gateway, lines } = factory
  const chosen = useSignal(lines[0]?.id)
  const line = lines.find(({ id }) => id === chosen.value) ?? lines[0]
  useEffect(() => {
    for (const kind of ['inspection', 'teaching'] as const) city.events.ask({ site, gateway, kind })
  }, [site])
  if (line === undefined) return <p class="empty">{t('inspection.none')}</p>
  return (
    <>
      <div class="factory-head">
        <div>
          <h1>{localized(factory.name)}</h1>
          {lines.length === 1 ? (
            <p class="quiet">{localized(line.label)}</p>
          ) : (
            <div class="choices">
              {lines.map(({ id, label }) => (
                <button
                  key={id}
                  type="button"
                  class="choice"
                  aria-pressed={id === line.id}
                  onClick={() => (chosen.value = id)}
                >
                  {localized(label)}
                </button>
              ))}
            </div>
          )}
        </div>
        <nav class="factory-links" aria-label={t('factory.links')}>
          <a class="button button-outline" href={routeHash({ view: 'gallery', site })}>
            {t('nav.gallery')}
          </a>
          {may('correct', site) && line.canTeach && (
            <a class="button button-outline" href={routeHash({ view: 'teach', site })}>
              {t('nav.teach')}
            </a>
          )}
        </nav>
      </div>
      {!factory.isOnline && <p class="fault">{t('factory.offline')}</p>}
      <LinePage {...props} line={line} />
    </>
  )
}

/** New verdicts load the figures again, but not more often. */
const reloadEveryMs = 10_000

function LinePage(props: {
  readonly factory: FactoryItem
  readonly line: LineItem
  readonly city: City
  readonly again: () => void
}) {
  const { factory, line, city, again } = props
  const { site } = factory
  const by = useSignal<Grouping>('hour')
  const span = useSignal<Span>('12h')
  const source = line.id.slice(factory.gateway.length + 1)
  const events = (city.events.bySite.value.get(site) ?? []).filter((event) => event.source === source)
  const taken = [...city.corrections.byEvent.value.values()].filter(({ state }) => state === 'learning').length
  const tick = Math.floor((events[0]?.received ?? 0) / reloadEveryMs)
  const from = () => nowMs.value - spans[span.value].lengthMs
  const report = useLoaded(
    () => city.api.factory.yield(site, by.value, from()),
    [site, by.value, span.value, taken, tick],
  )
  const settings = useLoaded(() => city.api.factory.settings(site), [site])
  const kept = settings.value.value
  return (
    <>
      <InspectionNow events={events} city={city} defects={kept?.settings.defects ?? []} />
      {report.failed.value && <p class="fault">{t('yield.failed')}</p>}
      <YieldSection report={report.value.value} by={by} span={span} settings={kept?.settings} />
      <div class="factory-cards">
        <Pareto report={report.value.value} settings={kept?.settings} />
        <ModelCard line={line} city={city} onChange={again} />
        <PicturesCard factory={factory} line={line} city={city} onChange={again} />
      </div>
      {kept !== undefined && (
        <ShiftSettings
          key={kept.changed}
          kept={kept}
          city={city}
          onSaved={() => {
            settings.again()
            report.again()
          }}
        />
      )}
    </>
  )
}
