// The state of the field page: which step of which work is on the screen, what waits, and what each act changes.
import { computed, signal } from '@preact/signals'
import { systemClock } from '../../../../broker/contract/ports.ts'
import { checksOf, type Draft, type DraftKind, installationOf, neighbour, newDraft, readResult } from './draft.ts'
import type { Facts } from './facts.ts'
import { fetchFacts, postInstallation, SignInNeeded } from './hub.ts'
import { base64Of, pictureOf } from '../photo/taken-photo.ts'
import { Sender, type Waiting } from './sender.ts'
import type { FieldStorage, Sent } from './storage.ts'

export const drafts = signal<readonly Draft[]>([])
export const waiting = signal<readonly Waiting[]>([])
export const sent = signal<readonly Sent[]>([])
export const facts = signal<Facts | undefined>(undefined)
export const online = signal(true)
export const nextTryMs = signal<number | undefined>(undefined)
export const sending = signal(false)
/** The hub takes nothing of this phone before somebody has signed in. */
export const needsSignIn = signal(false)
/** The work on the screen; undefined: the first page. */
export const current = signal<Draft | undefined>(undefined)
/** The report that was just signed off. */
export const finished = signal<string | undefined>(undefined)
/** What a result from the gateway's page was wrong with. */
export const strangeResult = signal<string | undefined>(undefined)
const rememberedWords = signal({ engineer: '', address: '' })

export const toSend = computed(() => waiting.value.filter(({ refused }) => refused === undefined))

const factsLastMs = 6 * 3_600_000

let storage: FieldStorage
let sender: Sender<Waiting>

/** Brings back what the phone has kept, and begins to send. */
export async function openField(opened: FieldStorage): Promise<void> {
  storage = opened
  sender = new Sender<Waiting>({
    list: () => storage.waiting(),
    put: (one) => storage.saveWaiting(one),
    sent: (one) => storage.moveToSent(one, systemClock.now()),
    async post(body) {
      const answer = await postInstallation(body)
      if (answer !== undefined) needsSignIn.value = answer.status === 401
      return answer
    },
    alone: async (work) => {
      await navigator.locks.request('musubi-field-send', { ifAvailable: true }, async (lock) => {
        if (lock !== null) await work()
      })
    },
    changed(nextMs) {
      nextTryMs.value = nextMs
      void reload()
    },
    clock: systemClock,
    random: Math.random,
  })
  online.value = navigator.onLine
  window.addEventListener('online', () => {
    online.value = true
    void sendNow()
    void refreshFacts(factsLastMs)
  })
  window.addEventListener('offline', () => (online.value = false))
  await reload()
  facts.value = await storage.facts()
  rememberedWords.value = { engineer: await storage.word('engineer'), address: await storage.word('address') }
  await takeResult(location.hash)
  window.addEventListener('hashchange', () => void takeResult(location.hash))
  void refreshFacts(factsLastMs)
  void sendNow()
}

async function reload(): Promise<void> {
  drafts.value = await storage.drafts()
  waiting.value = await storage.waiting()
  sent.value = await storage.sent()
}

/** What the hub knows, asked again where it is older than that: a city's worth is some megabytes. */
export async function refreshFacts(olderThanMs: number): Promise<void> {
  const nowMs = systemClock.now()
  const { fetchedMs = 0 } = facts.value ?? {}
  if (nowMs >= fetchedMs && nowMs - fetchedMs < olderThanMs) return
  try {
    const fresh = await fetchFacts(nowMs)
    facts.value = fresh
    await storage.saveFacts(fresh)
    needsSignIn.value = false
  } catch (thrown) {
    // The facts of the last visit stay.
    if (thrown instanceof SignInNeeded) needsSignIn.value = true
  }
}

export async function sendNow(): Promise<void> {
  sending.value = true
  try {
    await sender.send()
  } finally {
    sending.value = false
    await reload()
  }
}

export function beginWork(kind: DraftKind): Promise<void> {
  const { engineer, address } = rememberedWords.value
  const draft = newDraft(kind, { id: crypto.randomUUID(), nowMs: systemClock.now() })
  return save({ ...draft, engineer, address })
}

export function resume(draft: Draft): void {
  current.value = draft
}

export function goHome(): void {
  current.value = undefined
  finished.value = undefined
  strangeResult.value = undefined
}

export async function discard(id: string): Promise<void> {
  await storage.discardDraft(id)
  await reload()
}

/** Changes the work on the screen; it is in the phone's storage when this resolves. */
export async function change(changes: Partial<Draft>): Promise<void> {
  if (current.value !== undefined) await save({ ...current.value, ...changes })
}

/** On to the next step, or back; before the first one is the first page. */
export async function move(by: 1 | -1, changes: Partial<Draft> = {}): Promise<void> {
  const draft = current.value
  if (draft === undefined) return
  strangeResult.value = undefined
  const step = neighbour(draft, by)
  if (step === draft.step && by === -1) {
    await change(changes)
    goHome()
  } else await change({ ...changes, step })
}

async function save(draft: Draft): Promise<void> {
  const changed = { ...draft, changedMs: systemClock.now() }
  current.value = changed
  await storage.saveDraft(changed)
  if (changed.address !== undefined && changed.address !== '') await storage.saveWord('address', changed.address)
  if (changed.engineer !== undefined && changed.engineer !== '') await storage.saveWord('engineer', changed.engineer)
  drafts.value = await storage.drafts()
}

/** Takes the result of the checks out of an address or a text. The work that it belongs to comes to the screen. False: it is none. */
export async function takeResult(text: string): Promise<boolean> {
  if (text === '' || (text.startsWith('#') && !text.startsWith('#result='))) return false
  if (text.startsWith('#')) history.replaceState(null, '', location.pathname)
  const record = readResult(text)
  const gateway = checksOf(record)?.gateway
  if (record === undefined || gateway === undefined) return false
  const own = current.value
  if (own?.gateway !== undefined && own.gateway !== gateway) {
    strangeResult.value = gateway
    return true
  }
  const draft = own ?? drafts.value.find((one) => one.gateway === gateway)
  if (draft !== undefined) await save({ ...draft, gateway, record, step: 'sign' })
  else await beginFromResult(gateway, record)
  return true
}

/** Where the phone opened the way back in another browser than the one it began in: the checks are not lost. */
async function beginFromResult(gateway: string, record: NonNullable<Draft['record']>): Promise<void> {
  const { engineer } = rememberedWords.value
  const draft = newDraft('new', { id: crypto.randomUUID(), nowMs: systemClock.now() })
  await save({ ...draft, gateway, record, engineer, step: 'place' })
}

/** Signs off the work on the screen: from then on it is sent as it is. False: something is missing. */
export async function signOff(draft: Draft): Promise<boolean> {
  const photo = draft.photo === undefined ? undefined : await base64Of(draft.photo)
  const signedOffMs = systemClock.now()
  const body = installationOf(draft, signedOffMs, photo)
  if (body === undefined) return false
  const { id, gateway = '', place } = draft
  await storage.saveWord('engineer', draft.engineer ?? '')
  await storage.signOff(draft, { id, gateway, name: place.name, signedOffMs, body: JSON.stringify(body), attempts: 0 })
  current.value = undefined
  finished.value = id
  await reload()
  void sendNow()
  return true
}

/** What the hub refuses by these codes are the checks or the photo themselves; all else of the report is kept. */
const refusesChecks: ReadonlySet<string | undefined> = new Set(['identity.invalid', 'installation.conflict'])
const refusesPhoto = 'image.invalid'

/** A report that the hub refused is mended, under a new id. What stands at the pole is not photographed again for nothing. */
export async function reopen(refused: Waiting): Promise<void> {
  const body = JSON.parse(refused.body) as {
    readonly kind: DraftKind
    readonly place: Draft['place']
    readonly engineer: string
    readonly note?: string
    readonly replaced?: NonNullable<Draft['replaced']>
    readonly photo?: string
    readonly record: NonNullable<Draft['record']>
  }
  const fresh = newDraft(body.kind, { id: crypto.randomUUID(), nowMs: systemClock.now() })
  const { place, engineer, note, replaced, photo, record } = body
  const draft: Draft = {
    ...fresh,
    step: 'photo',
    gateway: refused.gateway,
    place: { ...place, kind: 'other' },
    engineer,
    address: rememberedWords.value.address,
    ...(note === undefined ? {} : { note }),
    ...(replaced === undefined ? {} : { replaced }),
    ...(photo === undefined || refused.refused === refusesPhoto ? {} : { photo: pictureOf(photo) }),
    ...(refusesChecks.has(refused.refused) ? {} : { record }),
  }
  await storage.reopen(refused, draft)
  await reload()
  current.value = draft
}
