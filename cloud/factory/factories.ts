// The factories of a hub, put together: lines with what judges them, yield, parts with their corrections, settings, teaching.
import { AppError } from '../../broker/contract/app-error.ts'
import type { GatewayEvent } from '../../broker/contract/event.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import type { DeviceDescription } from '../../broker/contract/documents.ts'
import { isTimeZone } from '../calendar/local-time.ts'
import { eventId, parseEventId } from '../events/event-id.ts'
import { eventItem } from '../events/event-view.ts'
import { parseSpan } from '../http/time-span.ts'
import type { TenantScope } from '../people/principal.ts'
import type { GatewayRecord, GatewayRegistry } from '../registry/gateway-registry.ts'
import type { EventKey, Store, StoredEvent } from '../store/store.ts'
import type { CorrectionBook } from './correction-book.ts'
import type { FactorySettingsBook } from './factory-settings.ts'
import type {
  FactoryItem,
  LineItem,
  PartItem,
  PartPage,
  PartsQuery,
  YieldQuery,
  YieldReport,
} from './factory-schemas.ts'
import { inspectionsOf, readParts, type StoredPart } from './part-reader.ts'
import type { TeachingItem } from './teaching-schemas.ts'
import { isTeachingStep, teachingState } from './teaching-state.ts'
import { YieldCount } from './yield.ts'

interface FactoryDependencies {
  readonly store: Pick<Store, 'events' | 'event'>
  readonly gateways: Pick<GatewayRegistry, 'get' | 'all'>
  readonly corrections: CorrectionBook
  readonly settings: FactorySettingsBook
  readonly days: { readonly pictures: number; readonly verdicts: number }
  readonly clock: Clock
}

/** Parts that one report counts. Overflow: the older ones are left out, and the report says so. */
const mostCounted = 50_000
/** Parts that one page looks through. Overflow: the page ends, and the next goes on there. */
const mostSearched = 5_000
const dayMs = 86_400_000
/** For so long the steps of a teaching are looked for. */
const teachingDays = 60
const mostSteps = 500

interface Place {
  readonly gateway: GatewayRecord
  /** As its gateway calls it. */
  readonly site: string
}

export class Factories {
  readonly #parts: FactoryDependencies

  constructor(parts: FactoryDependencies) {
    this.#parts = parts
  }

  get corrections(): CorrectionBook {
    return this.#parts.corrections
  }

  get settings(): FactorySettingsBook {
    return this.#parts.settings
  }

  async event(key: EventKey): Promise<StoredEvent | undefined> {
    return await this.#parts.store.event(key)
  }

  /** Sites with an inspection. */
  async list(scope: TenantScope): Promise<FactoryItem[]> {
    const found: FactoryItem[] = []
    for (const gateway of this.#parts.gateways.all()) {
      if (!scope.allowsKey(gateway.id)) continue
      for (const site of gateway.sites.values()) {
        const ids = inspectionsOf(gateway, site.id)
        if (ids.size > 0) found.push(await this.#item(gateway, site, ids))
      }
    }
    return found
  }

  /** Throws `not-found` alike for what is not there and for what the caller may not see. */
  place(site: string, scope: TenantScope): Place {
    const [tenant = '', name = '', ...rest] = site.split('/')
    const gateway = this.#parts.gateways.get(`${tenant}/${name}`)
    const own = rest.join('/')
    if (!scope.allowsKey(site) || gateway?.sites.has(own) !== true) {
      throw new AppError('not-found', `there is no site ${site}`)
    }
    return { gateway, site: own }
  }

  /** An inspection and its gateway. Throws as `place`. */
  line(line: string, scope: TenantScope): { readonly gateway: GatewayRecord; readonly device: DeviceDescription } {
    const [tenant = '', name = '', ...rest] = line.split('/')
    const gateway = this.#parts.gateways.get(`${tenant}/${name}`)
    const device = gateway?.devices.get(rest.join('/'))
    if (!scope.allowsKey(line) || gateway === undefined || device?.profile !== 'inspection') {
      throw new AppError('not-found', `there is no line ${line}`)
    }
    return { gateway, device }
  }

  /** Throws `store.query` for a zone that nobody knows. */
  async yield(site: string, query: YieldQuery, scope: TenantScope): Promise<YieldReport> {
    const { gateway, site: own } = this.place(site, scope)
    const { by = 'hour', zone = 'Asia/Tokyo', line } = query
    if (!isTimeZone(zone)) throw new AppError('store.query', `"${zone}" is no time zone, for example Asia/Tokyo`)
    const { fromMs, toMs } = wholeSpan(query, this.#parts.clock.now())
    const { shifts } = this.settings.get(site).settings
    const counted = new YieldCount({ by, timeZone: zone, shifts })
    const span = { gateway: gateway.id, sources: inspectionsOf(gateway, own, line), fromMs, toMs }
    let count = 0
    for await (const page of readParts(this.#parts, span)) {
      for (const part of page) {
        const { state } = part.event
        if (state === 'pass' || state === 'reject') counted.add(judgedPart(part, state))
      }
      count += page.length
      if (count >= mostCounted) break
    }
    const { defects, ...figures } = counted.figures()
    const bad = figures.total.judged - figures.total.good
    const shares = defects.map((defect) => ({ ...defect, share: defect.count / Math.max(1, bad) }))
    return {
      site,
      from: fromMs,
      to: toMs,
      zone,
      by,
      ...figures,
      groups: [...figures.groups],
      defects: shares,
      isComplete: count < mostCounted,
    }
  }

  async parts(site: string, query: PartsQuery, scope: TenantScope): Promise<PartPage> {
    const { gateway, site: own } = this.place(site, scope)
    const { limit = 60, line, cursor } = query
    const after = cursor === undefined ? undefined : parseEventId(cursor)
    const span = {
      gateway: gateway.id,
      sources: inspectionsOf(gateway, own, line),
      ...wholeSpan(query, this.#parts.clock.now()),
      after,
    }
    const items: PartItem[] = []
    let searched = 0
    for await (const page of readParts(this.#parts, span)) {
      for (const part of page) {
        searched += 1
        if (isWanted(part, query)) items.push(this.#partItem(part))
        if (items.length >= limit || searched >= mostSearched) return { items, next: eventId(part.stored) }
      }
    }
    return { items, next: null }
  }

  /** Where the teaching of another part is; see TeachingItem. Throws as `line`. */
  async teaching(line: string, scope: TenantScope): Promise<TeachingItem> {
    const { gateway, device } = this.line(line, scope)
    const { store, clock, gateways } = this.#parts
    const toMs = Math.ceil(clock.now()) + dayMs
    const about = { gateway: gateway.id, source: device.id, toMs }
    const found = await store.events({
      ...about,
      kind: 'teaching',
      fromMs: toMs - teachingDays * dayMs,
      limit: mostSteps,
    })
    const steps = found.map(({ body }) => JSON.parse(body) as GatewayEvent).filter(isTeachingStep)
    const hasExamples = steps.some(({ detail }) => detail?.['example'] !== undefined)
    if (!hasExamples) return teachingState(line, steps, () => undefined)
    const verdicts = await store.events({ ...about, kind: 'inspection', fromMs: toMs - 3 * dayMs, limit: mostSteps })
    const pictures = new Map(
      verdicts.map((stored) => {
        const { detail, thumbnail } = eventItem(gateways, stored)
        return [String(detail?.['frame'] ?? ''), thumbnail ?? undefined] as const
      }),
    )
    return teachingState(line, steps, (frame) => pictures.get(frame))
  }

  async #item(
    gateway: GatewayRecord,
    { id, name }: { readonly id: string; readonly name: FactoryItem['name'] },
    lines: ReadonlySet<string>,
  ): Promise<FactoryItem> {
    const { days } = this.#parts
    const items = await Promise.all([...lines].map((line) => this.#line(gateway, line)))
    return {
      site: `${gateway.id}/${id}`,
      name,
      gateway: gateway.id,
      isOnline: gateway.state === 'online',
      lines: items,
      pictureDays: days.pictures,
      verdictDays: days.verdicts,
    }
  }

  async #line(gateway: GatewayRecord, id: string): Promise<LineItem> {
    const { store, clock } = this.#parts
    const toMs = Math.ceil(clock.now()) + dayMs
    const wanted = {
      kind: 'inspection',
      gateway: gateway.id,
      source: id,
      fromMs: toMs - 31 * dayMs,
      toMs,
      limit: 1,
    } as const
    const [newest] = await store.events(wanted)
    const event = newest && (JSON.parse(newest.body) as GatewayEvent)
    const described = gateway.birth?.inspections?.find((inspection) => inspection.id === id)
    const offers = (kind: string) =>
      gateway.birth?.commands?.some((offer) => offer.kind === kind && offer.choices?.includes(id) === true) === true
    return {
      id: `${gateway.id}/${id}`,
      label: gateway.devices.get(id)?.label ?? { ja: id, en: id },
      model: event === undefined ? null : { ...event.model, time: event.timeMs },
      taught: described?.taught ?? null,
      pictures: described?.pictures ?? null,
      keeps: described?.keeps ?? null,
      canTeach: offers('teach'),
      canSwitchPictures: offers('pictures'),
    }
  }

  #partItem({ stored, correction }: StoredPart): PartItem {
    const said = correction && {
      judgement: correction.judgement,
      class: correction.class,
      by: correction.by,
      time: correction.timeMs,
    }
    return { ...eventItem(this.#parts.gateways, stored), correction: said ?? null }
  }
}

function wholeSpan(query: { readonly from?: string; readonly to?: string }, nowMs: number) {
  const { fromMs, toMs } = parseSpan(query, nowMs)
  return { fromMs: Math.floor(fromMs), toMs: Math.ceil(toMs) }
}

function judgedPart({ stored, event, correction }: StoredPart, verdict: 'pass' | 'reject') {
  const lot = event.detail?.['lot']
  return {
    timeMs: stored.timeMs,
    verdict,
    class: event.class,
    lot: lot === undefined ? null : String(lot),
    correction,
  }
}

function isWanted({ event, correction }: StoredPart, query: PartsQuery): boolean {
  const { verdict, corrected, minScore = 0, maxScore = 1 } = query
  const { state, score } = event
  if (state !== 'pass' && state !== 'reject') return false
  if (verdict !== undefined && state !== verdict) return false
  if (query.class !== undefined && (correction?.class ?? event.class) !== query.class) return false
  if (corrected === 'yes' && correction === undefined) return false
  if (corrected === 'no' && correction !== undefined) return false
  const isWrong = correction !== undefined && (correction.judgement === 'good') !== (state === 'pass')
  if (corrected === 'wrong' && !isWrong) return false
  const shown = Math.min(1, Math.max(0, score ?? 0))
  return shown >= minScore && shown <= maxScore
}
