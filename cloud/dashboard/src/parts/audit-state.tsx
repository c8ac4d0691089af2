// Whether the audit log is whole, said first.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { PeopleApi } from '../api/people-api.ts'
import type { City } from '../city/city.ts'
import { dateTime } from '../format/time.ts'
import { language, t } from '../text/language.ts'

type Check = Awaited<ReturnType<PeopleApi['auditCheck']>>

export function AuditState({ city }: { readonly city: City }) {
  const check = useSignal<Check | 'failed' | undefined>(undefined)
  useEffect(() => {
    const load = async (): Promise<void> => {
      check.value = await city.api.people.auditCheck().catch(() => 'failed' as const)
    }
    void load()
  }, [city])
  const found = check.value
  if (found === undefined) return <p class="audit-state quiet">{t('audit.checking')}</p>
  if (found === 'failed') return <p class="audit-state warn">{t('audit.notChecked')}</p>
  const { ok, checkedAt, rows, head } = found
  if (!ok) {
    return (
      <p class="audit-state fault" role="alert">
        {rows > 0 ? t('audit.broken', { n: rows }) : t('audit.brokenSomewhere')}
      </p>
    )
  }
  return (
    <div class="audit-state audit-whole" role="status">
      <p>
        {t('audit.whole', { time: dateTime(checkedAt, language.value) })}
        {rows > 0 && ` ${t('audit.wholeRows', { n: rows })}`}
      </p>
      {head !== null && <small class="code">{t('audit.head', { hash: head })}</small>}
    </div>
  )
}
