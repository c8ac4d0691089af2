// Rotas, escalations and who may be on them, as the page of duty shows and changes them.
import { signal, type ReadonlySignal } from '@preact/signals'
import type { HubApi } from '../api/hub-api.ts'
import type { EscalationBody, PolicyItem, RecipientItem, RotaBody, RotaItem } from '../api/shapes.ts'

interface LoadedDuty {
  readonly rotas: readonly RotaItem[]
  readonly policies: readonly PolicyItem[]
  /** Who may be put on call; none for those who only look. */
  readonly people: readonly RecipientItem[]
}

export interface DutyBook {
  readonly shown: ReadonlySignal<LoadedDuty | 'loading' | 'failed'>
  /** Never rejects. */
  load(): Promise<void>
  /** Each resolves with whether it was done, and shows what holds then. */
  saveRota(tenant: string, id: string, rota: RotaBody): Promise<boolean>
  removeRota(rota: RotaItem): Promise<boolean>
  /** Of the rota as it is now, so that what somebody else has planned meanwhile stays. */
  changeOverrides(rota: RotaItem, change: (overrides: RotaBody['overrides']) => RotaBody['overrides']): Promise<boolean>
  savePolicy(tenant: string, id: string, policy: EscalationBody): Promise<boolean>
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
  return {
    shown,
    load,
    saveRota: (tenant, id, rota) => done(() => notices.saveRota(tenant, id, rota)),
    removeRota: ({ tenant, id }) => done(() => notices.removeRota(tenant, id)),
    changeOverrides: ({ tenant, id }, change) =>
      done(async () => {
        const newest = (await notices.rotas()).find((one) => one.tenant === tenant && one.id === id)
        if (newest === undefined) throw new Error('this rota is gone')
        await notices.saveRota(tenant, id, { ...newest.rota, overrides: change(newest.rota.overrides) })
      }),
    savePolicy: (tenant, id, policy) => done(() => notices.savePolicy(tenant, id, policy)),
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
