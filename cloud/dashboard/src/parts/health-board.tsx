// Health at a glance: how available each class of equipment was, how many alarms are open, and which has waited longest.
import type { AvailabilityReport } from '../api/city-api.ts'
import type { AlarmItem, Severity } from '../api/shapes.ts'
import { needsAction } from '../city/merge.ts'
import { availabilityClasses, type ClassHealth, expectedShare, healthOf, shareText } from '../city/availability.ts'
import type { City } from '../city/city.ts'
import type { TextKey } from '../text/dictionary.ts'
import { localized, t } from '../text/language.ts'
import { routeHash } from '../router.ts'
import { placeOf } from './alarm-place.ts'
import { LoadFault } from './load-fault.tsx'
import { type MarkName, SeverityBadge, StateMark } from './state-mark.tsx'
import { TimeText } from './time-text.tsx'
import { useAsked } from './use-asked.ts'

const refreshMs = 5 * 60_000

const classKeys = {
  gateway: 'city.class.gateway',
  wifi: 'city.class.wifi',
  streetlight: 'city.class.streetlight',
  weather: 'city.class.weather',
} as const satisfies Readonly<Record<ClassHealth['class'], TextKey>>

const classPages: Readonly<Record<ClassHealth['class'], string | undefined>> = {
  gateway: routeHash({ view: 'gateways' }),
  wifi: routeHash({ view: 'access-points' }),
  streetlight: routeHash({ view: 'streetlights' }),
  weather: undefined,
}

export function HealthBoard({ city }: { readonly city: City }) {
  const { found, retry } = useAsked(() => city.api.city.availability(30), '', refreshMs)
  return (
    <section aria-labelledby="health-title">
      <h2 id="health-title">{t('city.health')}</h2>
      {found.value === 'failed' ? <LoadFault retry={retry} /> : <Tiles report={found.value} />}
    </section>
  )
}

/** As many tiles as there will be, so that nothing moves when they are filled. */
function Tiles({ report }: { readonly report: AvailabilityReport | undefined }) {
  return (
    <ul class="health-tiles" aria-busy={report === undefined}>
      {availabilityClasses.map((one) => (
        <li key={one} class="health-tile" data-class={one}>
          {report === undefined ? <p class="quiet">{t('app.loading')}</p> : <Tile health={healthOf(report, one)} />}
        </li>
      ))}
    </ul>
  )
}

function markOf(share: number | null): MarkName {
  if (share === null) return 'offline'
  return share >= expectedShare ? 'good' : share >= 0.9 ? 'warning' : 'critical'
}

function Tile({ health }: { readonly health: ClassHealth }) {
  const { class: one, things, newest, whole, days, worst } = health
  const page = classPages[one]
  const name = t(classKeys[one])
  const names = worst.map(({ item, share }) => `${localized(item.name)} ${shareText(share) ?? ''}`).join(' · ')
  return (
    <>
      <p class="health-name">
        {page === undefined ? <span class="health-unlinked">{name}</span> : <a href={page}>{name}</a>}{' '}
        <small class="quiet">
          {t(one === 'gateway' || one === 'wifi' ? 'city.units' : 'city.things', { n: things })}
        </small>
      </p>
      <dl class="health-shares">
        <Share label={t(one === 'streetlight' ? 'city.lastNight' : 'city.today')} share={newest} />
        <Share label={t('city.days')} share={whole} />
      </dl>
      <p class="health-worst">
        {days === 0 ? t('city.notTold') : worst.length === 0 ? t('city.allWell') : t('city.worst', { names })}
        {days > 0 && days < 30 && <small class="quiet"> {t('city.daysTold', { n: days })}</small>}
      </p>
    </>
  )
}

function Share({ label, share }: { readonly label: string; readonly share: number | null }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <StateMark name={markOf(share)} size={18} />
        {shareText(share) ?? t('value.none')}
      </dd>
    </div>
  )
}

const severities: readonly Severity[] = ['critical', 'major', 'minor', 'warning', 'info']

/** Longest first, of those that somebody must see to and nobody has. */
function oldestUnhandled(open: readonly AlarmItem[]): AlarmItem | undefined {
  return open.filter(needsAction).toSorted((a, b) => a.raisedAt - b.raisedAt)[0]
}

export function AlarmBoard({ city }: { readonly city: City }) {
  const open = city.openAlarms.value.filter(({ state }) => state === 'open')
  const oldest = oldestUnhandled(open)
  const place = oldest === undefined ? undefined : placeOf(oldest, city)
  return (
    <section class="alarm-board" aria-labelledby="open-alarms-title">
      <div class="section-head">
        <h2 id="open-alarms-title">{t('city.alarms')}</h2>
        <a href={routeHash({ view: 'alarms' })}>{t('city.allAlarms')}</a>
      </div>
      <div class="alarm-board-parts">
        {open.length === 0 ? (
          <p>{t('city.noAlarms')}</p>
        ) : (
          <ul class="severity-counts">
            {severities.map((severity) => {
              const count = open.filter((alarm) => alarm.severity === severity).length
              return (
                <li key={severity} data-severity={severity} class={count === 0 ? 'severity-none' : undefined}>
                  <SeverityBadge severity={severity} /> <b>{count}</b>
                </li>
              )
            })}
          </ul>
        )}
        {oldest === undefined || place === undefined ? (
          <p class="quiet">{t('city.noneUnhandled')}</p>
        ) : (
          <p class="oldest">
            <small class="quiet">{t('city.oldest')}</small>
            <span>
              <b>{localized(oldest.title)}</b> <a href={place.hash}>{place.name}</a>
            </span>
            <TimeText timeMs={oldest.raisedAt} coarse />
          </p>
        )}
      </div>
    </section>
  )
}
