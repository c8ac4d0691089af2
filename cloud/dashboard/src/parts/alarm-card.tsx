// One alarm: how bad, what, where, since when, what to do, and the button that says somebody looks after it.
import { useSignal } from '@preact/signals'
import type { AlarmItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { valueText } from '../format/value-text.ts'
import { routeHash } from '../router.ts'
import { localized, t } from '../text/language.ts'
import { SeverityBadge, severityMarks } from './state-mark.tsx'
import { TimeText } from './time-text.tsx'

export interface AlarmCardProps {
  readonly alarm: AlarmItem
  readonly city: City
}

/** Name and address of where the alarm is: its site, else its gateway. */
function placeOf(alarm: AlarmItem, city: City): { readonly name: string; readonly hash: string } {
  const site = city.sites.value.find(({ id }) => id === alarm.site)
  if (site !== undefined) return { name: localized(site.name), hash: routeHash({ view: 'site', site: site.id }) }
  const gateway = city.gateways.value.find(({ id }) => id === alarm.gateway)
  return {
    name: gateway === undefined ? alarm.gateway : localized(gateway.label),
    hash: routeHash({ view: 'gateway', gateway: alarm.gateway }),
  }
}

/** What of the place it is about, where more than one thing could be meant: the channel, or the silent device. */
function subjectOf(alarm: AlarmItem, city: City): string | undefined {
  const item = alarm.series === null ? undefined : city.latest.value.get(alarm.series)
  if (item !== undefined) return localized(item.label)
  const ofDevice = [...city.latest.value.values()].find(
    ({ gateway, device }) => gateway === alarm.gateway && device === alarm.device,
  )
  return ofDevice === undefined ? undefined : localized(ofDevice.deviceLabel)
}

function progress(alarm: AlarmItem): string {
  if (alarm.state === 'open') return t(alarm.acknowledged ? 'alarm.acknowledged' : 'alarm.open')
  return t(alarm.acknowledged ? 'alarm.done' : 'alarm.cleared')
}

function AlarmTimes({ alarm, city }: AlarmCardProps) {
  return (
    <dl class="alarm-times">
      <div>
        <dt>{t('alarm.raised')}</dt>
        <dd>
          <TimeText timeMs={alarm.raisedAt} coarse />
        </dd>
      </div>
      {alarm.clearedAt !== null && (
        <div>
          <dt>{t('alarm.clearedAt')}</dt>
          <dd>
            <TimeText timeMs={alarm.clearedAt} coarse />
          </dd>
        </div>
      )}
      {alarm.acknowledgedAt !== null && (
        <div>
          <dt>{t('alarm.acknowledgedAt')}</dt>
          <dd>
            <TimeText timeMs={alarm.acknowledgedAt} coarse />
          </dd>
        </div>
      )}
      <AlarmValue alarm={alarm} city={city} />
    </dl>
  )
}

function AlarmValue({ alarm, city }: AlarmCardProps) {
  const item = alarm.series === null ? undefined : city.latest.value.get(alarm.series)
  if (alarm.value === null || item === undefined) return null
  return (
    <div>
      <dt>{t('alarm.valueThen')}</dt>
      <dd>
        {localized(item.label)} {valueText({ ...item, value: alarm.value })}
      </dd>
    </div>
  )
}

function AcknowledgeButton({ alarm, city, place }: AlarmCardProps & { readonly place: string }) {
  const state = useSignal<'idle' | 'sending' | 'failed'>('idle')
  async function acknowledge(): Promise<void> {
    state.value = 'sending'
    try {
      await city.acknowledge(alarm)
      state.value = 'idle'
    } catch {
      state.value = 'failed'
    }
  }
  return (
    <>
      <button
        type="button"
        class="button button-outline"
        disabled={state.value === 'sending'}
        aria-label={t('alarm.acknowledgeOf', { title: localized(alarm.title), place })}
        onClick={() => void acknowledge()}
      >
        {t('alarm.acknowledge')}
      </button>
      {state.value === 'failed' && (
        <p class="fault" role="alert">
          {t('alarm.acknowledgeFailed')}
        </p>
      )}
    </>
  )
}

/** `level`: of the heading, one below what stands above the card. */
export function AlarmCard({ alarm, city, level }: AlarmCardProps & { readonly level: 2 | 3 }) {
  const Heading = level === 2 ? 'h2' : 'h3'
  const place = placeOf(alarm, city)
  const subject = subjectOf(alarm, city)
  return (
    <article
      class={`alarm alarm-${severityMarks[alarm.severity]}${alarm.acknowledged || alarm.state === 'cleared' ? ' alarm-calm' : ''}`}
    >
      <div class="alarm-head">
        <SeverityBadge severity={alarm.severity} />
        <span class="alarm-progress">{progress(alarm)}</span>
      </div>
      <Heading class="alarm-title">
        <a href={place.hash}>{place.name}</a>
        <span>
          {localized(alarm.title)}
          {subject !== undefined && <small class="alarm-subject">{subject}</small>}
        </span>
      </Heading>
      <p class="alarm-advice">
        <span class="alarm-advice-label">{t('alarm.todo')}</span>
        {localized(alarm.advice)}
      </p>
      <div class="alarm-foot">
        <AlarmTimes alarm={alarm} city={city} />
        {!alarm.acknowledged && (
          <AcknowledgeButton
            alarm={alarm}
            city={city}
            place={subject === undefined ? place.name : `${place.name} ${subject}`}
          />
        )}
      </div>
    </article>
  )
}
