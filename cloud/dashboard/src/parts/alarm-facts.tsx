// What is known of an alarm beside its title: since when, the value then, who looks after it, and what hangs on it.
import type { AlarmItem } from '../api/shapes.ts'
import { hiddenBehind } from '../city/alarm-groups.ts'
import type { City } from '../city/city.ts'
import { valueText } from '../format/value-text.ts'
import { localized, t } from '../text/language.ts'
import { orderText } from './alarm-order.tsx'
import { TimeText } from './time-text.tsx'

export interface AlarmProps {
  readonly alarm: AlarmItem
  readonly city: City
}

export function progressText({ state, acknowledged, workOrder }: AlarmItem): string {
  if (state === 'cleared') return t(acknowledged ? 'alarm.done' : 'alarm.cleared')
  return t(acknowledged || workOrder !== null ? 'alarm.acknowledged' : 'alarm.open')
}

export function AlarmFacts({ alarm, city }: AlarmProps) {
  const { assignee, acknowledgedBy, comment, occurrence, workOrder } = alarm
  const hides = hiddenBehind(alarm, city.openAlarms.value)
  return (
    <div class="alarm-facts">
      <AlarmTimes alarm={alarm} city={city} />
      {occurrence > 1 && <p class="alarm-times">{t('alarm.times', { n: occurrence })}</p>}
      {hides > 0 && <p class="alarm-hides">{t('alarm.hides', { n: hides })}</p>}
      {workOrder !== null && <p class="alarm-order">{orderText(workOrder)}</p>}
      {assignee !== null && <p class="alarm-assignee">{t('alarm.assignee', { name: assignee })}</p>}
      {acknowledgedBy !== null && assignee !== acknowledgedBy && (
        <p class="alarm-times">{t('alarm.acknowledgedBy', { name: acknowledgedBy })}</p>
      )}
      {comment !== null && <p class="alarm-comment">{comment}</p>}
    </div>
  )
}

function AlarmTimes({ alarm, city }: AlarmProps) {
  const { raisedAt, clearedAt, acknowledgedAt } = alarm
  return (
    <dl class="alarm-times">
      <div>
        <dt>{t('alarm.raised')}</dt>
        <dd>
          <TimeText timeMs={raisedAt} coarse />
        </dd>
      </div>
      {clearedAt !== null && (
        <div>
          <dt>{t('alarm.clearedAt')}</dt>
          <dd>
            <TimeText timeMs={clearedAt} coarse />
          </dd>
        </div>
      )}
      {acknowledgedAt !== null && (
        <div>
          <dt>{t('alarm.acknowledgedAt')}</dt>
          <dd>
            <TimeText timeMs={acknowledgedAt} coarse />
          </dd>
        </div>
      )}
      <AlarmValue alarm={alarm} city={city} />
    </dl>
  )
}

function AlarmValue({ alarm, city }: AlarmProps) {
  const item = alarm.series === null ? undefined : city.latest.value.get(alarm.series)
  if (alarm.value === null || item === undefined) return null
  return (
    <div>
      <dt>{t('alarm.valueThen')}</dt>
      <dd>
        {localized(item.label)} {valueText({ ...item, value: alarm.value })}
      </dd>
    </div>
  )
}
