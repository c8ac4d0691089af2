// Whom a crew should visit, first things first: on the screen, on paper, and as a file for whoever drives.
import { useMemo } from 'preact/hooks'
import type { City } from '../city/city.ts'
import { indexPlaces, type PublicPlace } from '../city/map-marks.ts'
import { type LampFacts, type Reason, type Visit, visitsOf, type Cabinet } from '../city/lamp-work.ts'
import { mayAnywhere } from '../city/session.ts'
import { dateTime } from '../format/time.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, localized, t } from '../text/language.ts'
import { orderText } from './alarm-order.tsx'
import { nowMs } from './now.ts'
import { printPart } from './print-part.ts'
import { saveCsv } from './save-csv.ts'
import { type MarkName, StateMark } from './state-mark.tsx'
import { TimeText } from './time-text.tsx'
import { useAsked } from './use-asked.ts'

const reasonKeys = {
  fault: 'dispatch.fault',
  dark: 'dispatch.dark',
  partly: 'dispatch.partly',
  likely: 'dispatch.likely',
  reported: 'dispatch.reported',
} as const satisfies Readonly<Record<Reason, TextKey>>

const priorityKeys = { 1: 'dispatch.today', 2: 'dispatch.soon', 3: 'dispatch.round' } as const
const priorityMarks: Readonly<Record<Visit['priority'], MarkName>> = { 1: 'critical', 2: 'warning', 3: 'info' }

function placeText({ facts, report }: Visit): string {
  if (facts !== undefined) return `${localized(facts.site.name)} ${t('lamps.name', { n: facts.lamp.number })}`
  const where = report?.lamp?.name ?? t('dispatch.placeTold')
  return `${where} #${report?.number ?? ''}`
}

function reasonText({ reasons, facts, report }: Visit): string {
  return reasons
    .map((reason) => {
      if (reason === 'fault' && facts?.lamp.alarm !== undefined) return localized(facts.lamp.alarm.title)
      if (reason === 'partly') return t('dispatch.partly', { share: Math.round((facts?.coverage ?? 0) * 100) })
      if (reason === 'reported') return `${t('dispatch.reported')}${report?.text ? `: ${report.text}` : ''}`
      return t(reasonKeys[reason])
    })
    .join(t('dispatch.and'))
}

function useVisits(city: City, cabinets: readonly Cabinet[]): readonly Visit[] {
  const places = useAsked<readonly PublicPlace[]>(() => city.api.city.places(), 'places').found.value
  const mayRead = mayAnywhere('handle-alarms')
  const load = () => (mayRead ? city.api.city.citizenReports() : Promise.resolve([]))
  const reports = useAsked(load, String(mayRead), 60_000).found.value
  const index = useMemo(() => indexPlaces(Array.isArray(places) ? places : []), [places])
  const positionOf = ({ site, lamp }: LampFacts) => {
    const [tenant = ''] = site.id.split('/', 1)
    const end = `${site.id.slice(site.id.lastIndexOf('/') + 1)}-${lamp.number}`
    return index.byEnd.get(`${tenant}/streetlight/${end}`)?.position ?? site.position
  }
  return visitsOf(cabinets, Array.isArray(reports) ? reports : [], positionOf)
}

export function DispatchList({ city, cabinets }: { readonly city: City; readonly cabinets: readonly Cabinet[] }) {
  const visits = useVisits(city, cabinets)
  return (
    <section aria-labelledby="dispatch-title" class="dispatch" data-print-part="dispatch">
      <div class="section-head">
        <h2 id="dispatch-title">
          {t('dispatch.title')} <span class="section-count">{visits.length}</span>
        </h2>
        <div class="dispatch-acts">
          <button
            type="button"
            class="button button-outline"
            disabled={visits.length === 0}
            onClick={() => save(visits)}
          >
            {t('download.csv')}
          </button>
          <button
            type="button"
            class="button button-outline"
            disabled={visits.length === 0}
            onClick={() => printPart('dispatch')}
          >
            {t('download.print')}
          </button>
        </div>
      </div>
      <p class="print-only">{t('dispatch.asOf', { time: dateTime(nowMs.value, language.value) })}</p>
      {visits.length === 0 ? <p class="empty">{t('dispatch.none')}</p> : <Visits visits={visits} />}
    </section>
  )
}

function Visits({ visits }: { readonly visits: readonly Visit[] }) {
  return (
    <table class="table table-stacked dispatch-table">
      <thead>
        <tr>
          <th scope="col">{t('dispatch.priority')}</th>
          <th scope="col">{t('dispatch.place')}</th>
          <th scope="col">{t('dispatch.reason')}</th>
          <th scope="col">{t('dispatch.since')}</th>
          <th scope="col">{t('dispatch.order')}</th>
        </tr>
      </thead>
      <tbody>
        {visits.map((visit) => (
          <VisitRow key={visit.key} visit={visit} />
        ))}
      </tbody>
    </table>
  )
}

function VisitRow({ visit }: { readonly visit: Visit }) {
  const { priority, position, sinceMs } = visit
  return (
    <tr data-visit={visit.key}>
      <td data-label={t('dispatch.priority')}>
        <span class="dispatch-priority">
          <StateMark name={priorityMarks[priority]} size={18} />
          {t(priorityKeys[priority])}
        </span>
      </td>
      <th scope="row" data-label={t('dispatch.place')}>
        {placeText(visit)}
        <small class="quiet">
          {position.lat.toFixed(5)}, {position.lon.toFixed(5)}
        </small>
      </th>
      <td data-label={t('dispatch.reason')}>{reasonText(visit)}</td>
      <td data-label={t('dispatch.since')}>
        <TimeText timeMs={sinceMs} coarse />
      </td>
      <td data-label={t('dispatch.order')}>{orderOf(visit)}</td>
    </tr>
  )
}

function orderOf({ facts, report }: Visit): string {
  const order = facts?.lamp.alarm?.workOrder
  if (order !== null && order !== undefined) {
    const assignee = facts?.lamp.alarm?.assignee
    return assignee === null || assignee === undefined ? orderText(order) : `${orderText(order)} · ${assignee}`
  }
  return report?.workOrder ? t('order.number', { n: report.workOrder.number }) : t('dispatch.noOrder')
}

/** With the columns of the screen, and where to drive to. */
function save(visits: readonly Visit[]): void {
  const head = [
    t('dispatch.priority'),
    t('dispatch.place'),
    t('dispatch.reason'),
    t('dispatch.since'),
    t('dispatch.lat'),
    t('dispatch.lon'),
    t('dispatch.order'),
  ]
  const rows = visits.map((visit) => [
    t(priorityKeys[visit.priority]),
    placeText(visit),
    reasonText(visit),
    visit.sinceMs === null ? null : dateTime(visit.sinceMs, language.value),
    visit.position.lat,
    visit.position.lon,
    orderOf(visit),
  ])
  const day = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10)
  saveCsv(`musubi-dispatch-${day}.csv`, [head, ...rows])
}
