// By what a list of alarms is cut down: how bad, where, who looks after it, and whether it lasts.
import type { Signal } from '@preact/signals'
import type { AlarmItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { severityRank } from '../city/merge.ts'
import { person } from '../city/person.ts'
import type { TextKey } from '../text/dictionary.ts'
import { localized, t } from '../text/language.ts'
import { severityText } from './state-mark.tsx'

export interface Filter {
  readonly severity?: AlarmItem['severity'] | undefined
  readonly site?: string | undefined
  readonly assignee?: string | undefined
  /** Of the open ones. */
  readonly state?: AlarmItem['state'] | undefined
}

export function isFiltered(filter: Filter): boolean {
  return Object.values(filter).some((value) => value !== undefined)
}

/** As the API's filters. */
export function fits(alarm: AlarmItem, { severity, site, assignee, state }: Filter): boolean {
  return (
    (severity === undefined || alarm.severity === severity) &&
    (site === undefined || alarm.site === site) &&
    (assignee === undefined || alarm.assignee === assignee) &&
    (state === undefined || alarm.state === state)
  )
}

export function AlarmFilter(props: {
  readonly filter: Signal<Filter>
  readonly city: City
  /** What can be told apart by being over. */
  readonly withState: boolean
}) {
  const { filter, city, withState } = props
  const set = (part: Filter) => (filter.value = { ...filter.value, ...part })
  const assignees = city.openAlarms.value.flatMap(({ assignee }) => assignee ?? [])
  const people = [...new Set([...(person.value === '' ? [] : [person.value]), ...assignees])].toSorted()
  const severities = Object.keys(severityRank) as AlarmItem['severity'][]
  return (
    <details class="alarm-filter">
      <summary>{t(isFiltered(filter.value) ? 'filter.on' : 'filter.title')}</summary>
      <div class="alarm-filter-fields">
        <Pick
          label="filter.severity"
          value={filter.value.severity}
          options={severities.map((value) => ({ value, text: severityText(value) }))}
          pick={(severity) => set({ severity })}
        />
        <Pick
          label="filter.site"
          value={filter.value.site}
          options={city.sites.value.map(({ id, name }) => ({ value: id, text: localized(name) }))}
          pick={(site) => set({ site })}
        />
        <Pick
          label="filter.person"
          value={filter.value.assignee}
          options={people.map((value) => ({ value, text: value }))}
          pick={(assignee) => set({ assignee })}
        />
        {withState && (
          <Pick
            label="filter.state"
            value={filter.value.state}
            options={[
              { value: 'open' as const, text: t('filter.open') },
              { value: 'cleared' as const, text: t('filter.cleared') },
            ]}
            pick={(state) => set({ state })}
          />
        )}
      </div>
      {isFiltered(filter.value) && (
        <button type="button" class="button button-outline" onClick={() => (filter.value = {})}>
          {t('filter.clear')}
        </button>
      )}
    </details>
  )
}

function Pick<T extends string>(props: {
  readonly label: TextKey
  readonly value: T | undefined
  readonly options: readonly { readonly value: T; readonly text: string }[]
  readonly pick: (value: T | undefined) => void
}) {
  const { label, value, options, pick } = props
  return (
    <label class="alarm-field">
      {t(label)}
      <select
        value={value ?? ''}
        onChange={(event) => pick(options.find((option) => option.value === event.currentTarget.value)?.value)}
      >
        <option value="">{t('filter.any')}</option>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ))}
      </select>
    </label>
  )
}
