// Shifts and kinds of defect of a site, as its people set them.
import { useSignal } from '@preact/signals'
import type { FactorySettings, FactorySettingsItem } from '../api/factory-api.ts'
import type { City } from '../city/city.ts'
import { may } from '../city/session.ts'
import { localized, t } from '../text/language.ts'

type Shift = FactorySettings['shifts'][number]
type Defect = FactorySettings['defects'][number]

const mostShifts = 6
const mostDefects = 9

export function ShiftSettings(props: {
  readonly kept: FactorySettingsItem
  readonly city: City
  readonly onSaved: () => void
}) {
  const { kept, city, onSaved } = props
  const draft = useSignal<FactorySettings>(kept.settings)
  const state = useSignal<'idle' | 'saving' | 'saved' | 'failed'>('idle')
  const { shifts, defects } = draft.value
  const mayEdit = may('edit-rules', kept.site)
  const isFixed = !mayEdit || state.value === 'saving'
  const change = (next: Partial<FactorySettings>): void => {
    draft.value = { ...draft.value, ...next }
    state.value = 'idle'
  }
  const save = async (event: Event): Promise<void> => {
    event.preventDefault()
    state.value = 'saving'
    try {
      await city.api.factory.setSettings(kept.site, draft.value)
      state.value = 'saved'
      onSaved()
    } catch {
      state.value = 'failed'
    }
  }
  return (
    <details class="fact-card shift-settings">
      <summary>
        <h2>{t('shifts.title')}</h2>
        <span class="quiet">
          {kept.settings.shifts.map((shift) => `${localized(shift.name)} ${shift.from}–${shift.to}`).join(' · ')}
        </span>
      </summary>
      <form onSubmit={(event) => void save(event)}>
        <ShiftFields shifts={shifts} disabled={isFixed} change={change} />
        <DefectFields defects={defects} disabled={isFixed} change={change} />
        {mayEdit && (
          <p class="form-row">
            <button type="submit" class="button" disabled={state.value === 'saving'}>
              {t('shifts.save')}
            </button>
            <span role="status" class={state.value === 'failed' ? 'fault' : 'quiet'}>
              {state.value === 'saved' && t('shifts.saved')}
              {state.value === 'failed' && t('shifts.failed')}
            </span>
          </p>
        )}
      </form>
    </details>
  )
}

type Change = (next: Partial<FactorySettings>) => void

function ShiftFields(props: {
  readonly shifts: FactorySettings['shifts']
  readonly disabled: boolean
  readonly change: Change
}) {
  const { shifts, disabled, change } = props
  return (
    <fieldset disabled={disabled}>
      <legend>{t('shifts.shifts')}</legend>
      {shifts.map((shift, index) => (
        <ShiftRow
          key={shift.id}
          shift={shift}
          change={(next) => change({ shifts: shifts.with(index, next) })}
          remove={shifts.length > 1 ? () => change({ shifts: shifts.toSpliced(index, 1) }) : undefined}
        />
      ))}
      {shifts.length < mostShifts && (
        <button
          type="button"
          class="button button-outline"
          onClick={() => change({ shifts: [...shifts, newShift(shifts)] })}
        >
          {t('shifts.addShift')}
        </button>
      )}
    </fieldset>
  )
}

function DefectFields(props: {
  readonly defects: FactorySettings['defects']
  readonly disabled: boolean
  readonly change: Change
}) {
  const { defects, disabled, change } = props
  return (
    <fieldset disabled={disabled}>
      <legend>{t('shifts.defects')}</legend>
      {defects.map((defect, index) => (
        <DefectRow
          key={defect.id}
          defect={defect}
          number={index + 1}
          change={(next) => change({ defects: defects.with(index, next) })}
          remove={() => change({ defects: defects.toSpliced(index, 1) })}
        />
      ))}
      {defects.length < mostDefects && (
        <button
          type="button"
          class="button button-outline"
          onClick={() => change({ defects: [...defects, newDefect(defects)] })}
        >
          {t('shifts.addDefect')}
        </button>
      )}
    </fieldset>
  )
}

function ShiftRow(props: {
  readonly shift: Shift
  readonly change: (next: Shift) => void
  readonly remove: (() => void) | undefined
}) {
  const { shift, change, remove } = props
  return (
    <div class="form-row">
      <label class="field">
        {t('shifts.name')}
        <input
          type="text"
          required
          maxLength={40}
          value={localized(shift.name)}
          onInput={({ currentTarget: { value } }) => change({ ...shift, name: { ja: value, en: value } })}
        />
      </label>
      <label class="field">
        {t('shifts.from')}
        <input
          type="time"
          required
          value={shift.from}
          onInput={(event) => change({ ...shift, from: event.currentTarget.value })}
        />
      </label>
      <label class="field">
        {t('shifts.to')}
        <input
          type="time"
          required
          value={shift.to}
          onInput={(event) => change({ ...shift, to: event.currentTarget.value })}
        />
      </label>
      {remove !== undefined && (
        <button type="button" class="button button-outline" onClick={remove}>
          {t('shifts.remove')}
        </button>
      )}
    </div>
  )
}

function DefectRow(props: {
  readonly defect: Defect
  readonly number: number
  readonly change: (next: Defect) => void
  readonly remove: () => void
}) {
  const { defect, number, change, remove } = props
  return (
    <div class="form-row">
      <label class="field">
        {t('shifts.defectKey', { key: number })}
        <input
          type="text"
          required
          maxLength={40}
          value={localized(defect.name)}
          onInput={({ currentTarget: { value } }) => change({ ...defect, name: { ja: value, en: value } })}
        />
      </label>
      <button type="button" class="button button-outline" onClick={remove}>
        {t('shifts.remove')}
      </button>
    </div>
  )
}

function newShift(shifts: readonly Shift[]): Shift {
  const name = t('shifts.newShift')
  return { id: freeId('shift', shifts), name: { ja: name, en: name }, from: '08:00', to: '17:00' }
}

function newDefect(defects: readonly Defect[]): Defect {
  const name = t('shifts.newDefect')
  return { id: freeId('defect', defects), name: { ja: name, en: name } }
}

function freeId(stem: string, taken: readonly { readonly id: string }[]): string {
  let number = taken.length + 1
  while (taken.some(({ id }) => id === `${stem}-${number}`)) number += 1
  return `${stem}-${number}`
}
