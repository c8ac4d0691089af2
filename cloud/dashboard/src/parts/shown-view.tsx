// The view that the address names: what stands there while it is fetched, and when it cannot be.
import { useSignalEffect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { City } from '../city/city.ts'
import { route, routeHash } from '../router.ts'
import type { View } from '../routes.ts'
import { t } from '../text/language.ts'
import { LoadFailed } from './load-failed.tsx'
import { loadedViews, loadView } from './view-loading.ts'

export function ShownView({ city }: { readonly city: City }) {
  useSignalEffect(() => void loadView(route.value.view))
  const { view, ...carried } = route.value
  const Loaded = loadedViews.value.get(view)
  if (Loaded === undefined || Loaded === 'loading') return <Skeleton />
  if (Loaded === 'failed') return <Failed view={view} city={city} />
  return <Loaded key={routeHash(route.value)} city={city} at={undefined} {...carried} />
}

/** As high as the window, so that what follows does not move when the view comes. */
function Skeleton() {
  return (
    <div class="skeleton" role="status">
      <span class="visually-hidden">{t('view.loading')}</span>
      <span class="skeleton-title" />
      <span class="skeleton-line" />
      <span class="skeleton-box" />
      <span class="skeleton-box" />
    </div>
  )
}

function Failed({ view, city }: { readonly view: View; readonly city: City }) {
  const isAway = city.connection.value === 'lost' || city.connection.value === 'reconnecting'
  const wasAway = useRef(false)
  useEffect(() => {
    // Back again: a file that was only out of reach is there now.
    if (wasAway.current && !isAway) void loadView(view)
    wasAway.current = isAway
  }, [isAway, view])
  return <LoadFailed isAway={isAway} />
}
