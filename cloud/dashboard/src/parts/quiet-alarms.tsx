// Alarms that nobody is told of now: out of the way, with how many there are and why, and each a tap away.
import { useSignal } from '@preact/signals'
import { type AlarmGroups, quietCount } from '../city/alarm-groups.ts'
import type { City } from '../city/city.ts'
import { t } from '../text/language.ts'
import { AlarmCard } from './alarm-card.tsx'
import { quietText } from './quiet-text.ts'

export function QuietAlarms({ groups, city }: { readonly groups: AlarmGroups; readonly city: City }) {
  const isOpen = useSignal(false)
  const count = quietCount(groups)
  if (count === 0) return null
  return (
    <details class="quiet-alarms" onToggle={(event) => (isOpen.value = event.currentTarget.open)}>
      <summary>
        <h2>
          {t('alarms.quiet')} <span class="section-count">{count}</span>
        </h2>
        <span class="quiet-causes">
          {[...groups.quiet].map(([cause, alarms]) => (
            <span key={cause} class="alarm-quiet" data-quiet={cause}>
              {quietText(cause)} {alarms.length}
            </span>
          ))}
        </span>
      </summary>
      {isOpen.value && (
        <div class="alarm-grid">
          {[...groups.quiet.values()].flat().map((alarm) => (
            <AlarmCard key={alarm.id} alarm={alarm} city={city} level={3} />
          ))}
        </div>
      )}
    </details>
  )
}
