// What the hub knows of its gateways, kept in the phone so that a unit can be replaced where there is no network.
import type { LocalizedText, SiteKind } from '../../../../broker/contract/documents.ts'
import type { PlannedDevice } from './draft.ts'

export interface KnownGateway {
  readonly id: string
  readonly label: LocalizedText
  readonly devices: readonly {
    readonly id: string
    readonly label: LocalizedText
    readonly profile: string | undefined
  }[]
  readonly site:
    | {
        readonly id: string
        readonly kind: SiteKind
        readonly name: LocalizedText
        readonly position: { readonly lat: number; readonly lon: number }
      }
    | undefined
}

export interface Facts {
  /** When the hub said so, Unix ms by the phone's clock. */
  readonly fetchedMs: number
  readonly gateways: readonly KnownGateway[]
}

interface LatestLike {
  readonly gateway: string
  readonly device: string
  readonly deviceLabel: LocalizedText
}

interface SiteLike {
  readonly id: string
  readonly gateway: string
  readonly kind: SiteKind
  readonly name: LocalizedText
  readonly position: { readonly lat: number; readonly lon: number }
}

interface InstallationLike {
  readonly gateway: string
  readonly results: { readonly devices: readonly { readonly id: string; readonly profile: string }[] }
}

/** The gateway itself is no device that anybody replaces on its own. */
const ownDevice = 'gateway'

/** `installations`: newest first. */
export function factsOf(given: {
  readonly gateways: readonly { readonly id: string; readonly label: LocalizedText }[]
  readonly latest: readonly LatestLike[]
  readonly sites: readonly SiteLike[]
  readonly installations: readonly InstallationLike[]
  readonly fetchedMs: number
}): Facts {
  const gateways = given.gateways.map(({ id, label }): KnownGateway => {
    const own = given.latest.filter(({ gateway, device }) => gateway === id && device !== ownDevice)
    const labels = new Map(own.map(({ device, deviceLabel }) => [device, deviceLabel]))
    const last = given.installations.find(({ gateway }) => gateway === id)
    const profiles = new Map(last?.results.devices.map((device) => [device.id, device.profile]))
    const site = given.sites.find(({ gateway }) => gateway === id)
    return {
      id,
      label,
      devices: [...labels].map(([device, text]) => ({ id: device, label: text, profile: profiles.get(device) })),
      site: site && {
        id: site.id.slice(site.id.lastIndexOf('/') + 1),
        kind: site.kind,
        name: site.name,
        position: site.position,
      },
    }
  })
  return { gateways, fetchedMs: given.fetchedMs }
}

/** The devices that a new box shall have under the names of the old one; those whose profile nobody signed are asked again. */
export function plannedDevices({ devices }: KnownGateway): readonly PlannedDevice[] {
  return devices.flatMap(({ id, label, profile }) => (profile === undefined ? [] : [{ id, profile, name: label.ja }]))
}
