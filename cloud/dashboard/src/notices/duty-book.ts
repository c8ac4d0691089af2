// Rotas, escalations and who may be on them, as the page of duty shows and changes them.
import { signal, type ReadonlySignal } from '@preact/signals'
import { HubError, type HubApi } from '../api/hub-api.ts'
import type { EscalationBody, PolicyItem, RecipientItem, RotaBody, RotaItem } from '../api/shapes.ts'

interface LoadedDuty {
  readonly rotas: readonly RotaItem[]
  readonly policies: readonly PolicyItem[]
  /** Who may be put on call; none for those who only look. */
  readonly people: readonly RecipientItem[]
}

/** `stale`: somebody else has saved it since it was seen. */
export type Saved = 'done' | 'stale' | 'failed'

export interface DutyBook {
  readonly shown: ReadonlySignal<LoadedDuty | 'loading' | 'failed'>
  /** Never rejects. */
  load(): Promise<void>
  /** Each resolves with what became of it, and shows what holds then. */
  /** `seen`: the revision that was begun from, 0 for a new one. */
  saveRota(tenant: string, id: string, rota: RotaBody, seen: number): Promise<Saved>
  /** Shows what the hub has now. Undefined: it is gone, or the hub does not answer. */
  newestRota(tenant: string, id: string): Promise<RotaItem | undefined>
  removeRota(rota: RotaItem): Promise<boolean>
  /** Of the rota as it is now, so that what somebody else has planned meanwhile stays. */
  changeOverrides(rota: RotaItem, change: (overrides: RotaBody['overrides']) => RotaBody['overrides']): Promise<boolean>
  savePolicy(tenant: string, id: string, policy: EscalationBody, seen: number): Promise<Saved>
  /** As `newestRota`. */
  newestPolicy(tenant: string, id: string): Promise<PolicyItem | undefined>
  removePolicy(policy: PolicyItem): Promise<boolean>
}

export function openDutyBook({ notices }: Pick<HubApi, 'notices'>, mayEdit: boolean): DutyBook {
  const shown = signal<LoadedDuty | 'loading' | 'failed'>('loading')
  async function load(): Promise<void> {
    try {
      const people = mayEdit ? notices.recipients() : Promise.resolve([])
      const all = await Promise.all([notices.rotas(), notices.policies(), people])
      shown.value = { rotas: all[0], policies: all[1], people: all[2] }
    } catch {
      shown.value = 'failed'
    }
  }
  async function done(work: () => Promise<unknown>): Promise<boolean> {
    const isDone = await work().then(
      () => true,
      () => false,
    )
    if (isDone) await load()
    return isDone
  }
  async function saved(work: () => Promise<unknown>): Promise<Saved> {
    try {
      await work()
    } catch (thrown) {
      return thrown instanceof HubError && thrown.code === 'settings.stale' ? 'stale' : 'failed'
    }
    await load()
    return 'done'
  }
  async function newest<Item extends { readonly tenant: string; readonly id: string }>(
    pick: (loaded: LoadedDuty) => readonly Item[],
    of: Pick<Item, 'tenant' | 'id'>,
  ): Promise<Item | undefined> {
    await load()
    const now = shown.value
    return typeof now === 'object'
      ? pick(now).find(({ tenant, id }) => tenant === of.tenant && id === of.id)
      : undefined
  }
  return {
    shown,
    load,
    saveRota: (tenant, id, rota, seen) => saved(() => notices.saveRota(tenant, id, rota, seen)),
    newestRota: (tenant, id) => newest(({ rotas }) => rotas, { tenant, id }),
    removeRota: ({ tenant, id }) => done(() => notices.removeRota(tenant, id)),
    changeOverrides: ({ tenant, id }, change) =>
      done(async () => {
        const there = (await notices.rotas()).find((one) => one.tenant === tenant && one.id === id)
        if (there === undefined) throw new Error('this rota is gone')
        const rota = { ...there.rota, overrides: change(there.rota.overrides) }
        await notices.saveRota(tenant, id, rota, there.revision)
      }),
    savePolicy: (tenant, id, policy, seen) => saved(() => notices.savePolicy(tenant, id, policy, seen)),
    newestPolicy: (tenant, id) => newest(({ policies }) => policies, { tenant, id }),
    removePolicy: ({ tenant, id }) => done(() => notices.removePolicy(tenant, id)),
  }
}

/** Of a field for date and time, in Japan's time whatever the browser's own. Undefined: empty. */
export function japanMs(text: string): number | undefined {
  const ms = Date.parse(`${text}:00+09:00`)
  return Number.isNaN(ms) ? undefined : ms
}

/** `2026-11-23`, in Japan. */
export function japanDate(ms: number): string {
  return new Date(ms + 9 * 3_600_000).toISOString().slice(0, 10)
}

/** `prefix` and what no other of this page has. */
export function newId(prefix: string): string {
  return `${prefix}-${Date.now().toString(36)}`
}

/** Of people who may be on call in a tenant. */
export function ofTenant(people: readonly RecipientItem[], tenant: string): readonly RecipientItem[] {
  return people.filter(({ tenants }) => tenants.includes(tenant) || tenants.includes('*'))
}

/** Of a person in a rota; their id where nobody is called so any more. */
export function nameIn(names: Readonly<Record<string, string>>, id: string): string {
  return names[id] ?? id
}
