// What a new gateway can be given: profiles, the ways in which each can be connected, and the serial ports that are there.
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import type { LocalizedText } from '../../../broker/contract/documents.ts'
import { listSerialPorts } from '../../../firmware-bridge/discovery/serial-ports.ts'
import { driverRegistry } from '../../../firmware-bridge/drivers/registry.ts'
import { listProfiles, loadProfile } from '../../../firmware-bridge/profile-loader.ts'

/** A way to connect: a driver, and one kind of its settings and addresses. The schemas are JSON Schema. */
interface ConnectionWay {
  readonly type: string
  readonly settings: TSchema
  readonly address: TSchema
}

export interface SetupCatalogue {
  readonly profiles: readonly {
    readonly id: string
    readonly label: LocalizedText
    readonly notes: string | undefined
    readonly channels: readonly LocalizedText[]
    /** Numbers of `ways`. */
    readonly ways: readonly number[]
  }[]
  readonly ways: readonly ConnectionWay[]
  readonly serialPorts: readonly { readonly path: string; readonly about: string | undefined }[]
}

/** Recordings are no device of a field. */
const leftOut = new Set(['replay'])

export async function setupCatalogue(): Promise<SetupCatalogue> {
  const profiles = await Promise.all((await listProfiles()).map(loadProfile))
  const ways: ConnectionWay[] = []
  const byProfile = new Map(profiles.map(({ id }) => [id, [] as number[]]))
  for (const type of driverRegistry.types.filter((known) => !leftOut.has(known))) {
    const schemas = await (await driverRegistry.load(type))?.schemas()
    if (schemas === undefined) continue
    const first = ways.length
    for (const settings of variantsOf(schemas.connection)) {
      for (const address of variantsOf(schemas.address)) ways.push({ type, settings, address })
    }
    for (const profile of profiles.filter((one) => Value.Check(schemas.profile, one))) {
      byProfile.get(profile.id)?.push(...ways.map((_, index) => index).slice(first))
    }
  }
  const ports = await listSerialPorts()
  return {
    profiles: profiles
      .map(({ id, label, notes, channels }) => ({
        id,
        label,
        notes,
        channels: channels.map((channel) => channel.label),
        ways: byProfile.get(id) ?? [],
      }))
      .filter((profile) => profile.ways.length > 0),
    ways,
    serialPorts: ports.map(({ path, stablePath, about }) => ({ path: stablePath ?? path, about })),
  }
}

function variantsOf(schema: TSchema): readonly TSchema[] {
  const { anyOf } = schema as { readonly anyOf?: readonly TSchema[] }
  return anyOf ?? [schema]
}
