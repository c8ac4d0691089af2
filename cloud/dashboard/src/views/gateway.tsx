// One gateway: whether it and its devices are well, live, what can be asked of it from here, and who asked for what.
import '../style/alarms.css'
import '../style/values.css'
import '../style/gateways.css'
import '../style/gateway-state.css'
import '../style/care.css'
import '../style/installation.css'
import '../style/map.css'
import { useEffect, useState } from 'preact/hooks'
import type { GatewayItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { CarePanel } from '../parts/care-panel.tsx'
import { CareRecords } from '../parts/care-records.tsx'
import { GatewayKeeping } from '../parts/gateway-keeping.tsx'
import { GatewaySamples } from '../parts/gateway-samples.tsx'
import { InstallationHistory } from '../parts/installation-history.tsx'
import { RunningSet } from '../parts/running-set.tsx'
import { routeHash } from '../router.ts'
import { localized, t } from '../text/language.ts'
import { GatewayState } from '../parts/gateway-state.tsx'

function GatewayHead({ gateway }: { readonly gateway: GatewayItem }) {
  return (
    <div class="site-head">
      <p>
        <a href={routeHash({ view: 'gateways' })}>{t('gateway.back')}</a>
      </p>
      <div class="site-title">
        <h1>{localized(gateway.label)}</h1>
        <GatewayState gateway={gateway} />
      </div>
      <p class="quiet">
        <span class="code">{gateway.id}</span> {gateway.agent}
      </p>
    </div>
  )
}

export function GatewayPage({ gateway: id, city }: { readonly gateway: string; readonly city: City }) {
  const [care] = useState(() => city.careOf(id))
  useEffect(() => void care.readRecords(), [care])
  const gateway = city.gateways.value.find((item) => item.id === id)
  if (gateway === undefined) {
    return <p class="empty">{t(city.loaded.value ? 'gateway.unknown' : 'app.loading')}</p>
  }
  const series = city.seriesByGateway.value.get(id) ?? []
  return (
    <>
      <GatewayHead gateway={gateway} />
      <GatewaySamples gateway={gateway} series={series} />
      <GatewayKeeping gateway={gateway} series={series} />
      <CarePanel gateway={gateway} care={care} api={city.api} />
      <RunningSet gateway={id} api={city.api} />
      <CareRecords care={care} api={city.api} />
      <InstallationHistory gateway={id} api={city.api} />
    </>
  )
}
