// Asks the hub that this page came from, without any account.
import type { LocalizedText } from '../../../../broker/contract/documents.ts'
import type { CrowdingDetail, PublicReport } from '../api/generated/hub-client.ts'
import type { HubAnswer } from '../field/sender.ts'
import type { Position } from '../map/geometry.ts'

const sendLimitMs = 60_000
const askLimitMs = 15_000

export type { PublicReport }
export type Spot = Omit<CrowdingDetail, 'settings' | 'calibration'>

export interface PublishedList {
  readonly tenant: string
  readonly kind: 'wifi' | 'shelter' | 'facility' | 'streetlight'
  readonly title: LocalizedText
  readonly places: number
  readonly csv: string
  readonly geojson: string
}

export interface About {
  readonly publisher: { readonly code: string; readonly name: LocalizedText }
  readonly licence: { readonly name: string; readonly address: string }
  readonly lists: readonly PublishedList[]
  readonly series: number
}

export interface PublishedSeries {
  readonly id: string
  readonly title: LocalizedText
  readonly item: LocalizedText
  readonly unit: string | null
  readonly delayMin: number
  readonly roundTo: number | null
  readonly days: { readonly first: string; readonly last: string } | null
}

export interface ListedPlace {
  readonly id: string
  readonly name: string
  readonly position: Position | undefined
}

/** The hub says no, or cannot be reached (`status` 0). */
export class Unanswered extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** `path`: from the root of the hub. */
export function hubAddress(path: string): string {
  return new URL(`../${path}`, document.baseURI).href
}

async function asked<T>(path: string, how: RequestInit = {}): Promise<T> {
  const about = { cache: 'no-store', signal: AbortSignal.timeout(askLimitMs), ...how } as const
  const response = await fetch(hubAddress(path), about).catch((cause: unknown) => {
    throw new Unanswered(0, String(cause))
  })
  if (!response.ok) throw new Unanswered(response.status, path)
  return (await response.json()) as T
}

export const fetchAbout = (): Promise<About> => asked<About>('open-data/about')

export async function fetchSpots(): Promise<readonly Spot[]> {
  return (await asked<{ readonly items: readonly Spot[] }>('open-data/crowding')).items
}

/** A message of the disaster broadcast. */
export interface Bulletin {
  readonly id: string
  readonly status: string
  /** By language tag. */
  readonly texts: Readonly<Record<string, { readonly title: string; readonly text: string }>>
  readonly sent: number
}

export async function fetchBulletins(): Promise<readonly Bulletin[]> {
  return (await asked<{ readonly items: readonly Bulletin[] }>('open-data/bulletins')).items
}

export async function fetchSeries(): Promise<readonly PublishedSeries[]> {
  return (await asked<{ readonly items: readonly PublishedSeries[] }>('open-data/series')).items
}

/** The places of a published list. */
export async function fetchPlaces({ geojson }: PublishedList): Promise<readonly ListedPlace[]> {
  interface Feature {
    readonly id: string
    readonly geometry: { readonly coordinates: readonly [lon: number, lat: number] } | null
    readonly properties: { readonly name: string }
  }
  const path = new URL(geojson).pathname.replace(/^.*(?=open-data\/)/, '')
  const { features } = await asked<{ readonly features: readonly Feature[] }>(path)
  return features.map(({ id, geometry, properties: { name } }) => ({
    id,
    name,
    position: geometry === null ? undefined : { lat: geometry.coordinates[1], lon: geometry.coordinates[0] },
  }))
}

/** Undefined: this city takes no reports by this page. */
export async function fetchBounds(): Promise<
  { readonly south: number; readonly west: number; readonly north: number; readonly east: number } | undefined
> {
  try {
    return (
      await asked<{ readonly bounds: NonNullable<Awaited<ReturnType<typeof fetchBounds>>> }>(
        'api/v1/citizen-reports/form',
      )
    ).bounds
  } catch (thrown) {
    if (thrown instanceof Unanswered && thrown.status === 404) return undefined
    throw thrown
  }
}

/** Undefined: the hub cannot be reached. */
export async function sendReport(
  body: string,
): Promise<{ readonly answer: HubAnswer; readonly number: number | undefined }> {
  try {
    const response = await fetch(hubAddress('api/v1/citizen-reports'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(sendLimitMs),
    })
    const said = (await response.json().catch(() => undefined)) as
      | { readonly code?: string; readonly number?: number }
      | undefined
    // A page of a captive portal is no answer of the hub.
    if (response.ok && typeof said?.number !== 'number') return { answer: undefined, number: undefined }
    return { answer: { status: response.status, code: said?.code }, number: said?.number }
  } catch {
    return { answer: undefined, number: undefined }
  }
}

function posted<T>(path: string, body: object): Promise<T> {
  const headers = { 'content-type': 'application/json' }
  return asked<T>(path, { method: 'POST', headers, body: JSON.stringify(body) })
}

/** Throws `Unanswered`, with 404 where no report has this secret. */
export const fetchStatus = (secret: string): Promise<PublicReport> =>
  posted<PublicReport>('api/v1/citizen-reports/status', { secret })

/** Another photo in place of one that was left out. Throws `Unanswered`: 422 where it is not kept either. */
export async function replacePhoto(secret: string, photo: string): Promise<PublicReport> {
  const headers = { 'content-type': 'application/json' }
  const how = { method: 'POST', headers, body: JSON.stringify({ secret, photo }) }
  return await asked<PublicReport>('api/v1/citizen-reports/photo', { ...how, signal: AbortSignal.timeout(sendLimitMs) })
}

export const withdrawReport = (secret: string): Promise<PublicReport> =>
  posted<PublicReport>('api/v1/citizen-reports/withdraw', { secret })
