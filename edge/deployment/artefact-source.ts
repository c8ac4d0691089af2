// Brings the artefacts of a document into the gateway's own store: from a folder or from the hub, resumed where they broke off.
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import { artefactPath } from '../../broker/contract/deployment-limits.ts'
import type { Artefact } from '../../broker/contract/desired-state.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import type { HubTls } from '../images/hub-requests.ts'
import { Pace } from '../images/pacing.ts'
import { moveTo } from './durable.ts'
import type { FilePort } from './file-port.ts'
import type { SetPlaces } from './set-places.ts'

interface HubFiles {
  /** `https://host:port` */
  readonly url: string
  readonly tls: HubTls
  /** Undefined: no cap. */
  readonly maxBytesPerS: number | undefined
  /** A request on which nothing moves for this long is given up. */
  readonly idleMs: number
}

export interface ArtefactSources {
  readonly files: FilePort
  readonly places: SetPlaces
  /** Folders that may hold artefacts, below `artefacts/`, by their sha-256. */
  readonly folders: readonly string[]
  /** Undefined: nothing is asked of a hub. */
  readonly hub: HubFiles | undefined
  readonly clock: Clock
  /** May go on; false: the hours are over. */
  readonly isOpen: () => boolean
}

/** So much is written to the disk at once. */
const pieceBytes = 262_144

/**
 * Resolves when the store holds it whole, checked and on the medium. Throws `deployment.artefact` (wrong content, or the hub has
 * none), `deployment.disk-full`, `uplink.refused` (try again), `closed` as `WindowClosed`.
 */
export async function bringArtefact(artefact: Artefact, sources: ArtefactSources): Promise<void> {
  const { files, places } = sources
  const place = places.artefact(artefact.sha256)
  if ((await files.sizeOf(place)) === artefact.bytes && (await files.sha256Of(place)) === artefact.sha256) return
  const part = `${place}.part`
  if (!(await copiedFromFolder(artefact, part, sources))) await downloaded(artefact, part, sources)
  await files.syncFile(part)
  await moveTo(files, part, place)
}

/** Fetching stops here until the hours come again; what was fetched stays. */
export class WindowClosed extends Error {}

async function copiedFromFolder(
  artefact: Artefact,
  part: string,
  { files, folders }: ArtefactSources,
): Promise<boolean> {
  for (const folder of folders) {
    const path = join(folder, 'artefacts', artefact.sha256)
    const bytes = (await files.sizeOf(path)) === undefined ? undefined : await files.read(path)
    if (bytes === undefined) continue
    await files.write(part, bytes)
    await checkContent(artefact, part, files)
    return true
  }
  return false
}

/** What was there from an earlier attempt is gone on with; where the whole is wrong then, it is fetched once more from its beginning. */
async function downloaded(artefact: Artefact, part: string, sources: ArtefactSources): Promise<void> {
  const { files, hub } = sources
  if (hub === undefined) {
    throw new AppError('deployment.artefact', `${nameOf(artefact)} (sha-256 ${artefact.sha256}) is not in the folder`)
  }
  const resumed = ((await files.sizeOf(part)) ?? 0) > 0
  await fetchRest(artefact, part, hub, sources)
  try {
    await checkContent(artefact, part, files)
  } catch (thrown) {
    if (!resumed) throw thrown
    await fetchRest(artefact, part, hub, sources)
    await checkContent(artefact, part, files)
  }
}

async function checkContent(artefact: Artefact, part: string, files: FilePort): Promise<void> {
  const { sha256, bytes } = artefact
  const [size, found] = [await files.sizeOf(part), await files.sha256Of(part)]
  if (size === bytes && found === sha256) return
  await files.remove(part)
  const seen = size === bytes ? `sha-256 ${found} instead of ${sha256}` : `${size} bytes instead of ${bytes}`
  throw new AppError('deployment.artefact', `${nameOf(artefact)} is not what was announced: ${seen}`)
}

/** RFC 9110 §14: `Range: bytes=N-`, answered by 206, or by 200 with the whole. */
async function fetchRest(artefact: Artefact, part: string, hub: HubFiles, sources: ArtefactSources): Promise<void> {
  const { files, clock, isOpen } = sources
  const have = (await files.sizeOf(part)) ?? 0
  if (have > artefact.bytes) await files.remove(part)
  const from = have > artefact.bytes ? 0 : have
  if (from === artefact.bytes) return
  if (!isOpen()) throw new WindowClosed()
  const pace = new Pace(hub.maxBytesPerS ?? Number.POSITIVE_INFINITY, clock)
  const agent = new Agent({ keepAlive: false, minVersion: 'TLSv1.2' })
  try {
    const response = await answered(artefact, from, hub, agent)
    if (from > 0 && response.statusCode === 200) await files.remove(part)
    let arrived = response.statusCode === 206 ? from : 0
    for await (const piece of piecesOf(response, Math.min(pieceBytes, pace.portionBytes))) {
      arrived += piece.length
      if (arrived > artefact.bytes)
        throw new AppError('deployment.artefact', `${nameOf(artefact)} is longer than announced`)
      await files.append(part, piece)
      await pace.pass(piece.length)
      if (!isOpen()) throw new WindowClosed()
    }
    if (arrived < artefact.bytes)
      throw new AppError('uplink.refused', `${nameOf(artefact)} broke off at byte ${arrived}`)
  } finally {
    agent.destroy()
  }
}

function answered(artefact: Artefact, from: number, hub: HubFiles, agent: Agent): Promise<IncomingMessage> {
  const { ca, certificate: cert, key } = hub.tls
  const range = from > 0 ? { range: `bytes=${from}-` } : {}
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const asked = request(new URL(artefactPath(artefact.sha256), hub.url), { agent, ca, cert, key, headers: range })
  asked.setTimeout(hub.idleMs, () => asked.destroy(new Error('nothing moved for too long')))
  asked.on('error', (cause) => {
    reject(new AppError('uplink.refused', `the hub cannot be reached: ${cause.message}`, { cause }))
  })
  asked.on('response', (response) => {
    const { statusCode = 0 } = response
    if (statusCode === 200 || (statusCode === 206 && startOf(response) === from)) return resolve(response)
    response.resume()
    const gone = statusCode === 404 || statusCode === 403
    const message = `the hub answers ${statusCode} for ${nameOf(artefact)}`
    reject(new AppError(gone ? 'deployment.artefact' : 'uplink.refused', message))
  })
  asked.end()
  return promise
}

function startOf({ headers }: IncomingMessage): number {
  return Number(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? Number.NaN)
}

/** Pieces of at most `bytes`; a connection that breaks is `uplink.refused`. */
async function* piecesOf(response: IncomingMessage, bytes: number): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of response) {
      for (let at = 0; at < (chunk as Buffer).length; at += bytes) yield (chunk as Buffer).subarray(at, at + bytes)
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new AppError('uplink.refused', `the connection broke while an artefact came: ${why}`, { cause })
  }
}

function nameOf({ kind, id, version }: Artefact): string {
  return `${kind} ${id} ${version}`
}
