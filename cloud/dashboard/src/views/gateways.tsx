// The gateways page: which unit is connected, when it was last heard, and what still waits in it.
import type { GatewayItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { numberText } from '../format/units.ts'
import { shortTime } from '../format/time.ts'
import { nowMs } from '../parts/now.ts'
import { StateMark } from '../parts/state-mark.tsx'
import { TimeText } from '../parts/time-text.tsx'
import { language, localized, t } from '../text/language.ts'

function GatewayState({ gateway }: { readonly gateway: GatewayItem }) {
  const online = gateway.state === 'online'
  const word = online ? 'gateways.online' : gateway.reason === 'shutdown' ? 'gateways.shutdown' : 'gateways.offline'
  return (
    <div>
      <span class={`badge badge-${online ? 'good' : 'offline'}`}>
        <StateMark name={online ? 'good' : 'offline'} size={16} />
        {t(word)}
      </span>
      <small class="quiet">
        {t('gateways.since', { time: shortTime(gateway.since, nowMs.value, language.value) })}
      </small>
    </div>
  )
}

function GatewayRow({ gateway }: { readonly gateway: GatewayItem }) {
  const depth = gateway.outboxDepth
  return (
    <tr>
      <th scope="row" data-label={t('gateways.name')}>
        {localized(gateway.label)}
        <small class="code">{gateway.id}</small>
      </th>
      <td data-label={t('gateways.state')}>
        <GatewayState gateway={gateway} />
      </td>
      <td data-label={t('gateways.lastSeen')}>
        <TimeText timeMs={gateway.lastSeen} />
      </td>
      <td class="number" data-label={t('gateways.devices')}>
        {t('gateways.count', { n: gateway.devices })}
      </td>
      <td class="number" data-label={t('gateways.outbox')}>
        {depth === null ? t('value.none') : t('gateways.messages', { n: numberText(depth, 0) })}
      </td>
      <td data-label={t('gateways.agent')}>
        <div>
          {gateway.agent ?? t('value.none')}
          {gateway.models.length > 0 && (
            <small class="quiet">
              {t('gateways.models')}: {gateway.models.map(({ id, version }) => `${id} ${version}`).join(', ')}
            </small>
          )}
        </div>
      </td>
    </tr>
  )
}

export function Gateways({ city }: { readonly city: City }) {
  const gateways = city.gateways.value
  return (
    <>
      <h1>{t('gateways.title')}</h1>
      <p class="lead">{t('gateways.lead')}</p>
      {gateways.length === 0 ? (
        <p class="empty">{t(city.loaded.value ? 'gateways.none' : 'app.loading')}</p>
      ) : (
        <table class="table table-stacked">
          <thead>
            <tr>
              <th scope="col">{t('gateways.name')}</th>
              <th scope="col">{t('gateways.state')}</th>
              <th scope="col">{t('gateways.lastSeen')}</th>
              <th scope="col" class="number">
                {t('gateways.devices')}
              </th>
              <th scope="col" class="number">
                {t('gateways.outbox')}
              </th>
              <th scope="col">{t('gateways.agent')}</th>
            </tr>
          </thead>
          <tbody>
            {gateways.map((gateway) => (
              <GatewayRow key={gateway.id} gateway={gateway} />
            ))}
          </tbody>
        </table>
      )}
    </>
  )
}
