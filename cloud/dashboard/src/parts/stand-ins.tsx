// Who stands in for whoever is on call, from when to when; planned and taken back.
import { useSignal } from '@preact/signals'
import type { RecipientItem, RotaBody, RotaItem } from '../api/shapes.ts'
import { shortTime } from '../format/time.ts'
import { type DutyBook, japanMs, nameIn, ofTenant } from '../notices/duty-book.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, t } from '../text/language.ts'
import { FormEnd } from './form-end.tsx'
import { nowMs } from './now.ts'

type Override = RotaBody['overrides'][number]

interface StandInProps {
  readonly rota: RotaItem
  readonly people: readonly RecipientItem[]
  readonly mayEdit: boolean
  readonly book: DutyBook
}

function isSame(a: Override, b: Override): boolean {
  return a.from === b.from && a.to === b.to && a.person === b.person
}

export function StandIns({ rota, people, mayEdit, book }: StandInProps) {
  const isNew = useSignal(false)
  const at = (ms: number): string => shortTime(ms, nowMs.value, language.value)
  const coming = rota.rota.overrides.filter(({ to }) => to > nowMs.value).toSorted((a, b) => a.from - b.from)
  if (!mayEdit && coming.length === 0) return null
  return (
    <div class="duty-stand-ins">
      <h4>{t('duty.standIns')}</h4>
      {coming.length === 0 && <p class="quiet">{t('duty.noStandIns')}</p>}
      <ul class="notice-list">
        {coming.map((one) => (
          <li key={`${one.from} ${one.person}`}>
            <span>
              <b>{nameIn(rota.names, one.person)}</b>
              <br />
              <small class="quiet">
                {t('duty.span', { from: at(one.from), to: at(one.to) })}
                {one.reason !== undefined && ` · ${one.reason}`}
              </small>
            </span>
            {mayEdit && (
              <button
                type="button"
                class="button button-outline"
                aria-label={t('duty.removeOf', { name: nameIn(rota.names, one.person) })}
                onClick={() => void book.changeOverrides(rota, (all) => all.filter((other) => !isSame(one, other)))}
              >
                {t('duty.remove')}
              </button>
            )}
          </li>
        ))}
      </ul>
      {mayEdit && !isNew.value && (
        <button type="button" class="button button-outline notice-press" onClick={() => (isNew.value = true)}>
          {t('duty.addStandIn')}
        </button>
      )}
      {isNew.value && <NewStandIn rota={rota} people={people} book={book} close={() => (isNew.value = false)} />}
    </div>
  )
}

function NewStandIn(props: Omit<StandInProps, 'mayEdit'> & { readonly close: () => void }) {
  const { rota, people, book, close } = props
  const given = { person: useSignal(''), from: useSignal(''), to: useSignal(''), reason: useSignal('') }
  const fault = useSignal<TextKey | undefined>(undefined)
  async function save(event: Event): Promise<void> {
    event.preventDefault()
    const [from, to] = [japanMs(given.from.value), japanMs(given.to.value)]
    const person = given.person.value
    if (from === undefined || to === undefined || person === '') return void (fault.value = 'duty.missing')
    if (from >= to) return void (fault.value = 'duty.wrongSpan')
    const reason = given.reason.value.trim()
    const planned = { from, to, person, ...(reason === '' ? {} : { reason }) }
    // What ended a month ago says nothing any more, and the list of a rota has an end.
    const recent = (all: RotaBody['overrides']) => all.filter((one) => one.to > Date.now() - 31 * 86_400_000)
    const isDone = await book.changeOverrides(rota, (all) => [...recent(all), planned])
    if (isDone) close()
    else fault.value = 'duty.notSaved'
  }
  return (
    <form class="notice-form" onSubmit={(event) => void save(event)}>
      <label class="field">
        {t('duty.who')}
        <select value={given.person.value} onChange={(event) => (given.person.value = event.currentTarget.value)}>
          <option value="">{t('notices.pick')}</option>
          {ofTenant(people, rota.tenant).map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <div class="field-pair">
        {(['from', 'to'] as const).map((end) => (
          <label key={end} class="field">
            {t(end === 'from' ? 'duty.from' : 'duty.to')}
            <input
              type="datetime-local"
              value={given[end].value}
              onInput={(event) => (given[end].value = event.currentTarget.value)}
            />
          </label>
        ))}
      </div>
      <label class="field">
        {t('duty.reason')}
        <input
          type="text"
          maxLength={200}
          value={given.reason.value}
          onInput={(event) => (given.reason.value = event.currentTarget.value)}
        />
      </label>
      <FormEnd fault={fault.value} close={close} />
    </form>
  )
}
