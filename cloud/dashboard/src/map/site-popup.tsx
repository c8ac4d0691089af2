// What a marker says when it is chosen: the site, its state, its first values, and the way to its page.
import { useEffect, useRef } from 'preact/hooks'
import type { SiteItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { headlinesOf } from '../city/headline.ts'
import { kindKeys } from '../parts/kind-icon.tsx'
import { StateBadge } from '../parts/state-mark.tsx'
import { routeHash } from '../router.ts'
import { localized, t } from '../text/language.ts'
import { PopupClose } from './popup-close.tsx'
import { PopupValues } from './popup-values.tsx'

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
      <PopupValues headlines={headlines} />
      <a ref={link} class="button" href={routeHash({ view: 'site', site: site.id })}>
        {t('map.open')}
      </a>
    </section>
  )
}
