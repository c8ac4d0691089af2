// What staff may do about a citizen's report, by the state that it is in.
import { useSignal } from '@preact/signals'
import type { ReportChange, ReportDetail } from '../api/desk-api.ts'
import type { City } from '../city/city.ts'
import { person } from '../city/person.ts'
import { may } from '../city/session.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'
import { ActFault } from './desk-fault.tsx'
import { useDeskAct } from './use-desk.ts'

interface Props {
  readonly report: ReportDetail
  readonly city: City
  readonly changed: () => Promise<void>
}

type OrderStep = 'dispatched' | 'fixed' | 'verified' | 'cancelled'

/** The steps of the order that mends it: it was begun by no alarm, so that it stands here. */
const orderSteps: Readonly<Record<string, readonly (readonly [OrderStep, TextKey])[]>> = {
  open: [
    ['dispatched', 'order.dispatch'],
    ['cancelled', 'order.cancel'],
  ],
  dispatched: [
    ['fixed', 'order.fix'],
    ['cancelled', 'order.cancel'],
  ],
  fixed: [
    ['verified', 'order.verify'],
    ['dispatched', 'order.back'],
  ],
}

export function ReportActs({ report, city, changed }: Props) {
  const { id, state, tenant, workOrder } = report
  const answer = useSignal(report.answer ?? '')
  const needsAnswer = useSignal(false)
  const isSure = useSignal(false)
  const act = useDeskAct()
  if (!may('handle-alarms', tenant)) return null
  const { desk, handling } = city.api
  const run = (work: () => Promise<unknown>) =>
    void act
      .run(async () => {
        await work()
        await changed()
      })
      .then((isDone) => (isDone ? undefined : changed()))
  const become = (wanted: Omit<ReportChange, 'by'>): void => {
    const said = answer.value.trim()
    needsAnswer.value = wanted.state === 'declined' && said === ''
    if (needsAnswer.value) return
    const isAnswered = said !== '' && (wanted.state === 'declined' || wanted.state === 'mended')
    run(() => desk.changeReport(id, { ...wanted, ...(isAnswered ? { answer: said } : {}) }, person.value))
  }
  const isNew = state === 'received' || state === 'looked-at'
  const button = (text: TextKey, press: () => void, outline = true) => (
    <button
      type="button"
      class={outline ? 'button button-outline' : 'button'}
      disabled={act.isBusy.value}
      onClick={press}
    >
      {t(text)}
    </button>
  )
  return (
    <section class="report-acts">
      <ActFault act={act} />
      {isNew && (
        <>
          <label class="field">
            {t('report.answer')}
            <textarea
              rows={2}
              maxLength={1000}
              value={answer.value}
              onInput={(event) => (answer.value = event.currentTarget.value)}
            />
            <small>{t('report.answerHint')}</small>
          </label>
          {needsAnswer.value && (
            <p class="fault" role="alert">
              {t('report.needAnswer')}
            </p>
          )}
          <div class="report-buttons">
            {button('report.order', () => run(() => desk.orderReport(id, person.value)), false)}
            {state === 'received' && button('report.look', () => become({ state: 'looked-at' }))}
            {button('report.mend', () => become({ state: 'mended' }))}
            {button('report.decline', () => become({ state: 'declined' }))}
          </div>
          <Merges report={report} isBusy={act.isBusy.value} merge={(into) => become({ state: 'merged', into })} />
        </>
      )}
      {workOrder !== null && (
        <OrderSteps
          order={workOrder}
          isBusy={act.isBusy.value}
          move={(to) => run(() => handling.moveOrder(workOrder.id, to, person.value))}
        />
      )}
      <div class="report-buttons">
        {(state === 'declined' || state === 'merged' || (state === 'mended' && workOrder === null)) &&
          button('report.reopen', () => become({ state: 'looked-at' }))}
        {isSure.value
          ? button('report.reallyRemove', () => run(() => desk.removeReport(id)))
          : button('report.remove', () => (isSure.value = true))}
      </div>
    </section>
  )
}

function OrderSteps(props: {
  readonly order: NonNullable<ReportDetail['workOrder']>
  readonly isBusy: boolean
  readonly move: (to: OrderStep) => void
}) {
  const { order, isBusy, move } = props
  return (
    <div class="report-buttons">
      {orderSteps[order.state]?.map(([to, text]) => (
        <button
          key={to}
          type="button"
          class="button button-outline"
          data-order={to}
          disabled={isBusy}
          onClick={() => move(to)}
        >
          {t(text)}
        </button>
      ))}
    </div>
  )
}

function Merges(props: {
  readonly report: ReportDetail
  readonly isBusy: boolean
  readonly merge: (into: string) => void
}) {
  const { report, isBusy, merge } = props
  if (report.nearReports.length === 0) return null
  return (
    <ul class="report-merges">
      {report.nearReports.map(({ id, number, text, distanceM }) => (
        <li key={id}>
          <span class="report-text">{text}</span>
          <button type="button" class="button button-outline" disabled={isBusy} onClick={() => merge(id)}>
            {t('report.merge', { number, m: distanceM })}
          </button>
        </li>
      ))}
    </ul>
  )
}
