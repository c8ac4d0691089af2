// Shelters that are open, closed or full, and the lists of public places, with the import that repairs what it can.
import '../style/notices.css'
import '../style/desk.css'
import { useEffect } from 'preact/hooks'
import type { CrowdingDetail, SpotState } from '../api/desk-api.ts'
import type { City } from '../city/city.ts'
import { may, mayAnywhere } from '../city/session.ts'
import { ago } from '../format/time.ts'
import { ActFault, NotRead } from '../parts/desk-fault.tsx'
import { nowMs } from '../parts/now.ts'
import { PlaceImport } from '../parts/place-import.tsx'
import { useDeskAct } from '../parts/use-desk.ts'
import { useLoaded } from '../parts/use-loaded.ts'
import { routeHash } from '../router.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, localized, t } from '../text/language.ts'

/** Others count and decide too. */
const everyMs = 30_000
const states: readonly (readonly [SpotState, TextKey])[] = [
  ['open', 'place.open'],
  ['closed', 'place.closed'],
  ['full', 'place.full'],
]

export function Places({ city }: { readonly city: City }) {
  const spots = useLoaded(() => city.api.desk.spots(), [city])
  useEffect(() => {
    const timer = setInterval(spots.again, everyMs)
    return () => clearInterval(timer)
  }, [])
  return (
    <>
      <h1>{t('place.title')}</h1>
      <p class="lead">{t('place.lead')}</p>
      <section aria-labelledby="spots">
        <h2 id="spots">{t('place.spots')}</h2>
        <Spots spots={spots.value.value} failed={spots.failed.value} again={spots.again} city={city} />
      </section>
      <Lists city={city} />
    </>
  )
}

function Spots(props: {
  readonly spots: readonly CrowdingDetail[] | undefined
  readonly failed: boolean
  readonly again: () => void
  readonly city: City
}) {
  const { spots, failed, again, city } = props
  if (spots === undefined) return failed ? <NotRead again={again} /> : <p class="quiet">{t('app.loading')}</p>
  if (spots.length === 0) return <p class="empty">{t('place.noSpots')}</p>
  return (
    <ul class="spot-list">
      {spots.map((spot) => (
        <Spot key={spot.id} spot={spot} city={city} again={again} />
      ))}
    </ul>
  )
}

function Spot({
  spot,
  city,
  again,
}: {
  readonly spot: CrowdingDetail
  readonly city: City
  readonly again: () => void
}) {
  const { id, name, state, stateAgeS, people, error, capacity, ageS, cannotTell, settings } = spot
  const act = useDeskAct()
  const mayHandle = may('handle-alarms', id)
  const said = stateAgeS === null ? undefined : ago(nowMs.value - stateAgeS * 1000, nowMs.value, language.value)
  return (
    <li class="spot-card" data-spot={id}>
      <div class="report-head">
        <h3>{localized(name)}</h3>
        <span class="quiet">{t(settings.public ? 'place.public' : 'place.private')}</span>
      </div>
      <p>
        {people === null
          ? cannotTell !== null && <span class="quiet">{localized(cannotTell)}</span>
          : `${error === null ? t('place.people', { n: people }) : t('place.about', { n: people, error })} · ${ago(nowMs.value - (ageS ?? 0) * 1000, nowMs.value, language.value)}`}
      </p>
      {capacity !== null && <p class="quiet">{t('place.of', { n: capacity })}</p>}
      <div class="choices" role="group" aria-label={localized(name)}>
        {states.map(([value, text]) => (
          <button
            key={value}
            type="button"
            class="choice"
            aria-pressed={state === value}
            disabled={!mayHandle || act.isBusy.value}
            onClick={() =>
              void act.run(async () => {
                await city.api.desk.setSpotState(id, value)
                again()
              })
            }
          >
            {t(text)}
          </button>
        ))}
      </div>
      <p class="quiet">{said === undefined ? t('place.unsaid') : t('place.saidAgo', { ago: said })}</p>
      <ActFault act={act} />
      {mayHandle && (
        <a class="button button-outline" href={routeHash({ view: 'counter', at: id })}>
          {t('place.count')}
        </a>
      )}
    </li>
  )
}

const listKeys: Readonly<Record<string, TextKey>> = {
  wifi: 'place.wifi',
  shelter: 'place.shelter',
  facility: 'place.facility',
  streetlight: 'place.light',
}

function Lists({ city }: { readonly city: City }) {
  const counts = useLoaded(() => city.api.desk.placeCounts(), [city])
  const held = counts.value.value
  return (
    <section aria-labelledby="lists">
      <h2 id="lists">{t('place.lists')}</h2>
      {held === undefined && counts.failed.value && <NotRead again={counts.again} />}
      {held === undefined && !counts.failed.value && <p class="quiet">{t('app.loading')}</p>}
      {held !== undefined && (
        <ul class="desk-rows">
          {[...held].map(([key, n]) => {
            const [tenant = '', kind = ''] = key.split('/')
            const listKey = listKeys[kind]
            return (
              <li key={key}>
                <span>
                  <b>{listKey === undefined ? kind : t(listKey)}</b> <small class="quiet">{tenant}</small>
                </span>
                <span>{t('place.held', { n })}</span>
                <a
                  class="button button-outline"
                  href={city.api.address(`api/v1/places/export?tenant=${tenant}&kind=${kind}`)}
                  download
                >
                  {t('place.export')}
                </a>
              </li>
            )
          })}
        </ul>
      )}
      {mayAnywhere('publish') && <PlaceImport city={city} tenants={tenantsOf(held)} imported={counts.again} />}
    </section>
  )

  /** Those that have lists, or gateways. */
  function tenantsOf(known: ReadonlyMap<string, number> | undefined): readonly string[] {
    const keys = [...(known?.keys() ?? []), ...city.gateways.value.map(({ id }) => id)]
    return [...new Set(keys.map((key) => key.slice(0, key.indexOf('/'))))].filter((tenant) => may('publish', tenant))
  }
}
