// One person's settings of notices as their page shows them: each change is saved at once, the newest wins, and a refusal shows what holds.
import { signal, type ReadonlySignal } from '@preact/signals'
import { HubError, type HubApi } from '../api/hub-api.ts'
import type { MyPreferences, NotificationInfo, Preferences, RecipientItem } from '../api/shapes.ts'
import { access } from '../city/session.ts'
import { recipientId } from './recipient.ts'
import { lookAtThisBrowser, type ThisBrowser } from './this-browser.ts'

export interface Browser {
  readonly id: string
  readonly label: string
  readonly created: number
}

/** What the page begins with. */
export interface Loaded {
  readonly info: NotificationInfo
  readonly mine: MyPreferences
  readonly browsers: readonly Browser[]
  readonly here: ThisBrowser
}

/** `nobody`: the hub has nobody to be told. A list: one of these is to be chosen. */
export type Loading = Loaded | 'loading' | 'failed' | 'nobody' | readonly RecipientItem[]

type Outcome = 'saving' | 'saved' | 'failed'

export interface MyNotices {
  readonly shown: ReadonlySignal<Loading>
  /** Of the last change. */
  readonly outcome: ReadonlySignal<Outcome | undefined>
  /** Never rejects. */
  load(): Promise<void>
  /** Shown at once, saved soon. What is undefined is as if it had never been set. */
  change(part: { readonly [Key in keyof Preferences]?: Preferences[Key] | undefined }): void
}

export function openMyNotices(api: HubApi): MyNotices {
  const shown = signal<Loading>('loading')
  const outcome = signal<Outcome | undefined>(undefined)
  /** Bound: one, the newest; owned here, emptied when a save begins. */
  let waiting: Preferences | undefined
  let isSaving = false

  async function load(): Promise<void> {
    try {
      shown.value = (await othersToChoose(api)) ?? (await loadAll(api))
    } catch (thrown) {
      const isUnknown = thrown instanceof HubError && thrown.code === 'not-found'
      shown.value = isUnknown ? await candidates(api) : 'failed'
    }
  }

  function show(change: Partial<MyPreferences>): void {
    const now = shown.value
    if (isLoaded(now)) shown.value = { ...now, mine: { ...now.mine, ...change } }
  }

  async function save(): Promise<void> {
    if (isSaving) return
    isSaving = true
    outcome.value = 'saving'
    try {
      while (waiting !== undefined) {
        const next = waiting
        waiting = undefined
        const answer = await api.notices.save(next)
        if (waiting === undefined) show(answer)
      }
      outcome.value = 'saved'
    } catch {
      waiting = undefined
      outcome.value = 'failed'
      await load()
    } finally {
      isSaving = false
    }
  }

  return {
    shown,
    outcome,
    load,
    change(part) {
      const now = shown.value
      if (!isLoaded(now)) return
      waiting = { ...now.mine.preferences, ...part } as Preferences
      show({ preferences: waiting })
      void save()
    },
  }
}

export function isLoaded(shown: Loading): shown is Loaded {
  return typeof shown === 'object' && 'mine' in shown
}

async function loadAll(api: HubApi): Promise<Loaded> {
  const [info, mine, browsers] = await Promise.all([api.notices.info(), api.notices.mine(), api.notices.browsers()])
  return { info, mine, browsers, here: await lookAtThisBrowser(browsers.map(({ id }) => id)) }
}

/** Where nobody signs in and nobody is chosen yet, those whom this page could be about; undefined: it is known already. */
async function othersToChoose(api: HubApi): Promise<Loading | undefined> {
  if (access.value.state !== 'open' || recipientId() !== undefined) return undefined
  const found = await candidates(api)
  return Array.isArray(found) && found.length === 1 ? undefined : found
}

/** Where nobody signs in, the contacts of the settings. */
async function candidates(api: HubApi): Promise<Loading> {
  try {
    const people = await api.notices.recipients()
    return people.length === 0 ? 'nobody' : people
  } catch (thrown) {
    return thrown instanceof HubError ? 'nobody' : 'failed'
  }
}
