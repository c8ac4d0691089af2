// Many alarms that came together, as one: what to do first, how many, where, and one tap for all of them.
import { useSignal } from '@preact/signals'
import type { AlarmItem } from '../api/shapes.ts'
import type { AlarmEntry } from '../city/alarm-groups.ts'
import type { City } from '../city/city.ts'
import { person } from '../city/person.ts'
import { may } from '../city/session.ts'
import { localized, t } from '../text/language.ts'
import { Fault } from './alarm-acts.tsx'
import { AlarmCard, type HeadingLevel, isCalm } from './alarm-card.tsx'
import { OrderButton, OrderSteps, orderText } from './alarm-order.tsx'
import { placeOfAll } from './alarm-place.ts'
import { PersonName } from './person-name.tsx'
import { ShelveForm } from './shelve-form.tsx'
import { SeverityBadge } from './state-mark.tsx'
import { TimeText } from './time-text.tsx'
import { useHandling } from './use-handling.ts'

/** An alarm that stands alone is its own card. */
export function AlarmEntryCard(props: { readonly entry: AlarmEntry; readonly city: City; readonly level: 2 | 3 }) {
  const { entry, city, level } = props
  if (entry.members.length === 1) return <AlarmCard alarm={entry.alarm} city={city} level={level} />
  return <StormCard entry={entry} city={city} level={level} />
}

function titleOf({ alarm, members }: AlarmEntry): string {
  const title = localized(alarm.title)
  return members.every(({ rule }) => rule === alarm.rule) ? title : t('storm.others', { title })
}

/** The one order that all of them are part of. */
function sharedOrder(members: readonly AlarmItem[]): AlarmItem['workOrder'] {
  const [first] = members
  const order = first?.workOrder ?? null
  return members.every(({ workOrder }) => workOrder?.id === order?.id) ? order : null
}

function StormCard({ entry, city, level }: { readonly entry: AlarmEntry; readonly city: City; readonly level: 2 | 3 }) {
  const { alarm, members } = entry
  const Heading = `h${level}` as const
  const place = placeOfAll(members, city)
  const order = sharedOrder(members)
  const begunMs = Math.min(...members.map(({ raisedAt }) => raisedAt))
  return (
    <article
      class={`alarm alarm-storm alarm-${alarm.severity}${members.every(isCalm) ? ' alarm-calm' : ''}`}
      data-storm={entry.id}
    >
      <Heading class="alarm-advice">{localized(alarm.advice)}</Heading>
      <p class="alarm-what">
        <SeverityBadge severity={alarm.severity} />
        <b>{titleOf(entry)}</b>
        <span class="alarm-count">{t('storm.count', { n: members.length })}</span>
      </p>
      <p class="alarm-where">
        <a href={place.hash}>{place.name}</a>{' '}
        <span class="alarm-times">
          {t('alarm.raised')} <TimeText timeMs={begunMs} coarse />
        </span>
      </p>
      {order !== null && <p class="alarm-order">{orderText(order)}</p>}
      <StormActs storm={entry.id} members={members} city={city} place={place.name} order={order} />
      <Members members={members} city={city} level={level === 2 ? 3 : 4} />
    </article>
  )
}

function StormActs(props: {
  readonly storm: string
  readonly members: readonly AlarmItem[]
  readonly city: City
  readonly place: string
  readonly order: AlarmItem['workOrder']
}) {
  const { storm, members, city, place, order } = props
  const handling = useHandling(city)
  const refused = useSignal(0)
  const isOpen = useSignal(false)
  const isNameless = useSignal(false)
  const unseen = members.filter(({ acknowledged }) => !acknowledged)
  /** All of it in one request; the stream brings what became of each. */
  const act = (what: Parameters<City['api']['handling']['onStorm']>[1]) =>
    handling.run(async () => {
      refused.value = 0
      refused.value = await city.api.handling.onStorm(storm, what, person.value)
      return []
    })
  async function take(): Promise<void> {
    const assignee = person.value.trim()
    isNameless.value = assignee === ''
    if (!isNameless.value) await act({ act: 'assign', assignee })
  }
  async function shelve({ untilMs, reason }: { readonly untilMs: number; readonly reason: string }): Promise<void> {
    if (await act({ act: 'shelve', until: untilMs, reason })) isOpen.value = false
  }
  const isBusy = handling.isBusy.value
  if (!members.every(({ gateway }) => may('handle-alarms', gateway))) return null
  return (
    <>
      <div class="alarm-acts">
        {unseen.length > 0 && (
          <button
            type="button"
            class="button"
            disabled={isBusy}
            aria-label={t('storm.acknowledgeOf', { place, n: unseen.length })}
            onClick={() => void act({ act: 'acknowledge' })}
          >
            {t(isBusy ? 'storm.sending' : 'storm.acknowledge')}
          </button>
        )}
        {members.every(({ assignee }) => assignee === null) && (
          <button
            type="button"
            class="button button-outline"
            disabled={isBusy}
            aria-label={t('storm.mineOf', { place, n: members.length })}
            onClick={() => void take()}
          >
            {t('storm.mine')}
          </button>
        )}
        {order === null ? (
          <OrderButton alarms={members} city={city} handling={handling} />
        ) : (
          <OrderSteps order={order} city={city} handling={handling} />
        )}
        <button
          type="button"
          class="button button-outline"
          aria-expanded={isOpen.value}
          aria-label={t('storm.shelveOf', { place, n: members.length })}
          onClick={() => (isOpen.value = !isOpen.value)}
        >
          {t('storm.shelve')}
        </button>
      </div>
      <StormFaults handling={handling} isNameless={isNameless.value} refused={refused.value} />
      {isOpen.value && <ShelveForm isBusy={isBusy} shelve={(shelf) => void shelve(shelf)} />}
    </>
  )
}

/** What keeps an act from being done: no name, alarms that refused, no hub. */
function StormFaults(props: {
  readonly handling: ReturnType<typeof useHandling>
  readonly isNameless: boolean
  readonly refused: number
}) {
  const { handling, isNameless, refused } = props
  return (
    <>
      {isNameless && (
        <div class="alarm-nameless">
          <p role="alert">{t('alarm.nameFirst')}</p>
          <PersonName />
        </div>
      )}
      {refused > 0 && (
        <p class="fault" role="alert">
          {t('storm.refused', { n: refused })}
        </p>
      )}
      <Fault handling={handling} />
    </>
  )
}

function Members(props: { readonly members: readonly AlarmItem[]; readonly city: City; readonly level: HeadingLevel }) {
  const isOpen = useSignal(false)
  return (
    <details class="alarm-members" onToggle={(event) => (isOpen.value = event.currentTarget.open)}>
      <summary>{t('storm.members')}</summary>
      {isOpen.value &&
        props.members.map((alarm) => <AlarmCard key={alarm.id} alarm={alarm} city={props.city} level={props.level} />)}
    </details>
  )
}
