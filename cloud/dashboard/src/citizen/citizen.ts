// The state of the citizen's page: which page the address names, the report that is written, and what waits to be sent.
import { computed, signal } from '@preact/signals'
import { systemClock } from '../../../../broker/contract/ports.ts'
import { Sender } from '../field/sender.ts'
import { base64Of, pictureOf } from '../photo/taken-photo.ts'
import {
  bodyOf,
  type Draft,
  newDraft,
  newSecret,
  type OwnReport,
  type ReportKind,
  type WaitingReport,
} from './draft.ts'
import { sendReport } from './hub.ts'
import { type CitizenStorage, passingStorage } from './storage.ts'

export const address = signal('')
export const online = signal(true)
export const draft = signal<Draft | undefined>(undefined)
export const waiting = signal<readonly WaitingReport[]>([])
export const own = signal<readonly OwnReport[]>([])
export const sending = signal(false)
export const toSend = computed(() => waiting.value.filter(({ refused }) => refused === undefined))

const clock = systemClock
let storage: CitizenStorage = passingStorage()
let sender: Sender<WaitingReport>

/** Brings back what the phone has kept, and begins to send. */
export async function openCitizen(opened: CitizenStorage | undefined): Promise<void> {
  if (opened !== undefined) storage = opened
  sender = newSender()
  address.value = location.hash
  window.addEventListener('hashchange', () => (address.value = location.hash))
  online.value = navigator.onLine
  window.addEventListener('online', () => {
    online.value = true
    void sendNow()
  })
  window.addEventListener('offline', () => (online.value = false))
  draft.value = await storage.draft()
  await reload()
  void sendNow()
}

function newSender(): Sender<WaitingReport> {
  const numbers = new Map<string, number>()
  return new Sender<WaitingReport>({
    list: () => storage.waiting(),
    put: (one) => storage.saveWaiting(one),
    sent: ({ id, kind }) => storage.moveToOwn({ id, kind, number: numbers.get(id) ?? 0, sentMs: clock.now() }),
    async post(body) {
      const { secret } = JSON.parse(body) as { readonly secret: string }
      const { answer, number } = await sendReport(body)
      if (number !== undefined) numbers.set(secret, number)
      return answer
    },
    alone,
    changed: () => void reload(),
    clock,
    random: Math.random,
  })
}

/** Over plain HTTP a browser has no locks: two tabs then send the same report twice, which the hub takes once. */
async function alone(work: () => Promise<void>): Promise<void> {
  const { locks } = navigator as { readonly locks?: LockManager }
  if (locks === undefined) return await work()
  await locks.request('musubi-citizen-send', { ifAvailable: true }, async (lock) => {
    if (lock !== null) await work()
  })
}

async function reload(): Promise<void> {
  waiting.value = await storage.waiting()
  own.value = await storage.own()
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

/** A report that was begun goes on, as another kind if so; else a new one begins. */
export async function begin(kind: ReportKind): Promise<void> {
  const { lamp: _lamp, ...known } = draft.value ?? newDraft(kind)
  await keep({ ...known, kind })
  location.hash = '#report'
}

/** It is in the phone's storage when this resolves. */
export async function change(changes: Partial<Draft>): Promise<void> {
  if (draft.value !== undefined) await keep({ ...draft.value, ...changes })
}

async function keep(next: Draft): Promise<void> {
  draft.value = next
  await storage.saveDraft(next)
}

export async function discard(): Promise<void> {
  draft.value = undefined
  await storage.saveDraft(undefined)
}

/** Signs the report off: from then on it is sent as it is, again and again until the hub has it. */
export async function sign(written: Draft): Promise<void> {
  const id = newSecret()
  const photos = []
  for (const photo of written.photos) photos.push(await base64Of(photo))
  const body = JSON.stringify(bodyOf(written, id, photos))
  await storage.sign({ id, kind: written.kind, signedMs: clock.now(), body, attempts: 0 })
  draft.value = undefined
  await reload()
  location.hash = `#status=${id}`
  await sendNow()
}

/** What the hub refused is written on, under a new link; a photo that it cannot read goes. */
export async function mend(refused: WaitingReport): Promise<void> {
  const body = JSON.parse(refused.body) as {
    readonly kind: ReportKind
    readonly text: string
    readonly position: Draft['position']
    readonly photos?: readonly string[]
    readonly contact?: string
  }
  const { kind, text, position, contact = '', photos = [] } = body
  const pictures = refused.refused === 'image.invalid' ? [] : photos.map(pictureOf)
  await keep({ kind, text, contact, photos: pictures, ...(position === undefined ? {} : { position }) })
  await storage.forget(refused.id)
  await reload()
  location.hash = '#report'
}

/** The phone forgets the link; the report stays at the city. */
export async function forget(id: string): Promise<void> {
  await storage.forget(id)
  await reload()
}

/** A link that was opened here is among one's own from then on. */
export async function remember(one: OwnReport): Promise<void> {
  if (own.value.some(({ id }) => id === one.id)) return
  await storage.saveOwn(one)
  await reload()
}
