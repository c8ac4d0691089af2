// What the marker of several sites says when it is chosen: each of them, worst first, and the way closer.
import { useEffect, useRef } from 'preact/hooks'
import type { SiteItem } from '../api/shapes.ts'
import { sortSites } from '../city/merge.ts'
import { StateBadge } from '../parts/state-mark.tsx'
import { KindIcon } from '../parts/kind-icon.tsx'
import { routeHash } from '../router.ts'
import { localized, t } from '../text/language.ts'
import { PopupClose } from './popup-close.tsx'

interface GroupProps {
  readonly sites: readonly SiteItem[]
  readonly close: () => void
  /** Shows these sites as large as the map can. */
  readonly zoom: () => void
}

export function GroupPopup({ sites, close, zoom }: GroupProps) {
  const list = useRef<HTMLUListElement>(null)
  const ids = sites.map(({ id }) => id).join(' ')
  useEffect(() => list.current?.querySelector('a')?.focus({ preventScroll: true }), [ids])
  const title = t('map.group', { n: sites.length })
  return (
    <section class="popup popup-group" aria-label={title}>
      <PopupClose close={close} />
      <p class="popup-name">{title}</p>
      <ul class="popup-sites" ref={list}>
        {sortSites(sites).map((site) => (
          <li key={site.id}>
            <a href={routeHash({ view: 'site', site: site.id })}>
              <KindIcon kind={site.kind} />
              <span>{localized(site.name)}</span>
              <StateBadge state={site.state} />
            </a>
          </li>
        ))}
      </ul>
      <button type="button" class="button button-outline" onClick={zoom}>
        {t('map.zoomGroup')}
      </button>
    </section>
  )
}
