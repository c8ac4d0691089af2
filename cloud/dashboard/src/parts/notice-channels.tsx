// The ways by which one is told, in the order of liking, each with where it leads and a test.
import { useSignal } from '@preact/signals'
import { HubError } from '../api/hub-api.ts'
import type { PersonChannel, Preferences } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import type { Loaded, MyNotices } from '../notices/my-notices.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'

const channelTexts = {
  push: 'channel.push',
  line: 'channel.line',
  email: 'channel.email',
} as const satisfies Record<PersonChannel, TextKey>
const all = ['push', 'line', 'email'] as const satisfies readonly PersonChannel[]

interface ChannelProps {
  readonly loaded: Loaded
  readonly notices: MyNotices
  readonly city: City
}

export function NoticeChannels({ loaded, notices, city }: ChannelProps) {
  const { preferences } = loaded.mine
  const { channels, spread } = preferences
  const known = all.filter((channel) => loaded.info.channels.includes(channel))
  const shown = [...channelsOf(loaded), ...known.filter((channel) => !channels.includes(channel))]
  const usable = channels.filter((channel) => whereTo(channel, loaded).isReady)
  return (
    <section class="notice-card" aria-labelledby="channel-title">
      <h2 id="channel-title">{t('channel.title')}</h2>
      {usable.length === 0 && loaded.info.channels.length > 0 && <p class="warn">{t('channel.noneUsed')}</p>}
      <ul class="notice-list">
        {shown.map((channel) => (
          <ChannelRow key={channel} channel={channel} loaded={loaded} notices={notices} city={city} />
        ))}
      </ul>
      <SpreadChoice spread={spread} notices={notices} />
    </section>
  )
}

function SpreadChoice({ spread, notices }: { readonly spread: Preferences['spread']; readonly notices: MyNotices }) {
  return (
    <fieldset class="field-choice">
      <legend>{t('channel.spread')}</legend>
      {(['first', 'all'] as const).map((value) => (
        <label key={value} class="tick">
          <input
            type="radio"
            name="spread"
            checked={spread === value}
            onChange={() => notices.change({ spread: value })}
          />
          {t(value === 'first' ? 'channel.first' : 'channel.all')}
        </label>
      ))}
    </fieldset>
  )
}

/** Those that are used and set up here; the others keep their place unseen. */
function channelsOf({ info, mine }: Loaded): readonly PersonChannel[] {
  return mine.preferences.channels.filter((channel) => info.channels.includes(channel))
}

interface WhereTo {
  readonly isReady: boolean
  readonly text: string
}

function whereTo(channel: PersonChannel, { mine }: Loaded): WhereTo {
  const { email, line, browsers } = mine.addresses
  if (channel === 'push') {
    return browsers > 0
      ? { isReady: true, text: t('channel.devices', { n: browsers }) }
      : { isReady: false, text: t('channel.noDevice') }
  }
  const address = channel === 'line' ? line : email
  if (address !== null) return { isReady: true, text: address }
  return { isReady: false, text: t(channel === 'line' ? 'channel.noLine' : 'channel.noEmail') }
}

function ChannelRow({ channel, loaded, notices, city }: ChannelProps & { readonly channel: PersonChannel }) {
  const { channels } = loaded.mine.preferences
  const name = t(channelTexts[channel])
  const used = channelsOf(loaded)
  const before = used[used.indexOf(channel) - 1]
  const { isReady, text } = whereTo(channel, loaded)
  const use = (isUsed: boolean): void => {
    notices.change({ channels: isUsed ? [...channels, channel] : channels.filter((other) => other !== channel) })
  }
  const moveUp = (): void => {
    if (before === undefined) return
    const swapped = channels.map((one) => (one === channel ? before : one === before ? channel : one))
    notices.change({ channels: swapped })
  }
  return (
    <li class="notice-channel" data-channel={channel}>
      <label class="tick">
        <input
          type="checkbox"
          checked={used.includes(channel)}
          aria-label={t('channel.use', { channel: name })}
          onChange={(event) => use(event.currentTarget.checked)}
        />
        <span>
          <b>{name}</b>
          <br />
          <small class={isReady ? 'quiet' : 'channel-lack'}>{text}</small>
        </span>
      </label>
      <span class="notice-acts">
        {before !== undefined && (
          <button
            type="button"
            class="button button-outline"
            aria-label={t('channel.upOf', { channel: name })}
            onClick={moveUp}
          >
            {t('channel.up')}
          </button>
        )}
        {isReady && <TestButton channel={channel} name={name} city={city} />}
      </span>
    </li>
  )
}

function TestButton(props: { readonly channel: PersonChannel; readonly name: string; readonly city: City }) {
  const { channel, name, city } = props
  const isBusy = useSignal(false)
  const answer = useSignal<TextKey | undefined>(undefined)
  async function send(): Promise<void> {
    isBusy.value = true
    answer.value = undefined
    try {
      const sent = await city.api.notices.test(channel)
      answer.value = sent.length > 0 ? 'channel.sent' : 'channel.noAddress'
    } catch (thrown) {
      const isTooMany = thrown instanceof HubError && thrown.status === 429
      answer.value = isTooMany ? 'channel.tooMany' : 'channel.testFailed'
    } finally {
      isBusy.value = false
    }
  }
  return (
    <>
      <button
        type="button"
        class="button button-outline"
        aria-label={t('channel.testOf', { channel: name })}
        disabled={isBusy.value}
        onClick={() => void send()}
      >
        {t('channel.test')}
      </button>
      {answer.value !== undefined && (
        <small class="notice-answer" role="status">
          {t(answer.value)}
        </small>
      )}
    </>
  )
}
