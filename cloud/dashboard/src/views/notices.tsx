// How one is told of alarms: on which devices, by which ways, of what and when. Each change is saved at once.
import '../style/notices.css'
import '../style/duty.css'
import '../style/admin.css'
import { useEffect, useMemo } from 'preact/hooks'
import type { RecipientItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { access } from '../city/session.ts'
import { isLoaded, type Loaded, type MyNotices, openMyNotices } from '../notices/my-notices.ts'
import { chooseRecipient, recipient } from '../notices/recipient.ts'
import { MyDeliveries } from '../parts/delivery-list.tsx'
import { LineLink } from '../parts/line-link.tsx'
import { NoticeReports } from '../parts/notice-reports.tsx'
import { NoticeBulletins } from '../parts/notice-bulletins.tsx'
import { NoticeChannels } from '../parts/notice-channels.tsx'
import { NoticeDevices } from '../parts/notice-devices.tsx'
import { NoticeTimes } from '../parts/notice-times.tsx'
import { NoticeTopics } from '../parts/notice-topics.tsx'
import { t } from '../text/language.ts'

export function Notices({ city }: { readonly city: City }) {
  const notices = useMemo(() => openMyNotices(city.api), [city])
  useEffect(() => void notices.load(), [notices])
  const shown = notices.shown.value
  return (
    <>
      <h1>{t('notices.title')}</h1>
      <p class="lead">{t('notices.lead')}</p>
      {shown === 'loading' && <p class="quiet">{t('app.loading')}</p>}
      {shown === 'failed' && <Failed notices={notices} />}
      {shown === 'nobody' && <p class="empty">{t('notices.nobody')}</p>}
      {Array.isArray(shown) && <Who people={shown as readonly RecipientItem[]} notices={notices} />}
      {isLoaded(shown) && <Settings loaded={shown} notices={notices} city={city} />}
    </>
  )
}

function Failed({ notices }: { readonly notices: MyNotices }) {
  return (
    <div class="fault" role="alert">
      <p>{t('notices.failed')}</p>
      <button type="button" class="button button-outline" onClick={() => void notices.load()}>
        {t('notices.again')}
      </button>
    </div>
  )
}

function Who(props: { readonly people: readonly RecipientItem[]; readonly notices: MyNotices }) {
  return (
    <label class="field">
      {t('notices.who')}
      <select
        value={recipient.value?.id ?? ''}
        onChange={(event) => {
          const { value } = event.currentTarget
          const one = props.people.find(({ id }) => id === value)
          chooseRecipient(one === undefined ? undefined : { id: one.id, name: one.name })
          void props.notices.load()
        }}
      >
        <option value="">{t('notices.pick')}</option>
        {props.people.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}

/** Where nobody signs in, whose settings these are, and the way to another's. */
function Chosen({ notices }: { readonly notices: MyNotices }) {
  if (access.value.state === 'in' || recipient.value === undefined) return null
  const another = (): void => {
    chooseRecipient(undefined)
    void notices.load()
  }
  return (
    <p class="notice-who">
      {t('notices.whose', { name: recipient.value.name })}{' '}
      <button type="button" class="button button-outline" onClick={another}>
        {t('notices.other')}
      </button>
    </p>
  )
}

function Settings(props: { readonly loaded: Loaded; readonly notices: MyNotices; readonly city: City }) {
  const { loaded, notices, city } = props
  const { info, mine } = loaded
  const { preferences } = mine
  return (
    <>
      <Chosen notices={notices} />
      {info.channels.length === 0 && <p class="warn">{t('notices.noChannels')}</p>}
      <div class="notice-grid">
        {info.pushKey !== null && <NoticeDevices loaded={loaded} notices={notices} city={city} />}
        <NoticeChannels loaded={loaded} notices={notices} city={city} />
        {info.channels.includes('line') && <LineLink linked={mine.addresses.line} notices={notices} city={city} />}
        <NoticeTopics preferences={preferences} notices={notices} city={city} />
        <NoticeReports preferences={preferences} notices={notices} />
        <NoticeBulletins preferences={preferences} notices={notices} />
        <NoticeTimes preferences={preferences} notices={notices} />
        <MyDeliveries city={city} />
      </div>
      <SaveState notices={notices} />
    </>
  )
}

/** Stays in sight, so that whoever changes something at the bottom sees what became of it. */
function SaveState({ notices }: { readonly notices: MyNotices }) {
  const outcome = notices.outcome.value
  const text = { saving: 'notices.saving', saved: 'notices.saved', failed: 'notices.notSaved' } as const
  return (
    <p class="save-state" role="status" data-outcome={outcome ?? 'none'} hidden={outcome === undefined}>
      {outcome !== undefined && t(text[outcome])}
    </p>
  )
}
