// Whether a gateway is connected, and since when.
import type { GatewayItem } from '../api/shapes.ts'
import { shortTime } from '../format/time.ts'
import { language, t } from '../text/language.ts'
import { nowMs } from './now.ts'
import { stale } from './stale.ts'
import { StateMark } from './state-mark.tsx'

export function GatewayState({ gateway }: { readonly gateway: GatewayItem }) {
  const online = gateway.state === 'online'
  const word = online ? 'gateways.online' : gateway.reason === 'shutdown' ? 'gateways.shutdown' : 'gateways.offline'
  return (
    <div class="gateway-state">
      <span class={`badge badge-${stale.value ? 'stale' : online ? 'good' : 'offline'}`}>
        <StateMark name={online ? 'good' : 'offline'} size={16} />
        {stale.value ? t('state.before', { state: t(word) }) : t(word)}
      </span>
      <small class="quiet">
        {t('gateways.since', { time: shortTime(gateway.since, nowMs.value, language.value) })}
      </small>
    </div>
  )
}
