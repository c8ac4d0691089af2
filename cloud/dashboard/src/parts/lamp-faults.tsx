// The faults of lamps that were, newest first: when, which, how long, and by which order they were mended.
import { useSignal } from '@preact/signals'
import type { AlarmItem, SiteItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { duration } from '../format/time.ts'
import { language, localized, t } from '../text/language.ts'
import { orderText } from './alarm-order.tsx'
import { subjectOf } from './alarm-place.ts'
import { LoadFault } from './load-fault.tsx'
import { SeverityBadge } from './state-mark.tsx'
import { TimeText } from './time-text.tsx'
import { useAsked } from './use-asked.ts'

const aboutLamp = /:lamp-\d+-/
const mostRows = 20

export function LampFaults({ city, sites }: { readonly city: City; readonly sites: readonly SiteItem[] }) {
  const chosen = useSignal('')
  const ids = sites.map(({ id }) => id).toSorted()
  const site = ids.includes(chosen.value) ? chosen.value : ids[0]
  const load = async (): Promise<readonly AlarmItem[]> => {
    const { items } = await city.api.pastAlarms({ site }, undefined)
    return items.filter(({ series }) => series !== null && aboutLamp.test(series)).slice(0, mostRows)
  }
  const { found, retry } = useAsked(load, site ?? '', 30_000)
  const faults = found.value
  return (
    <section aria-labelledby="faults-title">
      <div class="section-head">
        <h2 id="faults-title">{t('lights.faults')}</h2>
        <label class="map-search">
          {t('lights.cabinet')}
          <select value={site} onChange={(event) => (chosen.value = event.currentTarget.value)}>
            {sites.map(({ id, name }) => (
              <option key={id} value={id}>
                {localized(name)}
              </option>
            ))}
          </select>
        </label>
      </div>
      {faults === 'failed' ? (
        <LoadFault retry={retry} />
      ) : faults === undefined ? (
        <p class="quiet">{t('app.loading')}</p>
      ) : faults.length === 0 ? (
        <p class="empty">{t('lights.noFaults')}</p>
      ) : (
        <Faults faults={faults} city={city} />
      )}
    </section>
  )
}

function Faults({ faults, city }: { readonly faults: readonly AlarmItem[]; readonly city: City }) {
  return (
    <table class="table table-stacked">
      <thead>
        <tr>
          <th scope="col">{t('lights.lamp')}</th>
          <th scope="col">{t('dispatch.reason')}</th>
          <th scope="col">{t('dispatch.since')}</th>
          <th scope="col">{t('lights.lasted')}</th>
          <th scope="col">{t('dispatch.order')}</th>
        </tr>
      </thead>
      <tbody>
        {faults.map((alarm) => (
          <tr key={alarm.id} data-alarm={alarm.id}>
            <th scope="row" data-label={t('lights.lamp')}>
              {subjectOf(alarm, city) ?? t('value.none')}
            </th>
            <td data-label={t('dispatch.reason')}>
              <span>
                <SeverityBadge severity={alarm.severity} /> {localized(alarm.title)}
              </span>
            </td>
            <td data-label={t('dispatch.since')}>
              <TimeText timeMs={alarm.raisedAt} coarse />
            </td>
            <td data-label={t('lights.lasted')}>
              {alarm.clearedAt === null ? t('alarm.open') : duration(alarm.clearedAt - alarm.raisedAt, language.value)}
            </td>
            <td data-label={t('dispatch.order')}>
              {alarm.workOrder === null ? t('dispatch.noOrder') : orderText(alarm.workOrder)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
