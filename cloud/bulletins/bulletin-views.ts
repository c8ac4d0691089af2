// Bulletins as the API shows them, and as it takes them from people.
import { randomUUID } from 'node:crypto'
import { AppError } from '../../broker/contract/app-error.ts'
import { type Bulletin, type BulletinArea, type BulletinDraft, type BulletinReference, stateOf } from './bulletin.ts'
import type { BulletinBody, BulletinItem, PublicBulletin, BulletinSource } from './bulletin-schemas.ts'
import { cleanLink, cleanText, cleanTitle } from './formats/clean-text.ts'
import type { SourceState } from './sources/source-book.ts'
import type { SourceSettings } from './sources/source-settings.ts'

export function publicItem(bulletin: Bulletin, nowMs: number): PublicBulletin {
  const { tenant, id, kind, content, sentMs, effectiveMs, expiresMs, thread } = bulletin
  return {
    id: `${tenant}/${id}`,
    tenant,
    kind,
    state: stateOf(bulletin, nowMs),
    ...content,
    categories: [...content.categories],
    areas: content.areas.map(areaItem),
    sent: sentMs,
    effective: effectiveMs,
    expires: expiresMs,
    link: content.link ?? null,
    thread: `${tenant}/${thread}`,
  }
}

export function bulletinItem(bulletin: Bulletin, nowMs: number): BulletinItem {
  const { tenant, source, sender, identifier, revision, receivedMs, isPublic, ended } = bulletin
  return {
    ...publicItem(bulletin, nowMs),
    source,
    sender,
    identifier,
    revision,
    received: receivedMs,
    public: isPublic,
    endedAt: ended?.atMs ?? null,
    endedBy: ended === undefined ? null : `${tenant}/${ended.by}`,
  }
}

/** The address may hold a key of the hub's account there: only its host is told. */
export function sourceItem(source: SourceSettings, state: SourceState): BulletinSource {
  const { polledMs, readMs, failures, nextMs, faults } = state
  return {
    id: source.id,
    tenant: source.tenant,
    name: source.name,
    host: new URL(source.url).host,
    everyS: source.everyS,
    public: source.isPublic,
    push: source.isTold,
    polled: polledMs ?? null,
    read: readMs ?? null,
    failures,
    next: polledMs === undefined ? null : nextMs,
    faults: faults.map(({ timeMs, code, detail, identifier }) => ({ time: timeMs, code, detail, identifier })),
  }
}

/** `references` are those of the body by their names. Throws `payload.schema` for what the schema cannot say. */
export function draftOf(body: BulletinBody, references: readonly BulletinReference[]): BulletinDraft {
  const { kind = 'alert', effective, expires, sent } = body
  const texts = Object.entries(body.texts ?? {}).map(
    ([tag, { title, text }]) => [tag, { title: cleanTitle(title), text: cleanText(text) }] as const,
  )
  const faults: string[] = []
  if (kind !== 'cancel' && texts.length === 0) faults.push('texts: at least one language')
  if (texts.some(([, { title }]) => title === '')) faults.push('texts: a title is empty')
  if (kind !== 'alert' && references.length === 0) faults.push(`references: what is it that this one ${kind}s?`)
  if (expires !== undefined && expires <= (effective ?? sent ?? 0)) faults.push('expires: it is before it begins')
  const link = body.link === undefined ? undefined : cleanLink(body.link)
  if (body.link !== undefined && link === undefined) faults.push('link: no address of a page (https://…)')
  if (faults.length > 0) throw new AppError('payload.schema', faults.join('; '))
  return {
    sender: '',
    identifier: body.identifier ?? randomUUID(),
    kind,
    references,
    content: {
      status: body.status ?? 'actual',
      categories: body.categories ?? [],
      urgency: body.urgency ?? 'unknown',
      severity: body.severity ?? 'unknown',
      certainty: body.certainty ?? 'unknown',
      texts: Object.fromEntries(texts),
      areas: (body.areas ?? []).map(areaOf),
      link,
    },
    sentMs: sent,
    effectiveMs: effective,
    expiresMs: expires,
    changesInPlace: false,
  }
}

function areaItem({ name, polygons, circles, geocodes }: BulletinArea): PublicBulletin['areas'][number] {
  return {
    name,
    ...(polygons === undefined ? {} : { polygons: polygons.map((points) => points.map((point) => [...point])) }),
    ...(circles === undefined ? {} : { circles: [...circles] }),
    ...(geocodes === undefined
      ? {}
      : { geocodes: Object.fromEntries(Object.entries(geocodes).map(([name, codes]) => [name, [...codes]])) }),
  }
}

function areaOf({ name, polygons, ...rest }: PublicBulletin['areas'][number]): BulletinArea {
  const shown = { ...rest, name: cleanTitle(name) }
  if (polygons === undefined) return shown
  return { ...shown, polygons: polygons.map((points) => points.map(([lat = 0, lon = 0]) => [lat, lon] as const)) }
}
