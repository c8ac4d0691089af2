// From a bulletin to what people are told of it.
import type { BulletinNotice } from '../notifications/notice.ts'
import { type Bulletin, type BulletinContent, isPressing, noticeSeverityOf, severities } from './bulletin.ts'

/** `ends`: what it updates or cancels. One notice, or one for each thread that it cancels. */
export function noticesOfBulletin(
  bulletin: Bulletin,
  ends: readonly Bulletin[],
  nowMs: number,
): readonly BulletinNotice[] {
  const { tenant, id, kind, revision, content } = bulletin
  const told = kind === 'cancel' ? 'cancelled' : ends.length > 0 ? 'updated' : 'issued'
  const key = `bulletin:${tenant}/${id}:${revision}:${told}`
  const threads = kind === 'cancel' ? [...new Set(ends.map(({ thread }) => thread))] : [bulletin.thread]
  return threads.map((thread, index) => ({
    key: index === 0 ? key : `${key}:${thread}`,
    kind: told,
    timeMs: nowMs,
    tenant,
    bulletin: {
      id: `${tenant}/${id}`,
      thread,
      texts: content.texts,
      isExercise: content.status === 'exercise',
      severity: noticeSeverityOf(content.severity),
      isPressing: isPressing(content),
      areas: [...new Set(content.areas.map(({ name }) => name).filter((name) => name !== ''))],
      sentMs: bulletin.sentMs,
      expiresMs: bulletin.expiresMs,
      link: content.link,
    },
  }))
}

/** A cancellation says in the words of what it cancels what is over, where it has none itself, and is as severe as that was. */
export function wordsOfCancellation(content: BulletinContent, ends: readonly Bulletin[]): BulletinContent {
  const contents = ends.map((one) => one.content)
  const [first] = contents
  const isSilent = Object.keys(content.texts).length === 0
  return {
    ...content,
    severity: severities.find((one) => contents.some((ended) => ended.severity === one)) ?? content.severity,
    texts: isSilent && first !== undefined ? first.texts : content.texts,
    areas: content.areas.length > 0 ? content.areas : contents.flatMap(({ areas }) => areas),
  }
}
