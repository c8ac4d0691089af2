// One report of a citizen: what is wrong where, and behind it what is near, what happened, and what may be done.
import { useSignal } from '@preact/signals'
import type { ReportDetail, ReportItem } from '../api/desk-api.ts'
import type { City } from '../city/city.ts'
import { dateTime } from '../format/time.ts'
import { language, t } from '../text/language.ts'
import { orderText } from './alarm-order.tsx'
import { NotRead } from './desk-fault.tsx'
import { ReportActs } from './report-acts.tsx'
import { ReportPhotos } from './report-photos.tsx'
import { actionKey, kindKeys, reportStateKeys } from './report-words.ts'
import { TimeText } from './time-text.tsx'

interface Props {
  readonly report: ReportItem
  readonly city: City
  readonly reload: () => Promise<void>
}

export function ReportCard({ report, city, reload }: Props) {
  const { number, kind, text, lamp, photos, photosLeftOut, state, near, workOrder, mergedInto, receivedAt } = report
  const isOpen = useSignal(false)
  const detail = useSignal<ReportDetail | 'failed' | undefined>(undefined)
  const load = async (): Promise<void> => {
    detail.value = await city.api.desk.report(report.id).catch(() => 'failed' as const)
  }
  const changed = async (): Promise<void> => {
    await Promise.all([load(), reload()])
  }
  return (
    <li class={`report-card report-${state}`} data-report={number}>
      <div class="report-head">
        <h2>
          {t(kindKeys[kind])} #{number}
        </h2>
        <span class={`report-state report-state-${state}`}>{t(reportStateKeys[state])}</span>
      </div>
      <p class="report-text">{text === '' ? <span class="quiet">{t('report.noText')}</span> : text}</p>
      <p class="report-facts">
        <TimeText timeMs={receivedAt} coarse />
        {lamp !== null && <span>{lamp.name}</span>}
        {photos > 0 && <span>{t('report.photos', { n: photos })}</span>}
        {photosLeftOut.length > 0 && <span>{t('report.leftOut', { n: photosLeftOut.length })}</span>}
        {near > 0 && <b class="report-near">{t('report.near', { n: near })}</b>}
        {workOrder !== null && <span>{orderText(workOrder)}</span>}
        {mergedInto !== null && <span>{t('report.sameAs', { number: mergedInto.number })}</span>}
      </p>
      <details
        onToggle={(event) => {
          isOpen.value = event.currentTarget.open
          if (isOpen.value && typeof detail.value !== 'object') void load()
        }}
      >
        <summary>{t('report.details')}</summary>
        {isOpen.value && <Detail detail={detail.value} city={city} again={() => void load()} changed={changed} />}
      </details>
    </li>
  )
}

function Detail(props: {
  readonly detail: ReportDetail | 'failed' | undefined
  readonly city: City
  readonly again: () => void
  readonly changed: () => Promise<void>
}) {
  const { detail, city, again, changed } = props
  if (detail === undefined) return <p class="quiet">{t('app.loading')}</p>
  if (detail === 'failed') return <NotRead again={again} />
  const { position, contact, answer, log } = detail
  return (
    <div class="report-detail">
      <dl class="report-terms">
        <dt>{t('report.place')}</dt>
        <dd class="code">{t('report.at', { lat: position.lat.toFixed(5), lon: position.lon.toFixed(5) })}</dd>
        {contact !== null && (
          <>
            <dt>{t('report.contact')}</dt>
            <dd>{contact}</dd>
          </>
        )}
        {answer !== null && (
          <>
            <dt>{t('report.answer')}</dt>
            <dd class="report-text">{answer}</dd>
          </>
        )}
      </dl>
      {detail.photos > 0 && <ReportPhotos report={detail} city={city} changed={changed} />}
      <ReportActs report={detail} city={city} changed={changed} />
      <h3>{t('report.log')}</h3>
      <ol class="report-log">
        {log.map(({ time, action, by, detail: said }, index) => {
          const key = actionKey(action)
          return (
            <li key={index}>
              <time dateTime={new Date(time).toISOString()}>{dateTime(time, language.value)}</time>
              <b>{key === undefined ? action : t(key)}</b>
              <span>{by}</span>
              {action === 'declined' || action === 'mended' ? <span>{said}</span> : null}
            </li>
          )
        })}
      </ol>
    </div>
  )
}
