// What the engineer told the local page of a new gateway, and the gateway.yaml that follows from it.
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { stringify } from 'yaml'
import { AppError } from '../../../broker/contract/app-error.ts'
import { siteKinds } from '../../../broker/contract/documents.ts'
import type { GatewayIdentity } from '../../../broker/contract/topics.ts'

const strict = { additionalProperties: false } as const
const Name = Type.String({ minLength: 1, maxLength: 80 })

const DraftDevice = Type.Object(
  {
    /** Of a device that is replaced: its series go on. Absent: made from the profile. */
    id: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' })),
    name: Type.Optional(Name),
    profile: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,47}$' }),
    /** Of the driver. */
    type: Type.String({ maxLength: 64 }),
    settings: Type.Record(Type.String({ maxLength: 64 }), Type.Unknown()),
    address: Type.Record(Type.String({ maxLength: 64 }), Type.Unknown()),
    intervalS: Type.Number({ minimum: 1, maximum: 86_400 }),
  },
  strict,
)

export const SetupDraft = Type.Object(
  {
    name: Name,
    /** Absent: as `name`. */
    nameEn: Type.Optional(Name),
    kind: Type.Enum([...siteKinds]),
    /** Of a site that was there before: its history goes on. */
    site: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' })),
    position: Type.Object(
      { lat: Type.Number({ minimum: -90, maximum: 90 }), lon: Type.Number({ minimum: -180, maximum: 180 }) },
      strict,
    ),
    devices: Type.Array(DraftDevice, { maxItems: 200 }),
  },
  strict,
)
export type SetupDraft = Static<typeof SetupDraft>

/** Throws `payload.schema` naming the first fault. */
export function readDraft(value: unknown): SetupDraft {
  const [fault] = Value.Errors(SetupDraft, value)
  if (fault === undefined) return value as SetupDraft
  throw new AppError('payload.schema', `${fault.instancePath === '' ? '/' : fault.instancePath} ${fault.message}`)
}

export interface SetupBase {
  readonly identity: GatewayIdentity
  readonly hub: object
  /** Undefined: not chosen yet. */
  readonly localPage: { readonly port: number; readonly host: string; readonly code: string } | undefined
}

/** The text of gateway.yaml. Devices on the same bus share one connection. */
export function configurationText(draft: SetupDraft, { identity, hub, localPage }: SetupBase): string {
  const name = { ja: draft.name, en: draft.nameEn ?? draft.name }
  const site = draft.site ?? 'site-1'
  const buses = new Map<string, { readonly id: string; readonly type: string }>()
  const taken = new Set(draft.devices.map(({ id }) => id))
  const devices = draft.devices.map((device) => {
    const { profile, type, settings, address, intervalS } = device
    const key = JSON.stringify([type, Object.entries(settings).toSorted(([a], [b]) => (a < b ? -1 : 1))])
    const bus = buses.get(key) ?? { id: `bus-${buses.size + 1}`, type, ...settings }
    buses.set(key, bus)
    const id = device.id ?? freeId(profile, taken)
    const label = device.name === undefined ? {} : { label: { ja: device.name, en: device.name } }
    return { id, site, connection: bus.id, profile, address, intervalS, ...label }
  })
  return stringify({
    ...identity,
    label: name,
    data: './data',
    hub,
    ...(localPage === undefined ? {} : { localPage }),
    sites: [{ id: site, kind: draft.kind, name, position: draft.position }],
    connections: [...buses.values()],
    devices,
  })
}

function freeId(profile: string, taken: Set<string | undefined>): string {
  for (let number = 1; ; number += 1) {
    const id = `${profile}-${number}`
    if (taken.has(id)) continue
    taken.add(id)
    return id
  }
}
