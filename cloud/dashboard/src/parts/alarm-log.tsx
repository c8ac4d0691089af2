// What happened to an alarm, in the order in which it did; loaded when somebody looks.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { AlarmItem, AlarmLogItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { shortTime } from '../format/time.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, t } from '../text/language.ts'
import { orderText } from './alarm-order.tsx'
import { nowMs } from './now.ts'
import { quietText } from './quiet-text.ts'

const actionKeys: Readonly<Record<string, TextKey>> = {
  raised: 'log.raised',
  learnt: 'log.learnt',
  cleared: 'log.cleared',
  acknowledged: 'log.acknowledged',
  shelved: 'log.shelved',
  unshelved: 'log.unshelved',
  suppressed: 'log.suppressed',
  released: 'log.released',
  assigned: 'log.assigned',
  commented: 'log.commented',
  attached: 'log.attached',
  detached: 'log.detached',
  'work-order': 'log.work-order',
}

function actionText(action: string): string {
  const key = actionKeys[action]
  return key === undefined ? action : t(key)
}

/** The hub's own words for what it did itself. */
const ownWords: Readonly<Record<string, TextKey>> = {
  'its time is over': 'log.timeOver',
  'no rule watches it': 'log.noRule',
  'from late readings, after it had ended': 'log.late',
}

/** The hub tells causes, times and states by their codes; what people wrote stays as it is. */
function detailText({ action, detail }: AlarmLogItem): string {
  if (detail === null) return ''
  if (action === 'suppressed' || action === 'released')
    return detail.split(', ').map(quietText).join(t('alarm.listComma'))
  if (action === 'work-order') {
    const [number = '', state = ''] = detail.split(' ')
    return orderText({ id: '', number: Number(number), state })
  }
  const [, until, reason] = /^until (\S+): ([^]*)$/.exec(action === 'shelved' ? detail : '') ?? []
  if (until !== undefined) {
    return `${t('quiet.until', { time: shortTime(Date.parse(until), nowMs.value, language.value) })} ${reason ?? ''}`
  }
  // The detail is the name of its file.
  if (action === 'attached' || action === 'detached') return ''
  const own = ownWords[detail]
  return own === undefined ? detail : t(own)
}

/** `written`: how often this screen has added to it; it is open and loaded again after each. */
export function AlarmLog(props: { readonly alarm: AlarmItem; readonly city: City; readonly written: number }) {
  const { alarm, city, written } = props
  const lines = useSignal<readonly AlarmLogItem[] | 'failed' | undefined>(undefined)
  const isOpen = useSignal(false)
  useEffect(() => {
    if (written > 0) isOpen.value = true
  }, [written])
  useEffect(() => {
    if (!isOpen.value) return
    city.api.handling.log(alarm.id).then(
      (found) => (lines.value = found),
      () => (lines.value = 'failed'),
    )
  }, [isOpen.value, written, alarm, city])
  const shown = lines.value
  return (
    <details class="alarm-log" open={isOpen.value} onToggle={(event) => (isOpen.value = event.currentTarget.open)}>
      <summary>{t('alarm.history')}</summary>
      {shown === undefined && <p class="quiet">{t('app.loading')}</p>}
      {shown === 'failed' && <p class="fault">{t('alarm.historyFailed')}</p>}
      {Array.isArray(shown) && (
        <ol>
          {shown.map((line) => (
            <li key={line.id} data-action={line.action}>
              <time dateTime={new Date(line.time).toISOString()}>
                {shortTime(line.time, nowMs.value, language.value)}
              </time>{' '}
              <b>{actionText(line.action)}</b> {detailText(line)} <span class="quiet">{line.by ?? t('alarm.hub')}</span>
            </li>
          ))}
        </ol>
      )}
    </details>
  )
}
