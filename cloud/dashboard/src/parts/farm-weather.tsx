// The weather of the farm: now, tonight's lowest where the forecast has proved itself, and the last seven days.
import { useEffect, useState } from 'preact/hooks'
import type { HubApi } from '../api/hub-api.ts'
import type { BucketedReadings, ForecastItem, LatestItem, SiteItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { startOfDay, stationSeries, weatherDays, type HourlyWeather, type WeatherDay } from '../city/farm-weather.ts'
import { monthDay } from '../format/time.ts'
import { numberText, quantityText } from '../format/units.ts'
import { localUnit, valueText } from '../format/value-text.ts'
import { WhenSeen } from '../chart/when-seen.tsx'
import { language, localized, t } from '../text/language.ts'
import { QualityText } from './quality-text.tsx'
import { TimeText } from './time-text.tsx'

const dayMs = 86_400_000
const shownDays = 7

export function FarmWeather({ station, city }: { readonly station: SiteItem | undefined; readonly city: City }) {
  if (station === undefined) {
    return (
      <section class="weather" aria-labelledby="farm-weather">
        <h2 id="farm-weather">{t('weather.title')}</h2>
        <p class="empty">{t('weather.none')}</p>
      </section>
    )
  }
  const series = stationSeries(city.seriesBySite.value.get(station.id) ?? [])
  return (
    <section class="weather" aria-labelledby="farm-weather">
      <h2 id="farm-weather">{t('weather.title')}</h2>
      <WeatherNow station={station} series={series} />
      <WhenSeen className="weather-days">
        <Tonight station={station.id} api={city.api} />
        <LastDays
          ids={{
            temperature: series.temperature?.series,
            rain: series.rain?.series,
            wind: series.wind?.series,
            sun: series.sun?.series,
          }}
          api={city.api}
        />
      </WhenSeen>
    </section>
  )
}

type StationSeries = ReturnType<typeof stationSeries>

function WeatherNow({ station, series }: { readonly station: SiteItem; readonly series: StationSeries }) {
  const { temperature, humidity, rain, wind, direction } = series
  const value = (item: LatestItem | undefined): string => (item === undefined ? t('value.none') : valueText(item))
  const windText = [direction === undefined ? '' : (valueText(direction).split(' ')[0] ?? ''), value(wind)].join(' ')
  return (
    <div class="weather-now">
      <dl class="weather-facts">
        <div>
          <dt>{t('weather.temperature')}</dt>
          <dd>{value(temperature)}</dd>
        </div>
        <div>
          <dt>{t('weather.rain')}</dt>
          <dd>{rain?.value === 0 ? t('weather.noRain') : value(rain)}</dd>
        </div>
        <div>
          <dt>{t('weather.wind')}</dt>
          <dd>{windText.trim()}</dd>
        </div>
        <div>
          <dt>{t('weather.humidity')}</dt>
          <dd>{value(humidity)}</dd>
        </div>
      </dl>
      <p class="weather-when">
        {t('weather.station', { name: localized(station.name) })}
        {temperature !== undefined && (
          <>
            {' '}
            <TimeText timeMs={temperature.time} coarse /> <QualityText item={temperature} />
          </>
        )}
      </p>
    </div>
  )
}

function Tonight({ station, api }: { readonly station: string; readonly api: HubApi }) {
  const [found, setFound] = useState<readonly ForecastItem[]>([])
  useEffect(() => {
    let isShown = true
    // Without it nothing is said of tonight: the advice says what it rests on.
    api.forecasts(station).then(
      (items) => isShown && setFound(items),
      () => undefined,
    )
    return () => {
      isShown = false
    }
  }, [station, api])
  const forecast = found.find(
    ({ insight, shown, points }) => insight === 'air-minimum-forecast' && shown && points.length > 0,
  )
  const point = forecast?.points[0]
  if (forecast === undefined || point === undefined) return null
  const display = localUnit(forecast.unit, 'air-temperature', point.value)
  const said = (value: number): string => quantityText(value, display)
  return (
    <p class="weather-tonight">
      {t('weather.tonight', { value: said(point.value), low: said(point.low), high: said(point.high) })}{' '}
      <small class="quiet">{t('weather.tonightNote', { share: Math.round(forecast.interval * 100) })}</small>
    </p>
  )
}

type SeriesIds = { readonly [K in keyof HourlyWeather]: string | undefined }

/** A series that the store cannot give now is as one that nobody measures; all of them failing is told. */
async function loadDays(ids: SeriesIds, api: HubApi, nowMs: number): Promise<readonly WeatherDay[]> {
  const toMs = startOfDay(nowMs) + dayMs
  const span = { fromMs: toMs - shownDays * dayMs, toMs, buckets: shownDays * 24 }
  const ask = async (series: string | undefined): Promise<BucketedReadings | undefined> =>
    series === undefined ? undefined : await api.buckets({ series, ...span })
  const [temperature, rain, wind, sun] = await Promise.all([ids.temperature, ids.rain, ids.wind, ids.sun].map(ask))
  return weatherDays({ temperature, rain, wind, sun }, nowMs, shownDays).toReversed()
}

function LastDays({ ids, api }: { readonly ids: SeriesIds; readonly api: HubApi }) {
  const [days, setDays] = useState<readonly WeatherDay[] | 'failed' | undefined>(undefined)
  const key = JSON.stringify(ids)
  useEffect(() => {
    let isShown = true
    loadDays(JSON.parse(key) as SeriesIds, api, Date.now()).then(
      (found) => isShown && setDays(found),
      () => isShown && setDays('failed'),
    )
    return () => {
      isShown = false
    }
  }, [key, api])
  if (days === 'failed') return <p class="fault">{t('weather.failed')}</p>
  const hasSun = ids.sun !== undefined
  return (
    <div class="weather-table-box" aria-busy={days === undefined}>
      <table class="weather-table">
        <caption>{t('weather.days')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('weather.day')}</th>
            <th scope="col">{t('weather.minimum')}</th>
            <th scope="col">{t('weather.maximum')}</th>
            <th scope="col">{t('weather.rain')}</th>
            <th scope="col">{t('weather.windMost')}</th>
            {hasSun && <th scope="col">{t('weather.sun')}</th>}
          </tr>
          <tr class="weather-units">
            <td />
            <td>{t('unit.celsius')}</td>
            <td>{t('unit.celsius')}</td>
            <td>mm</td>
            <td>m/s</td>
            {hasSun && <td>MJ/m²</td>}
          </tr>
        </thead>
        <tbody>
          {(days ?? Array.from({ length: shownDays }, () => undefined)).map((day, index) => (
            <DayRow key={day?.startMs ?? index} day={day} isToday={index === 0} hasSun={hasSun} />
          ))}
        </tbody>
      </table>
      {!hasSun && <p class="quiet weather-note">{t('weather.noSun')}</p>}
    </div>
  )
}

function DayRow(props: { readonly day: WeatherDay | undefined; readonly isToday: boolean; readonly hasSun: boolean }) {
  const { day, isToday, hasSun } = props
  const said = (value: number | undefined): string => (value === undefined ? t('value.none') : numberText(value, 1))
  return (
    <tr>
      <th scope="row">
        {isToday ? t('weather.today') : day === undefined ? '' : monthDay(day.startMs, language.value)}
      </th>
      <td>{said(day?.minC)}</td>
      <td>{said(day?.maxC)}</td>
      <td>{said(day?.rainMm)}</td>
      <td>{said(day?.windMps)}</td>
      {hasSun && <td>{said(day?.sunMj)}</td>}
    </tr>
  )
}
