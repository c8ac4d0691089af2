// The log of a gateway, followed for five minutes while somebody looks.
import { useSignalEffect } from '@preact/signals'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { HubApi } from '../api/hub-api.ts'
import { person } from '../city/person.ts'
import { createFollowedLog, type FollowedLog, type FollowState } from '../city/log-follow.ts'
import { clockTime } from '../format/time.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, t } from '../text/language.ts'

const followS = 300

const stateKeys: Readonly<Record<FollowState, TextKey | undefined>> = {
  off: undefined,
  following: undefined,
  waiting: 'care.logWaiting',
  ended: 'care.logEnded',
  failed: 'care.logFailed',
}

export function LogPanel(props: { readonly gateway: string; readonly isAway: boolean; readonly api: HubApi }) {
  const { gateway, isAway, api } = props
  const [log] = useState(() => createFollowedLog((url) => new EventSource(url)))
  useEffect(() => () => log.stop(), [log])
  const state = log.state.value
  const isOn = state === 'waiting' || state === 'following'
  const told = stateKeys[state]
  return (
    <li class="care-row">
      <div class="care-ask">
        <button
          type="button"
          class="button button-outline"
          disabled={isAway && !isOn}
          data-care="log"
          onClick={() => (isOn ? log.stop() : log.start(api.logUrl(gateway, followS, person.value)))}
        >
          {t(isOn ? 'care.logStop' : 'care.log')}
        </button>
        <span class="quiet">{t('care.logHint')}</span>
      </div>
      <div aria-live="polite">
        {told !== undefined && <p class={state === 'failed' ? 'fault' : 'quiet'}>{t(told)}</p>}
      </div>
      {log.lines.value.length > 0 && <Lines log={log} />}
    </li>
  )
}

function Lines({ log }: { readonly log: FollowedLog }) {
  const box = useRef<HTMLOListElement>(null)
  useSignalEffect(() => {
    if (log.lines.value.length > 0) requestAnimationFrame(() => box.current?.scrollTo(0, box.current.scrollHeight))
  })
  return (
    <>
      <ol class="log" ref={box} tabIndex={0} aria-label={t('care.log')}>
        {log.lines.value.map(({ timeMs, level, text }, index) => (
          <li key={`${index} ${timeMs}`} class={level >= 50 ? 'log-error' : level >= 40 ? 'log-warn' : undefined}>
            {timeMs !== undefined && <time>{clockTime(timeMs, language.value)}</time>} {text}
          </li>
        ))}
      </ol>
      {log.dropped.value > 0 && <p class="quiet">{t('care.logDropped', { n: log.dropped.value })}</p>}
    </>
  )
}
