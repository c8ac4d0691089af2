// The gateways page: does every unit and device answer, when did each last send, and what still waits in it.
import '../style/alarms.css'
import '../style/gateways.css'
import '../style/gateway-list.css'
import { type Signal, useSignal } from '@preact/signals'
import type { GatewayItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { gatewayHealth, type GatewayHealth } from '../city/gateway-health.ts'
import {
  chooseGateways,
  fitsFilter,
  type GatewayFilter,
  gatewayFilters,
  type GatewayOrder,
  gatewayOrders,
} from '../city/gateway-list.ts'
import { numberText } from '../format/units.ts'
import { refusalText } from '../format/model-refusal.ts'
import { routeHash } from '../router.ts'
import { ChoiceRow } from '../parts/choice-row.tsx'
import { GatewayState } from '../parts/gateway-state.tsx'
import { stale } from '../parts/stale.ts'
import { StateMark, type MarkName } from '../parts/state-mark.tsx'
import { TimeText } from '../parts/time-text.tsx'
import type { TextKey } from '../text/dictionary.ts'
import { localized, t } from '../text/language.ts'

function Devices({ health }: { readonly health: GatewayHealth }) {
  const { gateway, silentCount, silentDevices } = health
  return (
    <div>
      {t('gateways.count', { n: gateway.devices })}
      {silentCount > 0 && gateway.state === 'online' && (
        <small class="gateway-silent">
          {t('gateways.silent', { n: silentCount })}
          {silentDevices.map(({ id, label }) => (
            <span key={id} class="gateway-silent-name">
              {localized(label)}
            </span>
          ))}
        </small>
      )}
    </div>
  )
}

/** What a gateway that cannot be reached said last is said as that. */
function Outbox({ health }: { readonly health: GatewayHealth }) {
  const { gateway, outboxMessages, isBehind } = health
  if (outboxMessages === null) return t('value.none')
  const text = t('gateways.messages', { n: numberText(outboxMessages, 0) })
  return (
    <div>
      <span class={isBehind ? 'gateway-backlog' : undefined}>{text}</span>
      {gateway.state === 'offline' && <small class="quiet">{t('gateways.asLastSaid')}</small>}
      {gateway.state === 'online' && isBehind && <small class="gateway-backlog">{t('gateways.behind')}</small>}
    </div>
  )
}

/** The sentence first; what the gateway itself said of it stays below, for whoever repairs it. */
function RefusedModels({ gateway: { refusedModels } }: { readonly gateway: GatewayItem }) {
  if (refusedModels.length === 0) return null
  return (
    <small class="gateway-refused">
      {t('gateways.refused', { n: refusedModels.length })}
      {refusedModels.map(({ package: name, reason }) => (
        <span key={name} class="gateway-refusal">
          <b>{name}</b>: {refusalText(reason)}
          <span class="code">{reason}</span>
        </span>
      ))}
    </small>
  )
}

function GatewayRow({ health }: { readonly health: GatewayHealth }) {
  const { gateway } = health
  return (
    <tr data-gateway={gateway.id}>
      <th scope="row" data-label={t('gateways.name')}>
        <a href={routeHash({ view: 'gateway', gateway: gateway.id })}>{localized(gateway.label)}</a>
        <small class="code">{gateway.id}</small>
      </th>
      <td data-label={t('gateways.state')}>
        <GatewayState gateway={gateway} />
      </td>
      <td data-label={t('gateways.lastSeen')}>
        <TimeText timeMs={health.heardMs} />
      </td>
      <td data-label={t('gateways.devices')}>
        <Devices health={health} />
      </td>
      <td data-label={t('gateways.outbox')}>
        <Outbox health={health} />
      </td>
      <td data-label={t('gateways.agent')}>
        <div>
          {gateway.agent ?? t('value.none')}
          {gateway.models.length > 0 && (
            <small class="quiet">
              {t('gateways.models')}: {gateway.models.map(({ id, version }) => `${id} ${version}`).join(', ')}
            </small>
          )}
          <RefusedModels gateway={gateway} />
        </div>
      </td>
    </tr>
  )
}

/** The answer of this page: are all there, do all devices answer, is anything held up. */
function Summary({ all }: { readonly all: readonly GatewayHealth[] }) {
  const online = all.filter(({ gateway }) => gateway.state === 'online')
  const lost = all.filter(({ gateway }) => gateway.state === 'offline' && gateway.reason !== 'shutdown').length
  const silent = online.reduce((sum, { silentCount }) => sum + silentCount, 0)
  const waiting = all.reduce((sum, { outboxMessages }) => sum + (outboxMessages ?? 0), 0)
  const behind = all.some(({ isBehind }) => isBehind)
  const refused = online.reduce((sum, { gateway }) => sum + gateway.refusedModels.length, 0)
  const isWarned = silent > 0 || behind || refused > 0
  const mark: MarkName = stale.value ? 'offline' : lost > 0 ? 'critical' : isWarned ? 'warning' : 'good'
  const title =
    lost > 0
      ? t('gateways.someLost', { n: lost, all: all.length })
      : silent > 0
        ? t('gateways.someSilent', { n: silent })
        : behind
          ? t('gateways.someBehind')
          : refused > 0
            ? t('gateways.someRefused', { n: refused })
            : t('gateways.well')
  return (
    <section class={`answer answer-${mark} gateways-answer`} aria-label={t('gateways.summary')}>
      <div class="answer-head">
        <StateMark name={mark} size={32} />
        <div>
          <p class="answer-title">{title}</p>
          <p class="gateway-facts">
            <span>{t('gateways.onlineCount', { n: online.length, all: all.length })}</span>
            <span class={silent > 0 ? 'gateway-silent' : undefined}>{t('gateways.silentAll', { n: silent })}</span>
            <span class={behind ? 'gateway-backlog' : undefined}>
              {t('gateways.waitingAll', { n: numberText(waiting, 0) })}
            </span>
          </p>
        </div>
      </div>
    </section>
  )
}

function GatewayTable({ all }: { readonly all: readonly GatewayHealth[] }) {
  return (
    <table class="table table-stacked">
      <thead>
        <tr>
          <th scope="col">{t('gateways.name')}</th>
          <th scope="col">{t('gateways.state')}</th>
          <th scope="col">
            {t('gateways.lastSeen')} <small class="column-hint">{t('gateways.lastSeenHint')}</small>
          </th>
          <th scope="col">{t('gateways.devices')}</th>
          <th scope="col">
            {t('gateways.outbox')} <small class="column-hint">{t('gateways.outboxHint')}</small>
          </th>
          <th scope="col">{t('gateways.agent')}</th>
        </tr>
      </thead>
      <tbody>
        {all.map((health) => (
          <GatewayRow key={health.gateway.id} health={health} />
        ))}
      </tbody>
    </table>
  )
}

const filterKeys = {
  all: 'gateways.filter.all',
  needy: 'gateways.filter.needy',
  online: 'gateways.filter.online',
  offline: 'gateways.filter.offline',
} as const satisfies Readonly<Record<GatewayFilter, TextKey>>

const orderKeys = {
  need: 'gateways.order.need',
  name: 'gateways.order.name',
  'silent-longest': 'gateways.order.silent',
  outbox: 'gateways.order.outbox',
} as const satisfies Readonly<Record<GatewayOrder, TextKey>>

/** Of a page; a fleet of hundreds is walked page by page. */
const pageRows = 50

interface Wanted {
  readonly filter: Signal<GatewayFilter>
  readonly order: Signal<GatewayOrder>
  readonly typed: Signal<string>
  readonly page: Signal<number>
}

function ListTools({ all, wanted }: { readonly all: readonly GatewayHealth[]; readonly wanted: Wanted }) {
  const { filter, order, typed, page } = wanted
  return (
    <div class="gateway-tools">
      <ChoiceRow
        label={t('gateways.filter')}
        chosen={filter.value}
        choose={(value) => {
          filter.value = value
          page.value = 0
        }}
        choices={gatewayFilters.map((value) => ({
          value,
          text: t(filterKeys[value]),
          count: all.filter((health) => fitsFilter(health, value)).length,
        }))}
      />
      <label>
        {t('gateways.search')}
        <input
          type="search"
          maxLength={80}
          value={typed.value}
          onInput={(event) => {
            typed.value = event.currentTarget.value
            page.value = 0
          }}
        />
      </label>
      <label>
        {t('gateways.order')}
        <select
          value={order.value}
          onChange={(event) => {
            order.value = gatewayOrders.find((one) => one === event.currentTarget.value) ?? 'need'
            page.value = 0
          }}
        >
          {gatewayOrders.map((value) => (
            <option key={value} value={value}>
              {t(orderKeys[value])}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}

function Pages({ count, page }: { readonly count: number; readonly page: Signal<number> }) {
  const pages = Math.ceil(count / pageRows)
  if (pages < 2) return null
  return (
    <nav class="pages" aria-label={t('gateways.pages')}>
      <button type="button" class="button button-outline" disabled={page.value === 0} onClick={() => (page.value -= 1)}>
        {t('gateways.pageBefore')}
      </button>
      <span role="status">{t('gateways.page', { n: page.value + 1, all: pages })}</span>
      <button
        type="button"
        class="button button-outline"
        disabled={page.value >= pages - 1}
        onClick={() => (page.value += 1)}
      >
        {t('gateways.pageAfter')}
      </button>
    </nav>
  )
}

function Fleet({ all }: { readonly all: readonly GatewayHealth[] }) {
  const wanted: Wanted = {
    filter: useSignal<GatewayFilter>('all'),
    order: useSignal<GatewayOrder>('need'),
    typed: useSignal(''),
    page: useSignal(0),
  }
  const found = chooseGateways(all, {
    filter: wanted.filter.value,
    order: wanted.order.value,
    typed: wanted.typed.value,
    nameOf: ({ gateway }) => localized(gateway.label),
  })
  const page = Math.min(wanted.page.value, Math.max(0, Math.ceil(found.length / pageRows) - 1))
  return (
    <>
      {all.length > 1 && <ListTools all={all} wanted={wanted} />}
      <p class="quiet column-legend">{t('gateways.legend')}</p>
      {found.length === 0 ? (
        <p class="empty">{t('citymap.nothing')}</p>
      ) : (
        <GatewayTable all={found.slice(page * pageRows, (page + 1) * pageRows)} />
      )}
      <Pages count={found.length} page={wanted.page} />
    </>
  )
}

export function Gateways({ city }: { readonly city: City }) {
  const series = city.seriesByGateway.value
  const heard = city.heardMs.value
  const all = city.gateways.value.map((gateway) =>
    gatewayHealth(gateway, series.get(gateway.id) ?? [], heard.get(gateway.id)),
  )
  return (
    <>
      <h1>{t('gateways.title')}</h1>
      <p class="lead">{t('gateways.lead')}</p>
      {all.length === 0 ? (
        <p class="empty">{t(city.loaded.value ? 'gateways.none' : 'app.loading')}</p>
      ) : (
        <>
          <Summary all={all} />
          <Fleet all={all} />
        </>
      )}
    </>
  )
}
