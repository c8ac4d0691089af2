// Where the sets of a gateway lie on its disk.
import { join } from 'node:path'
import type { Artefact } from '../../broker/contract/desired-state.ts'

/** Below the data folder. */
export function deploymentFolder(dataFolder: string): string {
  return join(dataFolder, 'deployment')
}

export interface SetPlaces {
  /** The pointer: which set runs. */
  readonly state: string
  /** What an offline update is copied into, by `musubi deploy apply`. */
  readonly inbox: string
  readonly artefacts: string
  readonly sets: string
  artefact(sha256: string): string
  /** A folder of this name is a whole set that has been checked. */
  set(revision: number): string
  /** A set that is being made. */
  unfinished(revision: number): string
}

export function placesIn(folder: string): SetPlaces {
  const [artefacts, sets] = [join(folder, 'artefacts'), join(folder, 'sets')]
  return {
    state: join(folder, 'state.json'),
    inbox: join(folder, 'inbox'),
    artefacts,
    sets,
    artefact: (sha256) => join(artefacts, sha256),
    set: (revision) => join(sets, String(revision)),
    unfinished: (revision) => join(sets, `${revision}.part`),
  }
}

/** The signed document inside a set. */
export const documentName = 'desired.json'

/** Of an artefact inside its set, relative. */
export function placeInSet({ kind, id }: Pick<Artefact, 'kind' | 'id'>): string {
  if (kind === 'config') return 'gateway.yaml'
  if (kind === 'agent') return 'agent.tgz'
  if (kind === 'profile') return join('profiles', `${id}.yaml`)
  if (kind === 'model') return join('models', `${id}.tgz`)
  return join('flows', `${id}.json`)
}

/** The document of a gateway on a USB stick and in the inbox. */
export function documentFileName({ tenant, gateway }: { readonly tenant: string; readonly gateway: string }): string {
  return `${tenant}.${gateway}.desired.json`
}
