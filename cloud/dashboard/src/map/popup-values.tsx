// The values that stand for a place, in what stands over the map.
import type { Headline } from '../city/headline.ts'
import { valueText } from '../format/value-text.ts'
import { AgeText } from '../parts/time-text.tsx'
import { localized, t } from '../text/language.ts'

export function PopupValues({ headlines }: { readonly headlines: readonly Headline[] }) {
  return (
    <dl class="popup-values">
      {headlines.map(({ item, labelKey }) => (
        <div key={item.series}>
          <dt>{labelKey === undefined ? localized(item.label) : t(labelKey)}</dt>
          <dd>
            <b class={`value-${item.quality}`}>{valueText(item)}</b> <AgeText timeMs={item.time} />
          </dd>
        </div>
      ))}
    </dl>
  )
}
