// Every revision of a rule that a tenant wrote: who, when, and what it said.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { RuleRevision } from '../api/rule-api.ts'
import type { City } from '../city/city.ts'
import { shortTime } from '../format/time.ts'
import { conditionText } from '../rules/rule-words.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, t } from '../text/language.ts'
import { nowMs } from './now.ts'

const actionKeys: Readonly<Record<RuleRevision['action'], TextKey>> = {
  created: 'rule.created',
  changed: 'rule.changed',
  deleted: 'rule.deleted',
}

export function RuleHistory({
  tenant,
  id,
  city,
}: {
  readonly tenant: string
  readonly id: string
  readonly city: City
}) {
  const isOpen = useSignal(false)
  const lines = useSignal<readonly RuleRevision[] | 'failed' | undefined>(undefined)
  useEffect(() => {
    if (!isOpen.value) return
    city.api.rules.history(tenant, id).then(
      (found) => (lines.value = found),
      () => (lines.value = 'failed'),
    )
  }, [isOpen.value, tenant, id])
  const shown = lines.value
  return (
    <details class="alarm-log rule-history" onToggle={(event) => (isOpen.value = event.currentTarget.open)}>
      <summary>{t('rule.history')}</summary>
      {shown === undefined && <p class="quiet">{t('app.loading')}</p>}
      {shown === 'failed' && <p class="fault">{t('rule.failed')}</p>}
      {Array.isArray(shown) && shown.length === 0 && <p class="quiet">{t('rule.noHistory')}</p>}
      {Array.isArray(shown) && (
        <ol>
          {(shown as readonly RuleRevision[]).map(({ revision, action, changedAt, changedBy, comment, rule }) => (
            <li key={revision}>
              <time dateTime={new Date(changedAt).toISOString()}>
                {shortTime(changedAt, nowMs.value, language.value)}
              </time>{' '}
              <b>{t(actionKeys[action])}</b> {changedBy} {comment ?? ''}
              {rule !== null && <span class="quiet"> {conditionText(rule, city)}</span>}
              {rule?.disabled === true && <span class="quiet"> {t('rule.off')}</span>}
            </li>
          ))}
        </ol>
      )}
    </details>
  )
}
