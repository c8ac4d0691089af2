// The street lights of the city: whom to visit, each cabinet with its circuits and lamps, the nights before, the month, and the faults that were.
import '../style/city.css'
import '../style/sites.css'
import '../style/alarms.css'
import '../style/alarm-acts.css'
import '../style/streetlights.css'
import { useSignal } from '@preact/signals'
import type { LightsMonth } from '../api/city-api.ts'
import type { City } from '../city/city.ts'
import { type Cabinet, cabinetsOf, type Circuit, type LampFacts, reasonsOf } from '../city/lamp-work.ts'
import { lampStateMark } from '../city/map-marks.ts'
import { shareText } from '../city/availability.ts'
import { numberText } from '../format/units.ts'
import { valueText } from '../format/value-text.ts'
import { type CalendarLength, DayCalendar } from '../parts/day-calendar.tsx'
import { DispatchList } from '../parts/dispatch-list.tsx'
import { LampFaults } from '../parts/lamp-faults.tsx'
import { LoadFault } from '../parts/load-fault.tsx'
import { MonthChoice, useMonth } from '../parts/month-choice.tsx'
import { type MonthColumn, MonthTable } from '../parts/month-table.tsx'
import { lampStateKeys } from '../parts/lamp-board.tsx'
import { type MarkName, StateMark } from '../parts/state-mark.tsx'
import { useAsked } from '../parts/use-asked.ts'
import { routeHash } from '../router.ts'
import { localized, t } from '../text/language.ts'

export function Streetlights({ city, at }: { readonly city: City; readonly at: string | undefined }) {
  const length = useSignal<CalendarLength>('30')
  const cabinets = cabinetsOf({
    sites: city.sites.value,
    seriesBySite: city.seriesBySite.value,
    alarms: city.openAlarms.value,
  })
  return (
    <>
      <h1>{t('nav.streetlights')}</h1>
      {cabinets.length === 0 ? (
        <p class="empty">{t(city.loaded.value ? 'lights.none' : 'app.loading')}</p>
      ) : (
        <>
          <Summary cabinets={cabinets} />
          <DispatchList city={city} cabinets={cabinets} />
          <section aria-labelledby="cabinets-title">
            <h2 id="cabinets-title">{t('lights.cabinets')}</h2>
            <div class="cabinets">
              {cabinets.map((cabinet) => (
                <CabinetCard key={cabinet.site.id} cabinet={cabinet} isOpen={at === cabinet.site.id} />
              ))}
            </div>
          </section>
          <Month city={city} />
          <DayCalendar city={city} of="streetlight" title="lights.nights" length={length} />
          <LampFaults city={city} sites={cabinets.map(({ site }) => site)} />
        </>
      )}
    </>
  )
}

function Summary({ cabinets }: { readonly cabinets: readonly Cabinet[] }) {
  const lamps = cabinets.flatMap(({ lamps }) => lamps)
  const faulty = lamps.filter(({ lamp }) => lamp.alarm !== undefined).length
  const visits = lamps.filter((facts) => reasonsOf(facts).length > 0).length
  const mark: MarkName = faulty > 0 ? 'critical' : visits > 0 ? 'warning' : 'good'
  return (
    <section class={`answer answer-${mark}`} aria-label={t('answer.label')}>
      <div class="answer-head">
        <StateMark name={mark} size={32} />
        <div>
          <p class="answer-title">
            {visits === 0
              ? t('lights.well', { n: lamps.length })
              : t('lights.visits', { n: visits, all: lamps.length })}
          </p>
          {faulty > 0 && <p class="answer-detail">{t('lights.faulty', { n: faulty })}</p>}
        </div>
      </div>
    </section>
  )
}

const hours = (seconds: number | null): string =>
  seconds === null ? t('value.none') : t('lights.hours', { n: numberText(seconds / 3600, 1) })
const energy = (joule: number | null): string =>
  joule === null ? t('value.none') : `${numberText(joule / 3.6e6, 2)} kWh`
const yen = (value: number | null): string =>
  value === null ? t('lights.noTariff') : t('lights.yen', { n: numberText(value, 0) })
const share = (value: number | null): string => shareText(value) ?? t('value.none')

function CabinetCard({ cabinet, isOpen }: { readonly cabinet: Cabinet; readonly isOpen: boolean }) {
  const { site, circuits, lamps, coverage, burntS, energyJ, costYen } = cabinet
  const work = lamps.filter((facts) => reasonsOf(facts).length > 0).length
  const opened = useSignal(isOpen)
  return (
    <details
      class="cabinet"
      data-cabinet={site.id}
      open={opened.value}
      onToggle={(event) => (opened.value = event.currentTarget.open)}
    >
      <summary>
        <span class="cabinet-name">
          <StateMark name={site.state} size={20} />
          {localized(site.name)}
          <small class="quiet">
            {t('lights.lamps', { n: lamps.length })}
            {work > 0 && ` · ${t('lights.toVisit', { n: work })}`}
          </small>
        </span>
        <span class="cabinet-facts">
          <Fact label={t('lights.coverage')} value={share(coverage)} />
          <Fact label={t('lights.burnt')} value={hours(burntS)} />
          <Fact label={t('lights.energy')} value={energy(energyJ)} />
          <Fact label={t('lights.cost')} value={yen(costYen)} />
        </span>
      </summary>
      {opened.value && (
        <>
          {circuits.map((circuit) => (
            <CircuitTable key={circuit.device} circuit={circuit} />
          ))}
          <p>
            <a href={routeHash({ view: 'site', site: site.id })}>{t('lights.toSite')}</a>
          </p>
        </>
      )}
    </details>
  )
}

function Fact({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <span class="cabinet-fact">
      <small>{label}</small> <b>{value}</b>
    </span>
  )
}

function CircuitTable({ circuit: { device, lamps } }: { readonly circuit: Circuit }) {
  return (
    <table class="table table-stacked circuit">
      <caption>
        {t('lights.circuit')} <small class="code">{device}</small>
      </caption>
      <thead>
        <tr>
          <th scope="col">{t('lights.lamp')}</th>
          <th scope="col">{t('lights.state')}</th>
          <th scope="col" class="number">
            {t('lights.power')}
          </th>
          <th scope="col" class="number">
            {t('lights.burnt')}
          </th>
          <th scope="col" class="number">
            {t('lights.energy')}
          </th>
          <th scope="col" class="number">
            {t('lights.coverage')}
          </th>
          <th scope="col">{t('lights.outlook')}</th>
        </tr>
      </thead>
      <tbody>
        {lamps.map((facts) => (
          <LampLine key={facts.lamp.number} facts={facts} />
        ))}
      </tbody>
    </table>
  )
}

function LampLine({ facts }: { readonly facts: LampFacts }) {
  const { lamp, site, burntS, energyJ, coverage, risk } = facts
  const state = lamp.alarm === undefined ? t(lampStateKeys[lamp.state]) : localized(lamp.alarm.title)
  return (
    <tr data-lamp={`${site.id} ${lamp.number}`}>
      <th scope="row" data-label={t('lights.lamp')}>
        {t('lamps.name', { n: lamp.number })}
      </th>
      <td data-label={t('lights.state')}>
        <span class="dispatch-priority">
          <StateMark name={lampStateMark(lamp, site)} size={18} />
          {state}
        </span>
      </td>
      <td class="number" data-label={t('lights.power')}>
        {valueText(lamp.power)}
      </td>
      <td class="number" data-label={t('lights.burnt')}>
        {hours(burntS)}
      </td>
      <td class="number" data-label={t('lights.energy')}>
        {energy(energyJ)}
      </td>
      <td class="number" data-label={t('lights.coverage')}>
        {share(coverage)}
      </td>
      <td data-label={t('lights.outlook')}>
        {risk === null ? t('value.none') : t(risk >= 1 ? 'lights.likely' : 'lights.noSign')}
      </td>
    </tr>
  )
}

function Month({ city }: { readonly city: City }) {
  const month = useMonth()
  const { found, retry } = useAsked(() => city.api.city.lights(month.value), month.value)
  const items = found.value
  return (
    <section aria-labelledby="lights-month" data-print-part="lights-month">
      <div class="section-head">
        <h2 id="lights-month">{t('lights.month')}</h2>
        <MonthChoice month={month} />
        <a
          class="button button-outline"
          href={city.api.address(`api/v1/reports/streetlights.csv?month=${month.value}`)}
          download
        >
          {t('download.csv')}
        </a>
      </div>
      {items === 'failed' ? (
        <LoadFault retry={retry} />
      ) : items === undefined ? (
        <p class="quiet">{t('app.loading')}</p>
      ) : items.every(({ days }) => days === 0) ? (
        <p class="empty">{t('month.none')}</p>
      ) : (
        <>
          <MonthTable title="lights.cabinet" columns={monthColumns} items={items} />
          {items.some(({ tariffVerified }) => tariffVerified === false) && (
            <p class="quiet">{t('lights.unverified')}</p>
          )}
        </>
      )}
    </section>
  )
}

const monthColumns: readonly MonthColumn<LightsMonth>[] = [
  { title: 'lights.days', of: ({ days }) => t('month.days', { n: days }) },
  { title: 'lights.coverageMonth', of: ({ coverage }) => share(coverage) },
  { title: 'lights.burntNight', of: ({ meanBurntS }) => hours(meanBurntS) },
  { title: 'lights.energy', of: ({ energyJ }) => energy(energyJ) },
  { title: 'lights.cost', of: ({ costYen }) => yen(costYen) },
  { title: 'lights.wasted', of: ({ wastedJ }) => energy(wastedJ) },
  {
    title: 'lights.repairs',
    of: ({ repaired, meanRepairS }) => (
      <>
        {t('lights.repaired', { n: repaired })}
        {meanRepairS !== null && <small class="quiet">{hours(meanRepairS)}</small>}
      </>
    ),
  },
]
