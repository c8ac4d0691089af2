// What the hub advises for a place: what to do first, with the number behind it; what is well and what can't be told quietly below.
import { useEffect, useState } from 'preact/hooks'
import type { HubApi } from '../api/hub-api.ts'
import type { AdviceItem } from '../api/shapes.ts'
import { shortTime } from '../format/time.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, localized, t } from '../text/language.ts'
import { nowMs } from './now.ts'
import { StateMark, type MarkName } from './state-mark.tsx'

const againMs = 60_000

type Need = 'urgent' | 'act' | 'watch'
const needKeys: Readonly<Record<Need, TextKey>> = {
  urgent: 'advice.urgent',
  act: 'advice.act',
  watch: 'advice.watch',
}
const needMarks: Readonly<Record<Need, MarkName>> = { urgent: 'critical', act: 'warning', watch: 'info' }

function isNeed(level: AdviceItem['level']): level is Need {
  return level === 'urgent' || level === 'act' || level === 'watch'
}

/** `without`: the insight whose advice stands elsewhere on the page. */
export function AdviceBoard(props: { readonly site: string; readonly api: HubApi; readonly without?: string }) {
  const { site, api, without } = props
  const all = useAdvice(site, api)
  const items = all === 'failed' ? all : all?.filter(({ insight }) => insight !== without)
  if (items === undefined || (items !== 'failed' && items.length === 0)) return null
  if (items === 'failed') return <p class="quiet">{t('advice.failed')}</p>
  const needed = items.filter(({ level }) => isNeed(level))
  const fine = items.filter(({ level }) => level === 'fine')
  const unknown = items.filter(({ level }) => level === 'unknown')
  return (
    <section class="advice" aria-labelledby="site-advice">
      <h2 id="site-advice">{t('advice.title')}</h2>
      {needed.length === 0 && fine.length > 0 && (
        <p class="advice-none">
          <StateMark name="good" />
          {t('advice.nothingToDo')}
        </p>
      )}
      {needed.length > 0 && (
        <ul class="advice-list">
          {needed.map((item) => (
            <AdviceLine key={item.insight} item={item} />
          ))}
        </ul>
      )}
      <Folded summary={t('advice.fine', { n: fine.length })} items={fine} open={needed.length === 0} />
      <Folded summary={t('advice.unknown', { n: unknown.length })} items={unknown} open={false} />
    </section>
  )
}

function Folded(props: { readonly summary: string; readonly items: readonly AdviceItem[]; readonly open: boolean }) {
  const { summary, items, open } = props
  if (items.length === 0) return null
  return (
    <details class="advice-folded" open={open}>
      <summary>{summary}</summary>
      <ul class="advice-list">
        {items.map((item) => (
          <AdviceLine key={item.insight} item={item} />
        ))}
      </ul>
    </details>
  )
}

function AdviceLine({ item }: { readonly item: AdviceItem }) {
  const { level, text, title, number, sourceText, since, insight } = item
  const time = shortTime(since, nowMs.value, language.value)
  return (
    <li class={`advice-line advice-${level}`} data-insight={insight}>
      {isNeed(level) && (
        <span class="advice-need">
          <StateMark name={needMarks[level]} size={18} />
          {t(needKeys[level])}
        </span>
      )}
      <p class="advice-text">{localized(text)}</p>
      <p class="advice-about">
        <span>{localized(title)}</span>
        {number !== null && (
          <span>
            {localized(number.label)} <b>{numberOf(number)}</b>
          </span>
        )}
        <span>{t('advice.since', { time })}</span>
      </p>
      <details class="advice-source">
        <summary>{t('advice.source')}</summary>
        <p>{localized(sourceText)}</p>
      </details>
    </li>
  )
}

/** Three figures say enough of any of them. */
function numberOf({ value, unit }: NonNullable<AdviceItem['number']>): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : 1
  const tight = unit === '' || unit === '%' || unit === '℃'
  return `${value.toFixed(digits)}${tight ? '' : ' '}${unit}`
}

/** Asked again each minute while the page is open. */
function useAdvice(site: string, api: HubApi): readonly AdviceItem[] | 'failed' | undefined {
  const [items, setItems] = useState<readonly AdviceItem[] | 'failed' | undefined>(undefined)
  useEffect(() => {
    let isShown = true
    const ask = (): void => {
      api.advice(site).then(
        (found) => isShown && setItems(found),
        () => isShown && setItems((known) => known ?? 'failed'),
      )
    }
    ask()
    const timer = setInterval(ask, againMs)
    return () => {
      isShown = false
      clearInterval(timer)
    }
  }, [site, api])
  return items
}
