// How the city's map says what a mark is: the names and signs of its layers, and the words of its states.
import { StateMark } from '../parts/state-mark.tsx'
import { stale } from '../parts/stale.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'
import { layerStrokes } from './mark-images.ts'
import type { LayerId, Mark } from './marks.ts'

export const layerKeys = {
  streetlight: 'layer.streetlight',
  wifi: 'layer.wifi',
  gateway: 'layer.gateway',
  weather: 'layer.weather',
  shelter: 'layer.shelter',
  report: 'layer.report',
} as const satisfies Readonly<Record<LayerId, TextKey>>

export const markStateKeys = {
  critical: 'mark.critical',
  warning: 'mark.warning',
  offline: 'mark.offline',
  good: 'mark.good',
  info: 'mark.info',
} as const satisfies Readonly<Record<Mark['state'], TextKey>>

export function LayerIcon({ layer }: { readonly layer: LayerId }) {
  return (
    <svg class="kind-icon" width="22" height="22" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={layerStrokes[layer]} />
    </svg>
  )
}

export function MarkBadge({ state }: { readonly state: Mark['state'] }) {
  const text = t(markStateKeys[state])
  return (
    <span class={`badge badge-${stale.value ? 'stale' : state}`}>
      <StateMark name={state} size={16} />
      {stale.value ? t('state.before', { state: text }) : text}
    </span>
  )
}
