// Several alarms handled in one act: chosen in a short list, acknowledged, taken or put aside together, with what became of each.
import { type ReadonlySignal, useSignal } from '@preact/signals'
import { HubError } from '../api/hub-api.ts'
import type { AlarmItem } from '../api/shapes.ts'
import { type BulkOutcome, runBulk } from '../city/bulk-acts.ts'
import type { City } from '../city/city.ts'
import { person } from '../city/person.ts'
import { may } from '../city/session.ts'
import { sortAlarms } from '../city/merge.ts'
import type { TextKey } from '../text/dictionary.ts'
import { localized, t } from '../text/language.ts'
import { placeOf, subjectOf } from './alarm-place.ts'
import { PersonName } from './person-name.tsx'
import { ShelveForm } from './shelve-form.tsx'
import { SeverityBadge } from './state-mark.tsx'
import { TimeText } from './time-text.tsx'

type Act = (alarm: AlarmItem, key: string) => Promise<AlarmItem>

const outcomeKeys = {
  waiting: 'bulk.waiting',
  done: 'bulk.done',
  refused: 'bulk.refused',
  unreached: 'bulk.unreached',
} as const satisfies Readonly<Record<BulkOutcome, TextKey>>

const stepRows = 100

export function BulkAlarms({ alarms, city }: { readonly alarms: readonly AlarmItem[]; readonly city: City }) {
  const chosen = useSignal<ReadonlySet<string>>(new Set())
  const outcomes = useSignal<ReadonlyMap<string, BulkOutcome>>(new Map())
  const isBusy = useSignal(false)
  const rows = useSignal(stepRows)
  // What an act has ended stays until another view is chosen: its outcome must be seen.
  const seen = useSignal<ReadonlyMap<string, AlarmItem>>(new Map())
  const now = new Map(alarms.map((alarm) => [alarm.id, alarm]))
  const kept = [...seen.value.values()].filter(({ id }) => !now.has(id) && outcomes.value.has(id))
  const all = [...sortAlarms(alarms), ...kept].filter(({ gateway }) => may('handle-alarms', gateway))
  const wanted = all.filter(({ id }) => chosen.value.has(id))

  async function run(act: Act): Promise<void> {
    isBusy.value = true
    seen.value = now
    const byId = new Map(wanted.map((alarm) => [alarm.id, alarm]))
    const ended = await runBulk({
      ids: [...byId.keys()],
      act: async (id) => {
        const alarm = byId.get(id)
        if (alarm !== undefined) city.noteAlarm(await act(alarm, city.api.handling.newKey()))
      },
      isRefusal: (thrown) => thrown instanceof HubError,
      told: (next) => (outcomes.value = next),
    })
    chosen.value = new Set([...ended].flatMap(([id, outcome]) => (outcome === 'done' ? [] : [id])))
    isBusy.value = false
  }

  function toggle(id: string): void {
    const next = new Set(chosen.value)
    if (!next.delete(id)) next.add(id)
    chosen.value = next
  }
  const isAll = all.length > 0 && wanted.length === all.length
  return (
    <section class="bulk" aria-label={t('bulk.title')}>
      <BulkActs count={wanted.length} isBusy={isBusy} run={run} city={city} />
      <Told outcomes={outcomes} />
      {all.length === 0 ? (
        <p class="empty">{t('alarms.nothing')}</p>
      ) : (
        <>
          <label class="bulk-row bulk-all">
            <input
              type="checkbox"
              checked={isAll}
              onChange={() => (chosen.value = isAll ? new Set() : new Set(all.map(({ id }) => id)))}
            />
            {t('bulk.all', { n: all.length })}
          </label>
          <ul class="bulk-list">
            {all.slice(0, rows.value).map((alarm) => (
              <li key={alarm.id} data-alarm={alarm.id} data-outcome={outcomes.value.get(alarm.id)}>
                <BulkRow
                  {...{ alarm, city, toggle }}
                  isChosen={chosen.value.has(alarm.id)}
                  outcome={outcomes.value.get(alarm.id)}
                />
              </li>
            ))}
          </ul>
          {all.length > rows.value && (
            <button type="button" class="button button-outline more" onClick={() => (rows.value += stepRows)}>
              {t('alarms.more', { n: Math.min(all.length - rows.value, stepRows) })}
            </button>
          )}
        </>
      )}
    </section>
  )
}

function BulkRow(props: {
  readonly alarm: AlarmItem
  readonly city: City
  readonly isChosen: boolean
  readonly outcome: BulkOutcome | undefined
  readonly toggle: (id: string) => void
}) {
  const { alarm, city, isChosen, outcome, toggle } = props
  return (
    <label class="bulk-row">
      <input type="checkbox" checked={isChosen} onChange={() => toggle(alarm.id)} />
      <SeverityBadge severity={alarm.severity} />
      <span class="bulk-what">
        <b>{localized(alarm.title)}</b>
        <span>
          {placeOf(alarm, city).name} {subjectOf(alarm, city)}
        </span>
      </span>
      <span class="bulk-state">
        {outcome === undefined ? <TimeText timeMs={alarm.raisedAt} coarse /> : t(outcomeKeys[outcome])}
      </span>
    </label>
  )
}

/** How many were done and how many not, said when all of them are. */
function Told({ outcomes }: { readonly outcomes: ReadonlySignal<ReadonlyMap<string, BulkOutcome>> }) {
  const all = [...outcomes.value.values()]
  const count = (one: BulkOutcome) => all.filter((outcome) => outcome === one).length
  const isOver = all.length > 0 && count('waiting') === 0
  const failed = count('refused') + count('unreached')
  return (
    <p class={failed > 0 && isOver ? 'fault' : 'quiet'} role="status">
      {!isOver
        ? ''
        : failed === 0
          ? t('bulk.allDone', { n: all.length })
          : t('bulk.some', { n: count('done'), failed })}
    </p>
  )
}

function BulkActs(props: {
  readonly count: number
  readonly isBusy: ReadonlySignal<boolean>
  readonly run: (act: Act) => Promise<void>
  readonly city: City
}) {
  const { count, isBusy, run, city } = props
  const { handling: hub } = city.api
  const isShelving = useSignal(false)
  const isNameless = useSignal(false)
  const isOff = count === 0 || isBusy.value
  function take(): void {
    const name = person.value.trim()
    isNameless.value = name === ''
    if (!isNameless.value) void run((alarm, key) => hub.assign(alarm.id, name, name, key))
  }
  return (
    <div class="bulk-acts">
      <p role="status">{t('bulk.chosen', { n: count })}</p>
      <div class="alarm-acts">
        <button
          type="button"
          class="button"
          disabled={isOff}
          onClick={() => void run((alarm, key) => hub.acknowledge(alarm.id, person.value, key))}
        >
          {t(isBusy.value ? 'storm.sending' : 'alarm.acknowledge')}
        </button>
        <button type="button" class="button button-outline" disabled={isOff} onClick={take}>
          {t('alarm.mine')}
        </button>
        <button
          type="button"
          class="button button-outline"
          disabled={isOff}
          aria-expanded={isShelving.value}
          onClick={() => (isShelving.value = !isShelving.value)}
        >
          {t('alarm.shelve')}
        </button>
      </div>
      {isNameless.value && (
        <div class="alarm-nameless">
          <p role="alert">{t('alarm.nameFirst')}</p>
          <PersonName />
        </div>
      )}
      {isShelving.value && (
        <ShelveForm
          isBusy={isOff}
          shelve={(shelf) => {
            isShelving.value = false
            void run((alarm, key) => hub.shelve(alarm.id, shelf, person.value, key))
          }}
        />
      )}
    </div>
  )
}
