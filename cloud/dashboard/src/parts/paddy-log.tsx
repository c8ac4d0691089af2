// What the hub advised for a paddy before, newest first: when it began to say something, and what.
import { useEffect, useState } from 'preact/hooks'
import type { AdviceLogItem } from '../api/farm-api.ts'
import type { HubApi } from '../api/hub-api.ts'
import { dateTime, shortTime } from '../format/time.ts'
import { language, localized, t } from '../text/language.ts'
import { nowMs } from './now.ts'

const shownLines = 8
const askedLines = 60

export function PaddyLog({ site, api }: { readonly site: string; readonly api: HubApi }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details class="paddy-log" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>{t('adviceLog.title')}</h2>
      </summary>
      {isOpen && <Lines site={site} api={api} />}
    </details>
  )
}

function Lines({ site, api }: { readonly site: string; readonly api: HubApi }) {
  const [items, setItems] = useState<readonly AdviceLogItem[] | 'failed' | undefined>(undefined)
  const [most, setMost] = useState(shownLines)
  useEffect(() => {
    let isShown = true
    api.farm.adviceLog(site, askedLines).then(
      (found) => isShown && setItems(found),
      () => isShown && setItems('failed'),
    )
    return () => {
      isShown = false
    }
  }, [site, api])
  if (items === undefined) return <p class="quiet">{t('app.loading')}</p>
  if (items === 'failed') return <p class="fault">{t('adviceLog.failed')}</p>
  const said = items.flatMap(({ advice, time, insight }) => (advice === null ? [] : [{ advice, time, insight }]))
  if (said.length === 0) return <p class="quiet">{t('adviceLog.none')}</p>
  return (
    <>
      <ol class="paddy-log-list">
        {said.slice(0, most).map(({ advice, time, insight }) => (
          <li key={`${insight} ${time}`}>
            <time dateTime={new Date(time).toISOString()} title={dateTime(time, language.value)}>
              {shortTime(time, nowMs.value, language.value)}
            </time>
            <p>{localized(advice.text)}</p>
          </li>
        ))}
      </ol>
      {said.length > most && (
        <button type="button" class="button button-outline" onClick={() => setMost(askedLines)}>
          {t('adviceLog.more', { n: said.length - most })}
        </button>
      )}
    </>
  )
}
