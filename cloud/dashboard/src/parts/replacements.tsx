// What was replaced at a site while its series went on: beside the charts, so that a step in a curve is explained.
import { useEffect, useState } from 'preact/hooks'
import type { HubApi } from '../api/hub-api.ts'
import type { InstallationItem, LatestItem, SiteItem } from '../api/shapes.ts'
import { routeHash } from '../router.ts'
import { t } from '../text/language.ts'
import { whatText } from './installation-history.tsx'
import { TimeText } from './time-text.tsx'

/** The others are on the page of the gateway. */
const mostShown = 3

export function Replacements(props: {
  readonly site: SiteItem
  readonly series: readonly LatestItem[]
  readonly api: HubApi
}) {
  const { site, series, api } = props
  const [items, setItems] = useState<readonly InstallationItem[]>([])
  useEffect(() => {
    let isShown = true
    // Without the list the charts are as good; the page of the gateway says that it cannot be read.
    api.installations(site.gateway).then(
      (found) => isShown && setItems(found),
      () => undefined,
    )
    return () => {
      isShown = false
    }
  }, [site.gateway, api])
  const devices = new Set(series.map(({ device }) => device))
  const here = items.filter(({ kind, replaced }) => kind !== 'new' && isHere(replaced?.device, devices))
  if (here.length === 0) return null
  return (
    <ul class="replacements">
      {here.slice(0, mostShown).map((item) => (
        <li key={item.id}>
          <a href={routeHash({ view: 'gateway', gateway: site.gateway })}>{whatText(item)}</a>{' '}
          <TimeText timeMs={item.signedOff} coarse /> <span class="quiet">{t('installation.goesOn')}</span>
        </li>
      ))}
    </ul>
  )
}

/** A replaced gateway concerns all that it reads. */
function isHere(device: string | undefined, devices: ReadonlySet<string>): boolean {
  return device === undefined || devices.has(device)
}
