// What a farmer sets of a field: crop, dates, zero of the probe. Saved at once; what it advises follows in seconds.
import { useId, useState } from 'preact/hooks'
import type { FieldSettings, FieldSettingsItem } from '../api/farm-api.ts'
import { HubError, type HubApi } from '../api/hub-api.ts'
import { may } from '../city/session.ts'
import { dateTime } from '../format/time.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, t } from '../text/language.ts'
import { StaleChoice } from './stale-choice.tsx'
import type { Farm } from './use-farm.ts'

const cultivarKeys = {
  koshihikari: 'field.koshihikari',
  fusaotome: 'field.fusaotome',
  fusakogane: 'field.fusakogane',
  sasanishiki: 'field.sasanishiki',
  nipponbare: 'field.nipponbare',
  mizuho: 'field.mizuho',
  ishikari: 'field.ishikari',
} as const satisfies Readonly<Record<NonNullable<FieldSettings['cultivar']>, TextKey>>
type Cultivar = keyof typeof cultivarKeys

/** As the inputs hold it; empty: not set. Lengths in cm. */
interface Draft {
  readonly cultivar: Cultivar | ''
  readonly transplanted: string
  readonly drainageFrom: string
  readonly drainageTo: string
  readonly headed: string
  readonly harvested: string
  readonly zeroCm: string
  readonly winterCm: string
}

function draftOf({
  cultivar,
  transplanted,
  midDrainage,
  headed,
  harvested,
  depthZeroM,
  winterDepthM,
}: FieldSettings): Draft {
  const cm = (metres: number | undefined): string =>
    metres === undefined ? '' : String(Math.round(metres * 1000) / 10)
  return {
    cultivar: cultivar ?? '',
    transplanted: transplanted ?? '',
    drainageFrom: midDrainage?.from ?? '',
    drainageTo: midDrainage?.to ?? '',
    headed: headed ?? '',
    harvested: harvested ?? '',
    zeroCm: cm(depthZeroM),
    winterCm: cm(winterDepthM),
  }
}

/** What the form does not show stays as it was. */
function settingsOf(draft: Draft, before: FieldSettings): FieldSettings {
  const { soil, pastHeadings, normalsC } = before
  const { cultivar, transplanted, drainageFrom, drainageTo, headed, harvested, zeroCm, winterCm } = draft
  return {
    ...(soil === undefined ? {} : { soil }),
    ...(pastHeadings === undefined ? {} : { pastHeadings }),
    ...(normalsC === undefined ? {} : { normalsC }),
    ...(cultivar === '' ? {} : { cultivar }),
    ...(transplanted === '' ? {} : { transplanted }),
    ...(drainageFrom === '' || drainageTo === '' ? {} : { midDrainage: { from: drainageFrom, to: drainageTo } }),
    ...(headed === '' ? {} : { headed }),
    ...(harvested === '' ? {} : { harvested }),
    ...(zeroCm === '' ? {} : { depthZeroM: Number(zeroCm) / 100 }),
    ...(winterCm === '' ? {} : { winterDepthM: Number(winterCm) / 100 }),
  }
}

/** The first thing that cannot be, before the hub is asked. */
function draftFault({ transplanted, drainageFrom, drainageTo, headed, harvested }: Draft): TextKey | undefined {
  if ((drainageFrom === '') !== (drainageTo === '')) return 'field.bothDrainage'
  if (drainageFrom > drainageTo) return 'field.drainageOrder'
  const dates = [transplanted, headed, harvested].filter((day) => day !== '')
  return dates.some((day, index) => index > 0 && day < (dates[index - 1] ?? '')) ? 'field.order' : undefined
}

interface SettingsProps {
  readonly field: FieldSettingsItem
  readonly farm: Farm
  readonly api: HubApi
}

export function PaddySettings(props: SettingsProps) {
  const { field } = props
  const mayChange = may('handle-alarms', field.site)
  return (
    <details class="paddy-log paddy-settings">
      <summary>
        <h2>{t('field.title')}</h2>
      </summary>
      {mayChange ? <SettingsForm {...props} /> : <p class="quiet">{t('field.mayNot')}</p>}
      {field.changed !== null && (
        <p class="quiet">
          {t('field.changed', { time: dateTime(field.changed, language.value) })}
          {field.changedBy === null ? '' : ` ${field.changedBy}`}
        </p>
      )}
    </details>
  )
}

/** The results of new settings come within seconds; without them the next look, a minute later, brings them. */
const followsMs = [2_000, 6_000] as const

type SaveState = 'idle' | 'saving' | 'saved' | 'stale' | { readonly fault: TextKey }

function SettingsForm({ field, farm, api }: SettingsProps) {
  /** What the draft was begun from: the lists that come meanwhile do not change what somebody is writing. */
  const [seen, setSeen] = useState(field)
  const [draft, setDraft] = useState(() => draftOf(field.settings))
  const [state, setState] = useState<SaveState>('idle')
  const set = (change: Partial<Draft>): void => {
    setDraft({ ...draft, ...change })
    if (state !== 'saving') setState('idle')
  }
  async function save(over: FieldSettingsItem): Promise<void> {
    const fault = draftFault(draft)
    if (fault !== undefined) return setState({ fault })
    setState('saving')
    try {
      const saved = await api.farm.setField(field.site, settingsOf(draft, over.settings), over.revision)
      setSeen(saved)
      farm.note(saved)
      setState('saved')
      for (const delay of followsMs) setTimeout(() => void farm.reload(), delay)
    } catch (thrown) {
      setState(refusalOf(thrown))
    }
  }
  /** What the hub has now, which somebody else has saved. */
  async function newest(then: (theirs: FieldSettingsItem) => void): Promise<void> {
    const fields = await api.farm.fields().catch(() => [])
    const theirs = fields.find(({ site }) => site === field.site)
    if (theirs === undefined) return setState({ fault: 'field.failed' })
    farm.note(theirs)
    then(theirs)
  }
  const takeTheirs = (theirs: FieldSettingsItem): void => {
    setSeen(theirs)
    setDraft(draftOf(theirs.settings))
    setState('idle')
  }
  return (
    <form
      class="field-form"
      onSubmit={(event) => {
        event.preventDefault()
        void save(seen)
      }}
    >
      <Fields draft={draft} set={set} />
      <div class="field-end">
        <button type="submit" class="button" disabled={state === 'saving'}>
          {t(state === 'saving' ? 'field.saving' : 'field.save')}
        </button>
        <p role="status">{state === 'saved' && t('field.saved')}</p>
      </div>
      {state === 'stale' && (
        <StaleChoice
          takeTheirs={() => void newest(takeTheirs)}
          keepMine={() => void newest((theirs) => void save(theirs))}
        />
      )}
      {typeof state === 'object' && (
        <p class="fault" role="alert">
          {t(state.fault)}
        </p>
      )}
    </form>
  )
}

function Fields({ draft, set }: { readonly draft: Draft; readonly set: (change: Partial<Draft>) => void }) {
  return (
    <>
      <label class="field">
        {t('field.cultivar')}
        <select
          value={draft.cultivar}
          onChange={(event) => set({ cultivar: event.currentTarget.value as Cultivar | '' })}
        >
          <option value="">{t('field.notSet')}</option>
          {Object.entries(cultivarKeys).map(([id, key]) => (
            <option key={id} value={id}>
              {t(key)}
            </option>
          ))}
        </select>
      </label>
      <DayField
        label={t('field.transplanted')}
        value={draft.transplanted}
        set={(transplanted) => set({ transplanted })}
      />
      <DayField
        label={t('field.drainageFrom')}
        value={draft.drainageFrom}
        set={(drainageFrom) => set({ drainageFrom })}
      />
      <DayField label={t('field.drainageTo')} value={draft.drainageTo} set={(drainageTo) => set({ drainageTo })} />
      <DayField label={t('field.headed')} value={draft.headed} set={(headed) => set({ headed })} />
      <DayField label={t('field.harvested')} value={draft.harvested} set={(harvested) => set({ harvested })} />
      <LengthField
        label={t('field.zero')}
        hint={t('field.zeroHint')}
        range={{ min: -1000, max: 1000 }}
        value={draft.zeroCm}
        set={(zeroCm) => set({ zeroCm })}
      />
      <LengthField
        label={t('field.winter')}
        hint={t('field.winterHint')}
        range={{ min: 0, max: 50 }}
        value={draft.winterCm}
        set={(winterCm) => set({ winterCm })}
      />
    </>
  )
}

function refusalOf(thrown: unknown): SaveState {
  if (!(thrown instanceof HubError) || thrown.status >= 500) return { fault: 'field.failed' }
  return thrown.code === 'settings.stale' ? 'stale' : { fault: 'field.refused' }
}

function DayField(props: { readonly label: string; readonly value: string; readonly set: (value: string) => void }) {
  const { label, value, set } = props
  return (
    <label class="field">
      {label}
      <input type="date" value={value} onInput={(event) => set(event.currentTarget.value)} />
    </label>
  )
}

function LengthField(props: {
  readonly label: string
  readonly hint: string
  readonly range: { readonly min: number; readonly max: number }
  readonly value: string
  readonly set: (value: string) => void
}) {
  const { label, hint, range, value, set } = props
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <span class="field-length">
        <input
          id={id}
          type="number"
          inputMode="decimal"
          step="0.1"
          min={range.min}
          max={range.max}
          value={value}
          aria-describedby={`${id}-hint`}
          onInput={(event) => set(event.currentTarget.value)}
        />{' '}
        cm
      </span>
      <small id={`${id}-hint`} class="quiet">
        {hint}
      </small>
    </div>
  )
}
