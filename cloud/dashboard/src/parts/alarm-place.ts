// Where an alarm is and what of the place it is about, in words.
import type { AlarmItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { routeHash } from '../router.ts'
import { localized, t } from '../text/language.ts'

export interface Place {
  readonly name: string
  readonly hash: string
}

/** Its site, else its gateway. */
export function placeOf({ site: siteId, gateway: id }: Pick<AlarmItem, 'site' | 'gateway'>, city: City): Place {
  const site = city.sites.value.find((one) => one.id === siteId)
  if (site !== undefined) return { name: localized(site.name), hash: routeHash({ view: 'site', site: site.id }) }
  const gateway = city.gateways.value.find((one) => one.id === id)
  return {
    name: gateway === undefined ? id : localized(gateway.label),
    hash: routeHash({ view: 'gateway', gateway: id }),
  }
}

/** What several alarms have in common: a site, a gateway, or only how many places they are at. */
export function placeOfAll(alarms: readonly AlarmItem[], city: City): Place {
  const [first] = alarms
  if (first === undefined) return { name: '', hash: routeHash({ view: 'overview' }) }
  if (alarms.every(({ site }) => site === first.site)) return placeOf(first, city)
  if (alarms.every(({ gateway }) => gateway === first.gateway)) return placeOf({ ...first, site: null }, city)
  const places = new Set(alarms.map(({ site, gateway }) => site ?? gateway))
  return { name: t('storm.sites', { n: places.size }), hash: routeHash({ view: 'overview' }) }
}

/** The channel, or the silent device, where more than one thing could be meant. */
export function subjectOf(alarm: AlarmItem, city: City): string | undefined {
  const item = alarm.series === null ? undefined : city.latest.value.get(alarm.series)
  if (item !== undefined) return localized(item.label)
  const ofDevice = [...city.latest.value.values()].find(
    ({ gateway, device }) => gateway === alarm.gateway && device === alarm.device,
  )
  return ofDevice === undefined ? undefined : localized(ofDevice.deviceLabel)
}
