// What the city publishes for everybody's use: the lists, the readings, how late and how exact they are, and the licence.
import { localized } from '../../phone/language.ts'
import { fetchAbout, fetchSeries, hubAddress, type PublishedSeries } from '../hub.ts'
import { Page, Shown, useLoaded } from '../page.tsx'
import { say } from '../text/say.ts'

const mostSeries = 200

async function fetchAll() {
  const [about, series] = await Promise.all([fetchAbout(), fetchSeries()])
  return { about, series }
}

export function DataPage() {
  const { state, again } = useLoaded(fetchAll)
  return (
    <Page title={say('data.title')}>
      <Shown state={state} again={again}>
        {({ about: { publisher, licence, lists }, series }) => (
          <>
            <p>{say('data.about', { publisher: localized(publisher.name) })}</p>
            <dl class="facts">
              <dt>{say('data.licence')}</dt>
              <dd>
                <a class="text-link" href={licence.address} rel="license noreferrer">
                  {licence.name}
                </a>
              </dd>
            </dl>
            <h2>{say('data.lists')}</h2>
            {lists.length === 0 && <p>{say('data.noLists')}</p>}
            {lists.map(({ kind, title, places, csv, geojson }) => (
              <section class="card" key={kind}>
                <h3>{localized(title)}</h3>
                <p class="quiet">{say('data.places', { n: places })}</p>
                <p class="links">
                  <a class="text-link" href={csv}>
                    CSV
                  </a>
                  <a class="text-link" href={geojson}>
                    GeoJSON
                  </a>
                </p>
              </section>
            ))}
            <h2>{say('data.readings')}</h2>
            {series.length === 0 && <p>{say('data.noReadings')}</p>}
            {series.slice(0, mostSeries).map((one) => (
              <Series key={one.id} series={one} />
            ))}
            <h2>{say('data.programs')}</h2>
            <p class="links">
              <a class="text-link" href={hubAddress('open-data/catalog.ttl')}>
                DCAT (Turtle)
              </a>
              <a class="text-link" href={hubAddress('open-data/catalog.jsonld')}>
                DCAT (JSON-LD)
              </a>
              <a class="text-link" href={hubAddress('open-data/series')}>
                JSON
              </a>
              <a class="text-link" href={hubAddress('open-data/crowding')}>
                {say('data.crowding')}
              </a>
              <a class="text-link" href={hubAddress('ngsi-ld/v1/types')}>
                NGSI-LD
              </a>
              <a class="text-link" href={hubAddress('docs')}>
                OpenAPI
              </a>
            </p>
          </>
        )}
      </Shown>
    </Page>
  )
}

function Series({ series: { id, title, item, unit, delayMin, roundTo, days } }: { readonly series: PublishedSeries }) {
  const file = (format: string) =>
    hubAddress(`open-data/series/${encodeURIComponent(id)}/${days?.last ?? ''}.${format}`)
  return (
    <section class="card">
      <h3>
        {titleOf(localized(title), localized(item))}
        {unit === null ? '' : ` (${sign(unit)})`}
      </h3>
      <p class="quiet">
        {say('data.late', { n: delayMin })}
        {roundTo === null ? '' : ` · ${say('data.rounded', { n: `${roundTo} ${sign(unit ?? '')}`.trim() })}`}
        {days === null ? '' : ` · ${say('data.days', { first: days.first, last: days.last })}`}
      </p>
      {days === null ? (
        <p>{say('data.nothingYet')}</p>
      ) : (
        <p class="links">
          <span>{say('data.newest', { day: days.last })}</span>
          {['csv', 'json', 'parquet'].map((format) => (
            <a class="text-link" key={format} href={file(format)}>
              {format === 'parquet' ? 'Parquet' : format.toUpperCase()}
            </a>
          ))}
        </p>
      )}
    </section>
  )
}

/** A name that says what is measured says it once. */
function titleOf(title: string, item: string): string {
  return title.toLowerCase().includes(item.toLowerCase()) ? title : `${title} · ${item}`
}

/** The files say it in SenML's words. */
function sign(unit: string): string {
  return unit === 'Cel' ? '°C' : unit
}
