// People and tenants as the page of people shows and changes them.
import { signal, type ReadonlySignal } from '@preact/signals'
import { HubError, type HubApi } from '../api/hub-api.ts'
import type { NewPersonBody, PersonChangeBody, TenantBody } from '../api/people-api.ts'
import type { PersonItem, TenantItem } from '../api/shapes.ts'
import type { TextKey } from '../text/dictionary.ts'

interface LoadedPeople {
  readonly people: readonly PersonItem[]
  readonly tenants: readonly TenantItem[]
}

/** A secret to hand over. */
interface HandedLink {
  readonly person: string
  readonly name: string
  readonly address: string
  readonly untilMs: number
}

export interface PeopleBook {
  readonly shown: ReadonlySignal<LoadedPeople | 'loading' | 'failed'>
  /** Until it was handed over. */
  readonly link: ReadonlySignal<HandedLink | undefined>
  /** Never rejects. */
  load(): Promise<void>
  /** Each resolves with what is wrong, and shows what holds then. */
  invite(body: NewPersonBody): Promise<TextKey | undefined>
  change(id: string, body: PersonChangeBody): Promise<TextKey | undefined>
  reset(person: PersonItem): Promise<TextKey | undefined>
  remove(id: string): Promise<TextKey | undefined>
  addTenant(body: TenantBody): Promise<TextKey | undefined>
  changeTenant(body: TenantBody): Promise<TextKey | undefined>
  forgetLink(): void
}

export function openPeopleBook(api: Pick<HubApi, 'people' | 'address'>): PeopleBook {
  const shown = signal<LoadedPeople | 'loading' | 'failed'>('loading')
  const link = signal<HandedLink | undefined>(undefined)
  async function load(): Promise<void> {
    try {
      const [people, tenants] = await Promise.all([api.people.list(), api.people.tenants()])
      shown.value = { people, tenants }
    } catch {
      shown.value = 'failed'
    }
  }
  async function done(work: () => Promise<unknown>, isNamed = false): Promise<TextKey | undefined> {
    try {
      await work()
    } catch (thrown) {
      return faultOf(thrown, isNamed)
    }
    await load()
    return undefined
  }
  const hand = (person: string, name: string, given: { readonly link: string; readonly expiresAt: number }): void => {
    const address = `${api.address('sign-in')}#link=${given.link}`
    link.value = { person, name, address, untilMs: given.expiresAt }
  }
  return {
    shown,
    link,
    load,
    invite: (body) => done(async () => hand(body.id, body.name, await api.people.invite(body)), true),
    change: (id, body) => done(() => api.people.change(id, body), body.email !== undefined),
    reset: ({ id, name }) => done(async () => hand(id, name, await api.people.reset(id))),
    remove: (id) => done(() => api.people.remove(id)),
    addTenant: (body) => done(() => api.people.addTenant(body), true),
    changeTenant: (body) => done(() => api.people.changeTenant(body)),
    forgetLink: () => (link.value = undefined),
  }
}

/** A conflict is one about names where names were given, and else about the last admin of the city. */
function faultOf(thrown: unknown, isNamed: boolean): TextKey {
  if (!(thrown instanceof HubError)) return 'people.notSaved'
  if (thrown.code === 'people.conflict') return isNamed ? 'people.known' : 'people.lastAdmin'
  if (thrown.code === 'people.forbidden') return 'people.notYours'
  return 'people.notSaved'
}
