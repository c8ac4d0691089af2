// One installation while it is being made: its steps, what each needs, and what is sent at the end.
import type { CommissioningRecord, SignedRecord } from '../../../../broker/contract/commissioning-record.ts'
import type { SiteKind } from '../../../../broker/contract/documents.ts'

export type DraftKind = 'new' | 'replaced-gateway' | 'replaced-device'
export type Step = 'pick' | 'scan' | 'place' | 'position' | 'devices' | 'photo' | 'local' | 'sign'

interface Place {
  readonly name: string
  readonly kind: SiteKind
  /** Of a place that the hub knows; its history goes on. */
  readonly site?: string
  readonly lat?: number
  readonly lon?: number
  readonly source?: 'gps' | 'map' | 'photo'
  readonly accuracyM?: number
}

/** A device that the gateway's page will ask about. `id`: of one that was there before. */
export interface PlannedDevice {
  readonly profile: string
  readonly id?: string
  readonly name?: string
}

export interface Draft {
  readonly id: string
  readonly kind: DraftKind
  readonly step: Step
  readonly changedMs: number
  /** `{tenant}/{gateway}`, once known. */
  readonly gateway?: string
  /** The text of the label; a secret, which goes to the gateway alone. */
  readonly claim?: string
  readonly place: Place
  readonly devices: readonly PlannedDevice[]
  /** JPEG without metadata. */
  readonly photo?: Blob
  readonly address?: string
  readonly record?: SignedRecord
  readonly engineer?: string
  readonly note?: string
  readonly replaced?: {
    readonly device?: string
    readonly reason?: string
    readonly oldSerial?: string
    readonly newSerial?: string
  }
}

const stepsOf: Readonly<Record<DraftKind, readonly Step[]>> = {
  new: ['scan', 'place', 'position', 'devices', 'photo', 'local', 'sign'],
  'replaced-gateway': ['pick', 'scan', 'place', 'position', 'photo', 'local', 'sign'],
  'replaced-device': ['pick', 'place', 'position', 'photo', 'local', 'sign'],
}

export function newDraft(kind: DraftKind, { id, nowMs }: { readonly id: string; readonly nowMs: number }): Draft {
  const place = { name: '', kind: 'paddy' } as const
  return { id, kind, step: stepsOf[kind][0] ?? 'scan', changedMs: nowMs, place, devices: [] }
}

export function stepNumber({ kind, step }: Draft): { readonly n: number; readonly all: number } {
  return { n: stepsOf[kind].indexOf(step) + 1, all: stepsOf[kind].length }
}

/** The step before or after; the same where there is none. */
export function neighbour({ kind, step }: Draft, by: 1 | -1): Step {
  const steps = stepsOf[kind]
  return steps[steps.indexOf(step) + by] ?? step
}

/** What the gateway says in a record, or undefined for what is none. Only the hub checks its signature. */
export function checksOf(record: SignedRecord | undefined): CommissioningRecord | undefined {
  if (record === undefined) return undefined
  try {
    const checks = JSON.parse(textOfBase64Url(record.record)) as CommissioningRecord
    const marks = [checks.clock.passed, checks.uplink.passed, ...checks.devices.map(({ answered }) => answered)]
    const isWhole = marks.every((mark) => typeof mark === 'boolean')
    const isNamed = checks.devices.every(({ label }) => typeof label.ja === 'string' && typeof label.en === 'string')
    return typeof checks.gateway === 'string' && isWhole && isNamed ? checks : undefined
  } catch {
    return undefined
  }
}

/** The signed record that the gateway's page put into an address or into the clipboard. */
export function readResult(text: string): SignedRecord | undefined {
  try {
    const found = JSON.parse(textOfBase64Url(text.trim().replace(/^.*#?result=/, ''))) as SignedRecord
    const { record, certificate, signature } = found
    const isWhole = [record, certificate, signature].every((part) => typeof part === 'string')
    return isWhole && checksOf(found) !== undefined ? { record, certificate, signature } : undefined
  } catch {
    return undefined
  }
}

/** Checks that have not passed. */
export function openChecks({ clock, uplink, devices }: CommissioningRecord): number {
  const unconfirmed = devices.filter(({ answered, confirmed }) => !answered || confirmed === 'no').length
  return unconfirmed + (clock.passed ? 0 : 1) + (uplink.passed ? 0 : 1)
}

/** The address of the gateway's page with all that it needs, and where it shall lead back. Undefined: `address` is none. */
export function localAddress(draft: Draft, returnTo: string): string | undefined {
  const typed = (draft.address ?? '').trim()
  const url = URL.parse(/^https?:\/\//.test(typed) ? typed : `http://${typed}`)
  if (typed === '' || url === null) return undefined
  if (url.port === '' && !/:\d+$/.test(typed)) url.port = '8480'
  const { place, devices, claim } = draft
  const { lat, lon, name, kind, site } = place
  const position = lat === undefined || lon === undefined ? undefined : { lat, lon }
  const fields = new URLSearchParams({ return: returnTo })
  if (claim !== undefined) fields.set('claim', claim)
  fields.set('plan', base64Url(JSON.stringify({ name, kind, site, position, devices })))
  url.pathname = '/'
  url.hash = fields.toString()
  return url.href
}

/** What `POST /api/v1/installations` takes. Undefined: something is missing still. */
export function installationOf(draft: Draft, signedOff: number, photo: string | undefined): object | undefined {
  const { id, kind, place, record, engineer, note, replaced } = draft
  const { name, lat, lon, source, accuracyM } = place
  if (record === undefined || engineer === undefined || lat === undefined || lon === undefined) return undefined
  return {
    id,
    kind,
    signedOff,
    engineer,
    place: { name, lat, lon, source: source ?? 'map', ...(accuracyM === undefined ? {} : { accuracyM }) },
    record,
    ...(note === undefined || note === '' ? {} : { note }),
    ...(photo === undefined ? {} : { photo }),
    ...(replaced === undefined ? {} : { replaced: filled(replaced) }),
  }
}

function filled(texts: NonNullable<Draft['replaced']>): object {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ''))
}

function textOfBase64Url(text: string): string {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return new TextDecoder().decode(Uint8Array.from(binary, (letter) => letter.codePointAt(0) ?? 0))
}

function base64Url(text: string): string {
  const bytes = new TextEncoder().encode(text)
  const binary = Array.from(bytes, (byte) => String.fromCodePoint(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
