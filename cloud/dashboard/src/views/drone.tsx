// What drones saw of one field: its flights, the cover of each over the outline of the field, two of them compared, and their pictures.
import '../style/farm.css'
import '../style/notices.css'
import '../style/drone.css'
import { useEffect, useState } from 'preact/hooks'
import type { FlightItem, ImageItem } from '../api/farm-api.ts'
import { HubError, type HubApi } from '../api/hub-api.ts'
import type { EventItem, SiteItem } from '../api/shapes.ts'
import { fieldFlights, type FieldFlight } from '../city/canopy.ts'
import type { City } from '../city/city.ts'
import { dateTime } from '../format/time.ts'
import { coverText, DroneCompare } from '../parts/drone-compare.tsx'
import { farmClass } from '../parts/large-type.ts'
import { routeHash } from '../router.ts'
import { language, localized, t } from '../text/language.ts'

export function DronePage({ site: id, city }: { readonly site: string; readonly city: City }) {
  const site = city.sites.value.find((one) => one.id === id)
  if (site === undefined) return <h1>{t(city.loaded.value ? 'farm.unknownPaddy' : 'app.loading')}</h1>
  return (
    <div class={farmClass()}>
      <p class="back">
        <a href={routeHash({ view: 'farm', at: id })}>{localized(site.name)}</a>
      </p>
      <h1>{t('drone.title', { name: localized(site.name) })}</h1>
      <Flown site={site} api={city.api} />
    </div>
  )
}

interface Loaded {
  readonly flights: readonly FlightItem[]
  readonly canopies: readonly EventItem[]
}

/** Results of canopies older than a season and a half are not asked for. */
const lookBackMs = 550 * 86_400_000

/** Asked when the page is opened, and again by a person: a flight takes its minutes anyway. */
function Flown({ site, api }: { readonly site: SiteItem; readonly api: HubApi }) {
  const [loaded, setLoaded] = useState<Loaded | 'loading' | 'failed' | 'forbidden'>('loading')
  const [asked, ask] = useState(0)
  const { id, gateway } = site
  useEffect(() => {
    let isShown = true
    Promise.all([api.farm.flights(id), api.farm.canopies(gateway, Date.now() - lookBackMs)]).then(
      ([flights, canopies]) => isShown && setLoaded({ flights, canopies }),
      (thrown: unknown) =>
        isShown && setLoaded(thrown instanceof HubError && thrown.status === 403 ? 'forbidden' : 'failed'),
    )
    return () => {
      isShown = false
    }
  }, [id, gateway, api, asked])
  if (loaded === 'loading') return <p class="quiet drone-waiting">{t('app.loading')}</p>
  if (loaded === 'forbidden') return <p class="empty">{t('drone.forbidden')}</p>
  if (loaded === 'failed') {
    return (
      <div class="fault" role="alert">
        <p>{t('drone.failed')}</p>
        <button type="button" class="button button-outline" onClick={() => ask(asked + 1)}>
          {t('farm.again')}
        </button>
      </div>
    )
  }
  const flights = fieldFlights(site, loaded.flights, loaded.canopies)
  if (flights.length === 0) {
    return (
      <div class="empty">
        <p>{t('drone.none')}</p>
        <p>{t('drone.noneHow')}</p>
      </div>
    )
  }
  return <Flights site={site} flights={flights} api={api} />
}

function Flights(props: { readonly site: SiteItem; readonly flights: readonly FieldFlight[]; readonly api: HubApi }) {
  const { site, flights, api } = props
  const seen = flights.filter(({ grid }) => grid !== undefined)
  const [chosen, choose] = useState<{ readonly before?: string; readonly after?: string }>({})
  const of = (id: string | undefined): FieldFlight | undefined => seen.find((flight) => flight.id === id)
  const after = of(chosen.after) ?? seen[0]
  const before = of(chosen.before) ?? seen.find((flight) => flight !== after && flight.timeMs < (after?.timeMs ?? 0))
  return (
    <>
      {after === undefined ? (
        <p class="empty">{t('drone.notWorkedOut')}</p>
      ) : (
        <section class="paddy-part" aria-labelledby="drone-cover">
          <h2 id="drone-cover">{t('drone.coverTitle')}</h2>
          {before !== undefined && <Change before={before} after={after} />}
          {seen.length > 2 && (
            <div class="field-pair">
              <FlightChoice
                label={t('drone.left')}
                flights={seen}
                chosen={before}
                choose={(id) => choose({ ...chosen, before: id })}
              />
              <FlightChoice
                label={t('drone.right')}
                flights={seen}
                chosen={after}
                choose={(id) => choose({ ...chosen, after: id })}
              />
            </div>
          )}
          <DroneCompare before={before} after={after} outline={site.area?.coordinates[0]} />
        </section>
      )}
      <section class="paddy-part" aria-labelledby="drone-flights">
        <h2 id="drone-flights">{t('drone.flights', { n: flights.length })}</h2>
        <ol class="drone-flights">
          {flights.map((flight) => (
            <Flight key={flight.id} flight={flight} site={site.id} api={api} />
          ))}
        </ol>
      </section>
    </>
  )
}

function Change({ before, after }: { readonly before: FieldFlight; readonly after: FieldFlight }) {
  if (before.cover === undefined || after.cover === undefined) return null
  const [from, to] = [before, after].map(({ cover = 0 }) => Math.round(cover * 100))
  return <p class="drone-change">{t('drone.change', { from: from ?? 0, to: to ?? 0 })}</p>
}

function FlightChoice(props: {
  readonly label: string
  readonly flights: readonly FieldFlight[]
  readonly chosen: FieldFlight | undefined
  readonly choose: (id: string) => void
}) {
  const { label, flights, chosen, choose } = props
  return (
    <label class="field">
      {label}
      <select value={chosen?.id ?? ''} onChange={(event) => choose(event.currentTarget.value)}>
        {flights.map(({ id, timeMs }) => (
          <option key={id} value={id}>
            {dateTime(timeMs, language.value)}
          </option>
        ))}
      </select>
    </label>
  )
}

function Flight({ flight, site, api }: { readonly flight: FieldFlight; readonly site: string; readonly api: HubApi }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <li>
      <details class="drone-flight" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <time dateTime={new Date(flight.timeMs).toISOString()}>{dateTime(flight.timeMs, language.value)}</time>
          <span>{coverText(flight)}</span>
          <span class="quiet">{t('drone.images', { n: flight.images })}</span>
        </summary>
        {isOpen && <Pictures flight={flight} site={site} api={api} />}
      </details>
    </li>
  )
}

function Pictures({
  flight,
  site,
  api,
}: {
  readonly flight: FieldFlight
  readonly site: string
  readonly api: HubApi
}) {
  const [images, setImages] = useState<readonly ImageItem[] | 'failed' | undefined>(undefined)
  const { id } = flight
  useEffect(() => {
    let isShown = true
    api.farm.images(id, site).then(
      (found) => isShown && setImages(found),
      () => isShown && setImages('failed'),
    )
    return () => {
      isShown = false
    }
  }, [id, site, api])
  if (images === undefined) return <p class="quiet">{t('app.loading')}</p>
  if (images === 'failed') return <p class="fault">{t('drone.failed')}</p>
  return (
    <>
      {flight.model !== undefined && <p class="quiet">{t('drone.model', { model: flight.model })}</p>}
      <ul class="drone-pictures">
        {images.map((image) => (
          <li key={image.id}>
            <a href={api.address(`/api/v1/images/${encodeURIComponent(image.id)}/file`)}>
              <img
                src={api.address(`/api/v1/images/${encodeURIComponent(image.id)}/thumbnail`)}
                alt={t('drone.picture', { name: image.name, time: dateTime(image.time, language.value) })}
                width={160}
                height={120}
                loading="lazy"
              />
            </a>
          </li>
        ))}
      </ul>
    </>
  )
}
