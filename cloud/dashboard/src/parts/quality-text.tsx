// The quality of a reading in words, with the reason where it is not good.
import type { LatestItem, Quality } from '../api/shapes.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'
import { stale } from './stale.ts'
import { StateMark } from './state-mark.tsx'

const qualityKeys: Readonly<Record<Quality, TextKey>> = {
  good: 'quality.good',
  uncertain: 'quality.uncertain',
  bad: 'quality.bad',
}
const marks = { good: 'good', uncertain: 'warning', bad: 'critical' } as const

const reasonKeys: Readonly<Record<string, TextKey>> = {
  timeout: 'reason.timeout',
  crc: 'reason.crc',
  frame: 'reason.frame',
  exception: 'reason.exception',
  connection: 'reason.connection',
  range: 'reason.range',
  'sensor-fault': 'reason.sensorFault',
  stale: 'reason.stale',
  reset: 'reason.reset',
  model: 'reason.model',
  image: 'reason.image',
  clock: 'reason.clock',
  unit: 'reason.unit',
}

/** A code that this screen does not know yet is shown as it is. */
export function reasonText(reason: string): string {
  const key = reasonKeys[reason]
  return key === undefined ? reason : t(key)
}

export function QualityText({ item }: { readonly item: Pick<LatestItem, 'quality' | 'reason' | 'time'> }) {
  if (item.time === null) return <span class="quiet">{t('value.none')}</span>
  if (stale.value) {
    return (
      <span class="quality">
        <StateMark name="offline" size={15} />
        {t('quality.before')}
      </span>
    )
  }
  return (
    <span class={`quality quality-${item.quality}`}>
      <StateMark name={marks[item.quality]} size={15} />
      <span>
        {t(qualityKeys[item.quality])}
        {item.reason !== null && item.quality !== 'good' && (
          <small class="quality-reason">{reasonText(item.reason)}</small>
        )}
      </span>
    </span>
  )
}
