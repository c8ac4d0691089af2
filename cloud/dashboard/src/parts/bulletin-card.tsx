// One message of the disaster broadcast, in the words of whoever sent it, and the way to call it off.
import { useSignal } from '@preact/signals'
import type { BulletinBody, BulletinItem } from '../api/bulletin-api.ts'
import type { City } from '../city/city.ts'
import { may } from '../city/session.ts'
import { shortTime } from '../format/time.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, t } from '../text/language.ts'
import { severityWords } from './bulletin-words.ts'
import { nowMs } from './now.ts'
import { TimeText } from './time-text.tsx'

const states: Readonly<Record<BulletinItem['state'], TextKey>> = {
  current: 'bulletin.current',
  expired: 'bulletin.expired',
  updated: 'bulletin.updated',
  cancelled: 'bulletin.cancelled',
}

export function BulletinCard(props: {
  readonly item: BulletinItem
  readonly cancellation: BulletinItem | undefined
  readonly city: City
  readonly changed: () => Promise<void>
}) {
  const { item, cancellation, city, changed } = props
  const { tag, title, text } = wordsOf(item)
  const areas = item.areas.map(({ name }) => name).filter((name) => name !== '')
  const isCurrent = item.state === 'current'
  return (
    <li class={`bulletin-card bulletin-${item.severity}${isCurrent ? '' : ' bulletin-over'}`} data-bulletin={item.id}>
      <p class="bulletin-marks">
        {item.status !== 'actual' && (
          <b class="bulletin-mark">{t(item.status === 'exercise' ? 'bulletin.exercise' : 'bulletin.test')}</b>
        )}
        {!isCurrent && (
          <b class="bulletin-mark">{t(item.kind === 'cancel' ? 'bulletin.isCancellation' : states[item.state])}</b>
        )}
        <span class="bulletin-mark">{t(severityWords[item.severity])}</span>
        {!item.public && <span class="bulletin-mark">{t('bulletin.inside')}</span>}
      </p>
      <h2 lang={tag}>{title}</h2>
      {text !== '' && (
        <p class="bulletin-text" lang={tag}>
          {text}
        </p>
      )}
      {areas.length > 0 && <p>{t('bulletin.areas', { areas: areas.join(language.value === 'ja' ? '、' : ', ') })}</p>}
      <p class="quiet">
        {t('bulletin.sent')} <TimeText timeMs={item.sent} coarse />
        {isCurrent && ` · ${t('bulletin.until', { time: shortTime(item.expires, nowMs.value, language.value) })}`}
      </p>
      {item.state === 'cancelled' && item.endedAt !== null && (
        <CalledOff
          atMs={item.endedAt}
          said={cancellation === undefined ? undefined : wordsOf(cancellation)}
          of={title}
        />
      )}
      {item.link !== null && (
        <p>
          <a href={item.link} target="_blank" rel="noreferrer">
            {t('bulletin.source')}
          </a>
        </p>
      )}
      {isCurrent && may('issue-bulletins', item.tenant) && (
        <Cancel item={item} title={title} city={city} changed={changed} />
      )}
    </li>
  )
}

/** When it was called off, and in which words where those are others than its own title. */
function CalledOff(props: {
  readonly atMs: number
  readonly said: ReturnType<typeof wordsOf> | undefined
  readonly of: string
}) {
  const { atMs, said, of } = props
  const words = said === undefined ? [] : [said.title === of ? '' : said.title, said.text].filter((one) => one !== '')
  return (
    <div class="bulletin-called-off">
      <p>
        <b>{t('bulletin.cancelledAt')}</b> <TimeText timeMs={atMs} coarse />
      </p>
      {words.length > 0 && (
        <p class="bulletin-text" lang={said?.tag}>
          {words.join('\n')}
        </p>
      )}
    </div>
  )
}

/** In the language of the page, else in Japanese, else in whichever there is. */
function wordsOf({ texts }: BulletinItem): { readonly tag: string; readonly title: string; readonly text: string } {
  const tags = Object.keys(texts)
  const of = (wanted: string): string | undefined => tags.find((tag) => tag.toLowerCase().split('-')[0] === wanted)
  const tag = of(language.value) ?? of('ja') ?? tags[0] ?? 'ja'
  return { tag, ...(texts[tag] ?? { title: '', text: '' }) }
}

function Cancel(props: {
  readonly item: BulletinItem
  readonly title: string
  readonly city: City
  readonly changed: () => Promise<void>
}) {
  const { item, title, city, changed } = props
  const step = useSignal<'none' | 'asked' | 'busy' | 'failed'>('none')
  async function cancel(): Promise<void> {
    step.value = 'busy'
    const { tenant, id } = item
    const identifier = `cancel-${id.replace('/', '-')}`
    const isPublic = item.public
    const body: BulletinBody = { tenant, identifier, kind: 'cancel', references: [id], status: item.status }
    try {
      await city.api.bulletins.send({ ...body, public: isPublic })
      await changed()
    } catch {
      step.value = 'failed'
    }
  }
  if (step.value === 'none') {
    return (
      <button
        type="button"
        class="button button-outline"
        aria-label={t('bulletin.cancelOf', { title })}
        onClick={() => (step.value = 'asked')}
      >
        {t('bulletin.cancel')}
      </button>
    )
  }
  return (
    <div class="bulletin-acts" role="group" aria-label={t('bulletin.cancelOf', { title })}>
      {step.value === 'failed' && (
        <p class="fault" role="alert">
          {t('bulletin.notDone')}
        </p>
      )}
      <button type="button" class="button" disabled={step.value === 'busy'} onClick={() => void cancel()}>
        {t('bulletin.cancelSure')}
      </button>
      <button type="button" class="button button-outline" onClick={() => (step.value = 'none')}>
        {t('bulletin.keep')}
      </button>
    </div>
  )
}
