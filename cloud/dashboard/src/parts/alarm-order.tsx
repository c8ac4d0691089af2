// The repair of an alarm: its work order, how far it is, and the one step that may follow.
import type { AlarmItem, WorkOrderItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { person } from '../city/person.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'
import type { Handling } from './use-handling.ts'

type State = WorkOrderItem['state']

const stateKeys: Readonly<Record<State, TextKey>> = {
  open: 'order.state.open',
  dispatched: 'order.state.dispatched',
  fixed: 'order.state.fixed',
  verified: 'order.state.verified',
  cancelled: 'order.state.cancelled',
}

/** What leads on, and what leads back. */
const steps: Readonly<Partial<Record<State, readonly { readonly to: State; readonly text: TextKey }[]>>> = {
  open: [
    { to: 'dispatched', text: 'order.dispatch' },
    { to: 'cancelled', text: 'order.cancel' },
  ],
  dispatched: [
    { to: 'fixed', text: 'order.fix' },
    { to: 'cancelled', text: 'order.cancel' },
  ],
  fixed: [
    { to: 'verified', text: 'order.verify' },
    { to: 'dispatched', text: 'order.back' },
  ],
}

export function orderText({ number, state }: NonNullable<AlarmItem['workOrder']>): string {
  const key = stateKeys[state as State]
  return `${t('order.number', { n: number })}: ${key === undefined ? state : t(key)}`
}

/** Answers with the alarms as they are after it: an order says what becomes of them. */
async function moved(city: City, order: WorkOrderItem): Promise<readonly AlarmItem[]> {
  return await Promise.all(order.alarms.map((id) => city.api.handling.one(id)))
}

export function OrderButton(props: {
  readonly alarms: readonly AlarmItem[]
  readonly city: City
  readonly handling: Handling
}) {
  const { alarms, city, handling } = props
  const order = async (): Promise<readonly AlarmItem[]> => {
    const free = alarms.filter(({ workOrder }) => workOrder === null).map(({ id }) => id)
    const name = person.value
    return await moved(city, await city.api.handling.order(free, name, name))
  }
  return (
    <button
      type="button"
      class="button button-outline"
      disabled={handling.isBusy.value}
      onClick={() => void handling.run(order)}
    >
      {t('order.open')}
    </button>
  )
}

export function OrderSteps(props: {
  readonly order: NonNullable<AlarmItem['workOrder']>
  readonly city: City
  readonly handling: Handling
}) {
  const { order, city, handling } = props
  const move = (to: State) => async () => moved(city, await city.api.handling.moveOrder(order.id, to, person.value))
  return (
    <>
      {steps[order.state as State]?.map(({ to, text }) => (
        <button
          key={to}
          type="button"
          class="button button-outline"
          data-order={to}
          disabled={handling.isBusy.value}
          onClick={() => void handling.run(move(to))}
        >
          {t(text)}
        </button>
      ))}
    </>
  )
}
