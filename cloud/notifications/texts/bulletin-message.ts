// What people and programs are told of a bulletin of the disaster broadcast: its own words first, then where and how long.
import type { Message } from '../channels/channel.ts'
import { type BulletinNotice, tellsEnd } from '../notice.ts'
import { fill, type Language } from './dictionary.ts'
import { assembled, type BundlePart, type ComposeSources, linkOf, type Reader, timeText } from './message-parts.ts'
import { cut, oneLine } from './plain-text.ts'

/** Lines of the text that a message holds, and characters of one; the page has the whole. */
const shownLines = 30
const shownCharacters = 1_000
const shownAreas = 20
const page = 'bulletins'

/** One notice. */
export function composeBulletin(notice: BulletinNotice, reader: Reader, sources: ComposeSources): Message {
  const { bulletin, kind } = notice
  const { language } = reader
  const isOver = tellsEnd(notice)
  const facts = factsOf(notice, reader)
  const text = textLines(notice, language)
  const first = fill(isOver ? 'bulletin.cancelled' : 'bulletin.first', language, facts)
  const lines = [
    ...(bulletin.isExercise ? [fill('bulletin.exercise', language)] : []),
    ...text,
    ...(facts.areas === '' ? [] : [fill('bulletin.areas', language, facts)]),
    fill('bulletin.sent', language, facts),
    ...(isOver ? [] : [fill('bulletin.until', language, { time: timeText(bulletin.expiresMs, reader) })]),
    ...(bulletin.link === undefined ? [] : [fill('bulletin.source', language, { link: oneLine(bulletin.link, 500) })]),
  ]
  return assembled({
    subject: fill(`subject.${kind}`, language, facts),
    first,
    lines,
    reader,
    severity: bulletin.severity,
    isOver,
    timeMs: notice.timeMs,
    expiresMs: isOver ? undefined : bulletin.expiresMs,
    thread: bulletin.thread,
    link: linkOf(sources, page),
    shortBody: [first, ...text.slice(0, 3)].join('\n'),
    document: documentOf(notice, sources),
  })
}

/** Its part of a message about several. */
export function bulletinPart(notice: BulletinNotice, reader: Reader, sources: ComposeSources): BundlePart {
  const { bulletin } = notice
  const { language } = reader
  const facts = factsOf(notice, reader)
  const isOver = tellsEnd(notice)
  return {
    thread: bulletin.thread,
    severity: bulletin.severity,
    isOver,
    sinceMs: bulletin.sentMs,
    first: fill('bulletin.first', language, facts),
    item: fill(isOver ? 'bundle.bulletin-over' : 'bundle.bulletin', language, facts),
    data: documentOf(notice, sources)['data'],
  }
}

function factsOf(
  notice: BulletinNotice,
  reader: Reader,
): Readonly<Record<'mark' | 'title' | 'severity' | 'areas' | 'time', string>> {
  const { bulletin } = notice
  const { language } = reader
  const title = oneLine(inLanguage(notice, language).title)
  return {
    mark: fill(bulletin.isExercise ? 'bulletin.mark-exercise' : 'bulletin.mark', language),
    // The mark says so already.
    title: bulletin.isExercise ? title.replace(/^[【[](?:訓練|Exercise|Drill)[】\]]\s*/i, '') : title,
    severity: fill(`severity.${bulletin.severity}`, language),
    areas: bulletin.areas
      .slice(0, shownAreas)
      .map((name) => oneLine(name, 100))
      .join(language === 'ja' ? '、' : ', '),
    time: timeText(bulletin.sentMs, reader),
  }
}

/** Its text in the language of the reader, else in Japanese, else in whichever there is. */
function inLanguage({ bulletin: { texts } }: BulletinNotice, language: Language): { title: string; text: string } {
  const tags = Object.keys(texts)
  const of = (wanted: string) => tags.find((tag) => tag.toLowerCase().split('-')[0] === wanted)
  const tag = of(language) ?? of('ja') ?? tags[0] ?? ''
  return texts[tag] ?? { title: '', text: '' }
}

function textLines(notice: BulletinNotice, language: Language): readonly string[] {
  const { text } = inLanguage(notice, language)
  const lines = text
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => oneLine(line, 500))
    .filter((line) => line !== '')
  let left = shownCharacters
  const shown: string[] = []
  for (const line of lines.slice(0, shownLines)) {
    if (left <= 0) break
    shown.push(cut(line, left))
    left -= line.length
  }
  return shown.length < lines.length ? [...shown, '…'] : shown
}

function documentOf(notice: BulletinNotice, sources: ComposeSources): Readonly<Record<string, unknown>> {
  const { bulletin, kind, key, tenant, timeMs } = notice
  return {
    type: `bulletin.${kind}`,
    timestamp: new Date(timeMs).toISOString(),
    data: {
      notice: key,
      tenant,
      bulletin: {
        id: bulletin.id,
        thread: bulletin.thread,
        severity: bulletin.severity,
        exercise: bulletin.isExercise,
        texts: bulletin.texts,
        areas: bulletin.areas,
        sent: bulletin.sentMs,
        expires: bulletin.expiresMs,
        link: bulletin.link ?? null,
      },
      link: linkOf(sources, page) ?? null,
    },
  }
}
