// Putting an alarm or a storm aside for a time, with a reason.
import { useSignal } from '@preact/signals'
import { t } from '../text/language.ts'
import { LengthButtons, type Length } from './length-buttons.tsx'
import { LineField } from './line-field.tsx'

const hourMs = 3_600_000
const lengths: readonly Length[] = [
  { text: 'alarm.shelve1h', lengthMs: hourMs },
  { text: 'alarm.shelve8h', lengthMs: 8 * hourMs },
  { text: 'alarm.shelve1d', lengthMs: 24 * hourMs },
  { text: 'alarm.shelve7d', lengthMs: 7 * 24 * hourMs },
]

/** A shelf has a reason at the hub; whoever gives none says so. */
export function ShelveForm(props: {
  readonly isBusy: boolean
  readonly shelve: (shelf: { readonly untilMs: number; readonly reason: string }) => void
}) {
  const reason = useSignal('')
  const shelve = (lengthMs: number) =>
    props.shelve({ untilMs: Date.now() + lengthMs, reason: reason.value.trim() || t('alarm.noReason') })
  return (
    <fieldset class="alarm-shelf">
      <legend>{t('alarm.shelve')}</legend>
      <p class="quiet">{t('alarm.shelveAbout')}</p>
      <LineField label={t('alarm.reason')} value={reason} maxLength={200} />
      <LengthButtons lengths={lengths} disabled={props.isBusy} choose={shelve} />
    </fieldset>
  )
}
