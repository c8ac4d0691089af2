// What a person can do with one alarm: seen, taken, and behind one more tap put aside, ordered to be mended, or commented on.
import { useSignal } from '@preact/signals'
import type { AlarmItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { person } from '../city/person.ts'
import { may } from '../city/session.ts'
import { localized, t } from '../text/language.ts'
import { AlarmLog } from './alarm-log.tsx'
import { OrderButton, OrderSteps } from './alarm-order.tsx'
import { PersonName } from './person-name.tsx'
import { Photos } from './photos.tsx'
import { ShelveForm } from './shelve-form.tsx'
import { LineField } from './line-field.tsx'
import { type Handling, useHandling } from './use-handling.ts'

interface ActsProps {
  readonly alarm: AlarmItem
  readonly city: City
  /** Where it is, for the names of the buttons. */
  readonly place: string
}

export function AlarmActs({ alarm, city, place }: ActsProps) {
  const handling = useHandling(city)
  const isOpen = useSignal(false)
  const names = { title: localized(alarm.title), place }
  const { handling: hub } = city.api
  const isShelved = alarm.shelvedUntil !== null
  if (!may('handle-alarms', alarm.gateway)) return <AlarmLog alarm={alarm} city={city} written={0} />
  return (
    <>
      <div class="alarm-acts">
        {!alarm.acknowledged && (
          <button
            type="button"
            class="button"
            disabled={handling.isBusy.value}
            aria-label={t('alarm.acknowledgeOf', names)}
            onClick={() => void handling.run(async () => [await hub.acknowledge(alarm.id, person.value)])}
          >
            {t('alarm.acknowledge')}
          </button>
        )}
        {isShelved && (
          <button
            type="button"
            class="button"
            disabled={handling.isBusy.value}
            onClick={() => void handling.run(async () => [await hub.unshelve(alarm.id, person.value)])}
          >
            {t('alarm.unshelve')}
          </button>
        )}
        {alarm.workOrder !== null && <OrderSteps order={alarm.workOrder} city={city} handling={handling} />}
        {alarm.state === 'open' && alarm.assignee === null && <TakeButton {...{ alarm, city, place, handling }} />}
        <button
          type="button"
          class="button button-outline"
          aria-expanded={isOpen.value}
          aria-label={t('alarm.moreOf', names)}
          onClick={() => (isOpen.value = !isOpen.value)}
        >
          {t('alarm.more')}
        </button>
      </div>
      <Fault handling={handling} />
      {isOpen.value && <More {...{ alarm, city, place, handling }} done={() => (isOpen.value = false)} />}
    </>
  )
}

/** What the last act was refused for. */
export function Fault({ handling: { fault } }: { readonly handling: Handling }) {
  if (fault.value === undefined) return null
  return (
    <p class="fault" role="alert">
      {t(fault.value === 'work-order.state' ? 'alarm.orderRefused' : 'alarm.failed')}
    </p>
  )
}

type PartProps = ActsProps & { readonly handling: Handling }

function TakeButton({ alarm, city, place, handling }: PartProps) {
  const isNameless = useSignal(false)
  function take(): void {
    const name = person.value.trim()
    isNameless.value = name === ''
    if (!isNameless.value) void handling.run(async () => [await city.api.handling.assign(alarm.id, name, name)])
  }
  return (
    <>
      <button
        type="button"
        class="button button-outline"
        disabled={handling.isBusy.value}
        aria-label={t('alarm.mineOf', { title: localized(alarm.title), place })}
        onClick={take}
      >
        {t('alarm.mine')}
      </button>
      {isNameless.value && (
        <div class="alarm-nameless">
          <p role="alert">{t('alarm.nameFirst')}</p>
          <PersonName />
        </div>
      )}
    </>
  )
}

function More({ alarm, city, place, handling, done }: PartProps & { readonly done: () => void }) {
  const { handling: hub } = city.api
  const written = useSignal(0)
  const release = async () => [await hub.assign(alarm.id, null, person.value)]
  async function shelve(shelf: { readonly untilMs: number; readonly reason: string }): Promise<void> {
    if (await handling.run(async () => [await hub.shelve(alarm.id, shelf, person.value)])) done()
  }
  return (
    <div class="alarm-more" role="group" aria-label={t('alarm.moreOf', { title: localized(alarm.title), place })}>
      {alarm.state === 'open' && (
        <div class="alarm-acts">
          {alarm.workOrder === null && <OrderButton alarms={[alarm]} city={city} handling={handling} />}
          {alarm.assignee !== null && (
            <button
              type="button"
              class="button button-outline"
              disabled={handling.isBusy.value}
              onClick={() => void handling.run(release)}
            >
              {t('alarm.release')}
            </button>
          )}
        </div>
      )}
      {alarm.shelvedUntil === null && (
        <ShelveForm isBusy={handling.isBusy.value} shelve={(shelf) => void shelve(shelf)} />
      )}
      <Photos owner={{ kind: 'alarms', id: alarm.id }} gateway={alarm.gateway} city={city} />
      {alarm.workOrder !== null && (
        <Photos owner={{ kind: 'work-orders', id: alarm.workOrder.id }} gateway={alarm.gateway} city={city} />
      )}
      <CommentForm {...{ alarm, city, place, handling }} written={() => (written.value += 1)} />
      <AlarmLog alarm={alarm} city={city} written={written.value} />
    </div>
  )
}

function CommentForm({ alarm, city, handling, written }: PartProps & { readonly written: () => void }) {
  const text = useSignal('')
  async function send(event: Event): Promise<void> {
    event.preventDefault()
    const said = text.value.trim()
    if (said === '') return
    const isDone = await handling.run(async () => [await city.api.handling.comment(alarm.id, said, person.value)])
    if (!isDone) return
    text.value = ''
    written()
  }
  return (
    <form class="alarm-comment-form" onSubmit={(event) => void send(event)}>
      <LineField label={t('alarm.comment')} value={text} maxLength={1000} />
      <button type="submit" class="button button-outline" disabled={handling.isBusy.value}>
        {t('alarm.send')}
      </button>
    </form>
  )
}
