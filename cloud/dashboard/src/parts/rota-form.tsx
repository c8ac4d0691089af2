// A rota as a form: who takes turns, from when, and who else on days off and in office hours.
import { type Signal, useSignal } from '@preact/signals'
import type { RecipientItem, RotaBody, RotaItem } from '../api/shapes.ts'
import { type DutyBook, japanDate, newId, ofTenant } from '../notices/duty-book.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'
import { FormEnd } from './form-end.tsx'
import { PersonOrder } from './person-order.tsx'
import { useRevisedDraft } from './use-revised-draft.ts'

interface RotaFormProps {
  /** Undefined: a new one. */
  readonly rota: RotaItem | undefined
  readonly tenants: readonly string[]
  readonly people: readonly RecipientItem[]
  readonly book: DutyBook
  readonly close: () => void
}

const officeUsual = { from: '08:30', to: '17:15' }

/** All that can be typed, before it is a rota. */
interface Draft {
  readonly name: string
  readonly startDate: string
  readonly handOver: string
  readonly weekly: readonly string[]
  readonly hasDaysOff: boolean
  readonly daysOff: readonly string[]
  readonly closed: string
  readonly hasOffice: boolean
  readonly office: readonly string[]
  readonly officeFrom: string
  readonly officeTo: string
}

function draftOf(rota: RotaBody | undefined): Draft {
  return {
    name: rota?.name ?? '',
    startDate: rota?.startDate ?? japanDate(Date.now()),
    handOver: rota?.handOver ?? '09:00',
    weekly: rota?.weekly ?? [],
    hasDaysOff: rota?.daysOff !== undefined,
    daysOff: rota?.daysOff?.people ?? [],
    closed: (rota?.daysOff?.closed ?? ['12-29', '12-30', '12-31', '01-02', '01-03']).join(' '),
    hasOffice: rota?.officeHours !== undefined,
    office: rota?.officeHours?.people ?? [],
    officeFrom: rota?.officeHours?.from ?? officeUsual.from,
    officeTo: rota?.officeHours?.to ?? officeUsual.to,
  }
}

/** The rota, or what is wrong with the draft. */
function rotaOf(draft: Draft, before: RotaBody | undefined): RotaBody | TextKey {
  const closed = draft.closed.split(/[\s,、]+/).filter((one) => one !== '')
  const isEmpty = (list: readonly string[], isUsed = true): boolean => isUsed && list.length === 0
  const isMissing =
    draft.name.trim() === '' ||
    draft.startDate === '' ||
    draft.handOver === '' ||
    isEmpty(draft.weekly) ||
    isEmpty(draft.daysOff, draft.hasDaysOff) ||
    isEmpty(draft.office, draft.hasOffice)
  if (isMissing) return 'duty.missing'
  if (draft.hasDaysOff && closed.some((one) => !/^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$/.test(one))) {
    return 'rota.wrongClosed'
  }
  if (draft.hasOffice && draft.officeFrom >= draft.officeTo) return 'duty.wrongSpan'
  return {
    name: draft.name.trim(),
    timeZone: before?.timeZone ?? 'Asia/Tokyo',
    startDate: draft.startDate,
    handOver: draft.handOver,
    weekly: [...draft.weekly],
    ...(draft.hasDaysOff ? { daysOff: { people: [...draft.daysOff], closed } } : {}),
    ...(draft.hasOffice
      ? { officeHours: { from: draft.officeFrom, to: draft.officeTo, people: [...draft.office] } }
      : {}),
    overrides: before?.overrides ?? [],
  }
}

export function RotaForm({ rota, tenants, people, book, close }: RotaFormProps) {
  const tenant = useSignal(rota?.tenant ?? tenants[0] ?? '')
  const { draft, fault, stale, submit } = useRevisedDraft({
    item: rota,
    draftOf: (item) => draftOf(item?.rota),
    bodyOf: (made, before) => rotaOf(made, before?.rota),
    save: (body, seen) => book.saveRota(tenant.value, rota?.id ?? newId('rota'), body, seen),
    newest: (item) => book.newestRota(item.tenant, item.id),
    close,
  })
  const here = ofTenant(people, tenant.value)
  return (
    <form class="notice-card notice-form duty-form" onSubmit={submit}>
      <h3>{rota === undefined ? t('duty.newRota') : rota.rota.name}</h3>
      {rota === undefined && <TenantField tenant={tenant} tenants={tenants} />}
      <TextField draft={draft} part="name" label={t('rota.name')} hint={t('rota.nameHint')} />
      <PersonOrder
        label={t('rota.weekly')}
        chosen={draft.value.weekly}
        people={here}
        change={(weekly) => (draft.value = { ...draft.value, weekly })}
      />
      <div class="field-pair">
        <TextField draft={draft} part="startDate" label={t('rota.start')} type="date" />
        <TextField draft={draft} part="handOver" label={t('rota.handOver')} type="time" />
      </div>
      <DaysOff draft={draft} people={here} />
      <Office draft={draft} people={here} />
      <FormEnd fault={fault} stale={stale} close={close} />
    </form>
  )
}

/** Only where there is a choice. */
export function TenantField(props: { readonly tenant: Signal<string>; readonly tenants: readonly string[] }) {
  const { tenant, tenants } = props
  if (tenants.length < 2) return null
  return (
    <label class="field">
      {t('rota.tenant')}
      <select value={tenant.value} onChange={(event) => (tenant.value = event.currentTarget.value)}>
        {tenants.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
    </label>
  )
}

type TextPart = 'name' | 'startDate' | 'handOver' | 'closed' | 'officeFrom' | 'officeTo'

function TextField(props: {
  readonly draft: Signal<Draft>
  readonly part: TextPart
  readonly label: string
  /** Absent: a text. */
  readonly type?: 'date' | 'time'
  readonly hint?: string
}) {
  const { draft, part, label, type, hint } = props
  const value = draft.value[part]
  const onInput = (event: { readonly currentTarget: HTMLInputElement }): void => {
    draft.value = { ...draft.value, [part]: event.currentTarget.value }
  }
  return (
    <label class="field">
      {label}
      {type === undefined ? (
        <input type="text" value={value} placeholder={hint} maxLength={part === 'name' ? 80 : 400} onInput={onInput} />
      ) : (
        <input type={type} value={value} onInput={onInput} />
      )}
    </label>
  )
}

interface GroupProps {
  readonly draft: Signal<Draft>
  readonly people: readonly RecipientItem[]
}

function DaysOff({ draft, people }: GroupProps) {
  const { hasDaysOff, daysOff } = draft.value
  return (
    <>
      <label class="tick">
        <input
          type="checkbox"
          checked={hasDaysOff}
          onChange={(event) => (draft.value = { ...draft.value, hasDaysOff: event.currentTarget.checked })}
        />
        {t('rota.daysOff')}
      </label>
      {hasDaysOff && (
        <div class="notice-quiet">
          <PersonOrder
            label={t('rota.daysOffPeople')}
            chosen={daysOff}
            people={people}
            change={(chosen) => (draft.value = { ...draft.value, daysOff: chosen })}
          />
          <TextField draft={draft} part="closed" label={t('rota.closed')} hint={t('rota.closedHint')} />
        </div>
      )}
    </>
  )
}

function Office({ draft, people }: GroupProps) {
  const { hasOffice, office } = draft.value
  return (
    <>
      <label class="tick">
        <input
          type="checkbox"
          checked={hasOffice}
          onChange={(event) => (draft.value = { ...draft.value, hasOffice: event.currentTarget.checked })}
        />
        {t('rota.office')}
      </label>
      {hasOffice && (
        <div class="notice-quiet">
          <PersonOrder
            label={t('rota.officePeople')}
            chosen={office}
            people={people}
            change={(chosen) => (draft.value = { ...draft.value, office: chosen })}
          />
          <div class="field-pair">
            <TextField draft={draft} part="officeFrom" label={t('times.from')} type="time" />
            <TextField draft={draft} part="officeTo" label={t('times.to')} type="time" />
          </div>
        </div>
      )}
    </>
  )
}
