// What a marker says when it is chosen: the site, its state, its first values, and the way to its page.
import { useEffect, useRef } from 'preact/hooks'
import type { SiteItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { headlinesOf } from '../city/headline.ts'
import { valueText } from '../format/value-text.ts'
import { kindKeys } from '../parts/kind-icon.tsx'
import { StateBadge } from '../parts/state-mark.tsx'
import { AgeText } from '../parts/time-text.tsx'
import { routeHash } from '../router.ts'
import { localized, t } from '../text/language.ts'
import { PopupClose } from './popup-close.tsx'

interface PopupProps {
  readonly site: SiteItem
  readonly city: City
  readonly close: () => void
}

export function SitePopup({ site, city, close }: PopupProps) {
  const link = useRef<HTMLAnchorElement>(null)
  useEffect(() => link.current?.focus({ preventScroll: true }), [site.id])
  const headlines = headlinesOf(site.kind, city.seriesBySite.value.get(site.id) ?? [])
  return (
    <section class="popup" aria-label={localized(site.name)}>
      <PopupClose close={close} />
      <p class="popup-kind">{t(kindKeys[site.kind])}</p>
      <p class="popup-name">{localized(site.name)}</p>
      <StateBadge state={site.state} />
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
      <a ref={link} class="button" href={routeHash({ view: 'site', site: site.id })}>
        {t('map.open')}
      </a>
    </section>
  )
}
