// Who asked a gateway for what, and what became of it: the latest few, the others when asked for.
import { useSignal } from '@preact/signals'
import type { HubApi } from '../api/hub-api.ts'
import type { CommandItem } from '../api/shapes.ts'
import type { Care } from '../city/care.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'
import { resultKeys } from './care-outcome.tsx'
import { TimeText } from './time-text.tsx'

const kindKeys: Readonly<Record<string, TextKey>> = {
  doctor: 'care.doctor',
  'diagnostic-bundle': 'care.bundle',
  frame: 'care.frame',
  identify: 'care.identify',
  restart: 'care.restart',
  log: 'care.log',
  'correct-verdict': 'care.correction',
}

const fewRecords = 5

function RecordRow({ record, api }: { readonly record: CommandItem; readonly api: HubApi }) {
  const { id, kind, by, state, askedAt, file } = record
  const [kindKey, resultKey] = [kindKeys[kind], resultKeys[state]]
  return (
    <tr>
      <td data-label={t('care.when')}>
        <TimeText timeMs={askedAt} />
      </td>
      <th scope="row" data-label={t('care.what')}>
        {kindKey === undefined ? kind : t(kindKey)}
      </th>
      <td data-label={t('care.who')}>{by === '' ? <span class="quiet">{t('care.nobody')}</span> : by}</td>
      <td data-label={t('care.result')}>
        {resultKey === undefined ? state : t(resultKey)}
        {file !== null && (
          <small>
            <a href={api.address(`api/v1/commands/${encodeURIComponent(id)}/file`)} download={file.name}>
              {t('care.openFile')}
            </a>
          </small>
        )}
      </td>
    </tr>
  )
}

export function CareRecords({ care, api }: { readonly care: Care; readonly api: HubApi }) {
  // The end of a followed log is the page's own doing.
  const records = care.records.value.filter(({ kind, arguments: given }) => kind !== 'log' || given['seconds'] !== 0)
  const isWhole = useSignal(false)
  const shown = isWhole.value ? records : records.slice(0, fewRecords)
  const more = records.length - shown.length
  return (
    <section class="care" aria-labelledby="records-title">
      <h2 id="records-title">{t('care.records')}</h2>
      {records.length === 0 ? (
        <p class="quiet">{t('care.noRecords')}</p>
      ) : (
        <table class="table table-stacked care-records">
          <thead>
            <tr>
              <th scope="col">{t('care.when')}</th>
              <th scope="col">{t('care.what')}</th>
              <th scope="col">{t('care.who')}</th>
              <th scope="col">{t('care.result')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((record) => (
              <RecordRow key={record.id} record={record} api={api} />
            ))}
          </tbody>
        </table>
      )}
      {more > 0 && (
        <button type="button" class="button button-outline" onClick={() => (isWhole.value = true)}>
          {t('care.allRecords', { n: more })}
        </button>
      )}
    </section>
  )
}
