// One report while it is being written, and what is sent of it.
import type { Sendable } from '../field/sender.ts'
import type { Position } from '../map/geometry.ts'

export type ReportKind = 'road' | 'street-light' | 'other'

export interface Draft {
  readonly kind: ReportKind
  readonly text: string
  readonly contact: string
  /** JPEG without metadata. */
  readonly photos: readonly Blob[]
  readonly position?: Position
  /** A street light of the city's list. */
  readonly lamp?: { readonly id: string; readonly name: string }
}

export interface WaitingReport extends Sendable {
  readonly kind: ReportKind
  readonly signedMs: number
}

/** A report at the hub: `id` is the secret of its link. */
export interface OwnReport {
  readonly id: string
  readonly kind: ReportKind
  readonly number: number
  readonly sentMs: number
}

/** The hub takes so many. */
export const mostPhotos = 3
export const mostTextLength = 500

export function newDraft(kind: ReportKind): Draft {
  return { kind, text: '', contact: '', photos: [] }
}

/** What is missing before it can be sent. */
export function missingOf({ text, photos, position }: Draft): 'place' | 'what' | undefined {
  if (position === undefined) return 'place'
  return text.trim() === '' && photos.length === 0 ? 'what' : undefined
}

/** 256 random bits, base64url: whoever knows them sees what becomes of the report. */
export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  return btoa(String.fromCodePoint(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** The secret of an address `#status=…`; undefined where it has none. */
export function secretOf(hash: string): string | undefined {
  return /^#status=([A-Za-z0-9_-]{43})$/.exec(hash)?.[1]
}

/** What `POST /api/v1/citizen-reports` takes. */
export function bodyOf(draft: Draft, secret: string, photos: readonly string[]): object {
  const { kind, text, position, lamp, contact } = draft
  return {
    secret,
    kind,
    text: text.trim(),
    position: position && { lat: rounded(position.lat), lon: rounded(position.lon) },
    ...(lamp === undefined ? {} : { lamp: lamp.id }),
    ...(photos.length === 0 ? {} : { photos }),
    ...(contact.trim() === '' ? {} : { contact: contact.trim() }),
  }
}

/** A metre or so: nobody points finer. */
function rounded(degrees: number): number {
  return Number(degrees.toFixed(5))
}
