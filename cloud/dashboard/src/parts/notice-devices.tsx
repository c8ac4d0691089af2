// The devices on which one's notices arrive: this one is added by a press, and what stands in the way is said in words.
import { useSignal } from '@preact/signals'
import type { City } from '../city/city.ts'
import { access } from '../city/session.ts'
import { monthDay } from '../format/time.ts'
import type { Browser, Loaded, MyNotices } from '../notices/my-notices.ts'
import { recipient } from '../notices/recipient.ts'
import { type PushFault, type PushState, subscribeHere, unsubscribeHere } from '../notices/this-browser.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, t } from '../text/language.ts'

const stateTexts = {
  insecure: 'push.insecure',
  'home-screen': 'push.homeScreen',
  unsupported: 'push.unsupported',
  denied: 'push.denied',
  off: 'push.off',
  on: 'push.on',
} as const satisfies Record<PushState, TextKey>

const faultTexts = {
  denied: 'push.denied',
  dismissed: 'push.dismissed',
  blocked: 'push.blocked',
  refused: 'push.refused',
} as const satisfies Record<PushFault, TextKey>

interface DeviceProps {
  readonly loaded: Loaded
  readonly notices: MyNotices
  readonly city: City
}

export function NoticeDevices({ loaded, notices, city }: DeviceProps) {
  const { state } = loaded.here
  return (
    <section class="notice-card" aria-labelledby="push-title" data-push={state}>
      <h2 id="push-title">{t('push.title')}</h2>
      <p class={state === 'off' || state === 'on' ? undefined : 'warn'}>{t(stateTexts[state])}</p>
      <ThisDevice loaded={loaded} notices={notices} city={city} />
      <h3>{t('push.devices')}</h3>
      {loaded.browsers.length === 0 && <p class="quiet">{t('push.none')}</p>}
      <ul class="notice-list">
        {loaded.browsers.map((browser) => (
          <Device
            key={browser.id}
            browser={browser}
            isHere={browser.id === loaded.here.id}
            notices={notices}
            city={city}
          />
        ))}
      </ul>
    </section>
  )
}

function ThisDevice({ loaded, notices, city }: DeviceProps) {
  const isBusy = useSignal(false)
  const fault = useSignal<PushFault | undefined>(undefined)
  const { pushKey } = loaded.info
  const { state } = loaded.here
  if (pushKey === null || (state !== 'on' && state !== 'off')) return null
  async function run(work: () => Promise<PushFault | undefined>): Promise<void> {
    isBusy.value = true
    fault.value = undefined
    fault.value = await work().catch(() => 'refused' as const)
    isBusy.value = false
    await notices.load()
  }
  const person = access.value.state === 'in' ? undefined : recipient.value?.id
  const begin = () => subscribeHere(city.api.notices, { pushKey, person })
  const stop = async (): Promise<undefined> => await unsubscribeHere(city.api.notices).then(() => undefined)
  return (
    <>
      {fault.value !== undefined && (
        <p class="fault" role="alert">
          {t(faultTexts[fault.value])}
        </p>
      )}
      <button
        type="button"
        class={`button notice-press${state === 'on' ? ' button-outline' : ''}`}
        disabled={isBusy.value}
        onClick={() => void run(state === 'on' ? stop : begin)}
      >
        {t(isBusy.value ? 'push.working' : state === 'on' ? 'push.stop' : 'push.subscribe')}
      </button>
    </>
  )
}

function Device(props: {
  readonly browser: Browser
  readonly isHere: boolean
  readonly notices: MyNotices
  readonly city: City
}) {
  const { browser, isHere, notices, city } = props
  const isBusy = useSignal(false)
  const name = browser.label === '' ? t('push.unnamed') : browser.label
  async function remove(): Promise<void> {
    isBusy.value = true
    const { notices: api } = city.api
    // What is gone already, and a hub that does not answer, both show in the list that is loaded next.
    await (isHere ? unsubscribeHere(api) : api.removeBrowser(browser.id)).catch(() => undefined)
    isBusy.value = false
    await notices.load()
  }
  return (
    <li>
      <span>
        <b>{name}</b>
        {isHere && <span class="mark-here">{t('push.here')}</span>}
        <br />
        <small class="quiet">{t('push.since', { date: monthDay(browser.created, language.value) })}</small>
      </span>
      <button
        type="button"
        class="button button-outline"
        aria-label={t('push.removeOf', { device: name })}
        disabled={isBusy.value}
        onClick={() => void remove()}
      >
        {t('push.remove')}
      </button>
    </li>
  )
}
