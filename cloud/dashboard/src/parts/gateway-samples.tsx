// What the devices of a gateway answer, live: the sentence first, then those that are silent and why, then every value.
import type { GatewayItem, LatestItem } from '../api/shapes.ts'
import {
  type DeviceAnswer,
  type DeviceSamples,
  deviceSamples,
  errorsByBus,
  silentBuses,
} from '../city/gateway-devices.ts'
import { gatewayDevice } from '../../../../broker/contract/gateway-device.ts'
import { duration, shortTime } from '../format/time.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, localized, t } from '../text/language.ts'
import { nowMs } from './now.ts'
import { reasonText } from './quality-text.tsx'
import { stale } from './stale.ts'
import { StateMark, type MarkName } from './state-mark.tsx'
import { ValueTable } from './value-table.tsx'

type Condition = GatewayItem['condition']

/** A code of the driver in the words of a reading's reason. */
function codeText(code: string): string {
  return reasonText(code.replace(/^driver\./, ''))
}

/** Since when and why it is silent, as far as it is told. */
function whyText({ fault, reason }: DeviceSamples): string | undefined {
  const words = fault?.code === undefined ? reason && reasonText(reason) : codeText(fault.code)
  if (words === undefined || fault?.sinceMs === undefined) return words
  return t('samples.why', { length: duration(nowMs.value - fault.sinceMs, language.value), reason: words })
}

interface Verdict {
  readonly mark: MarkName
  readonly title: string
  readonly details: readonly string[]
}

function isPastOf({ state }: GatewayItem): boolean {
  return state === 'offline' || stale.value
}

function judge(gateway: GatewayItem, devices: readonly DeviceSamples[]): Verdict {
  const of = (answer: DeviceAnswer) => devices.filter((device) => device.answer === answer)
  const [silent, items] = [of('silent'), devices.flatMap((device) => device.items)]
  if (isPastOf(gateway)) {
    return { mark: 'offline', title: t('samples.away'), details: [t('samples.awayDetail')] }
  }
  if (silent.length > 0) {
    const [first] = silent
    const title =
      silent.length === 1 && first !== undefined
        ? t('samples.silentOne', { device: localized(first.label) })
        : t('samples.silentMany', { n: silent.length, all: devices.length })
    const buses = silentBuses(gateway, devices).map((bus) => t('samples.busSilent', { bus }))
    const why = silent.length === 1 && first !== undefined ? whyText(first) : undefined
    return { mark: 'critical', title, details: [...(why === undefined ? [] : [why]), ...buses] }
  }
  const doubtful = items.filter(({ quality, time }) => time !== null && quality !== 'good').length
  if (doubtful > 0) return { mark: 'warning', title: t('samples.partly', { n: doubtful }), details: [] }
  if (of('waiting').length > 0 || items.length === 0) {
    return { mark: 'info', title: t(items.length === 0 ? 'samples.none' : 'samples.waiting'), details: [] }
  }
  return { mark: 'good', title: t('samples.allAnswer', { n: items.length }), details: [] }
}

const answerKeys = {
  silent: 'answer.silent',
  partly: 'answer.partly',
  waiting: 'answer.waitingDevice',
  well: 'answer.well',
} as const satisfies Readonly<Record<DeviceAnswer, TextKey>>
const answerMarks = {
  silent: 'critical',
  partly: 'warning',
  waiting: 'info',
  well: 'good',
} as const satisfies Readonly<Record<DeviceAnswer, MarkName>>

/** `isPast`: what is shown is from before the connection broke. */
function Device({ device, isPast }: { readonly device: DeviceSamples; readonly isPast: boolean }) {
  const { id, items, answer, fault } = device
  const why = answer === 'silent' ? whyText(device) : undefined
  const mark = isPast ? 'offline' : answerMarks[answer]
  const word = isPast ? t('state.before', { state: t(answerKeys[answer]) }) : t(answerKeys[answer])
  return (
    <div class="sampled-device" data-device={id} data-answer={answer}>
      <ValueTable device={id} items={items} charts>
        <span class="sampled-state">
          <StateMark name={mark} size={16} />
          <b>{word}</b>
          {why !== undefined && <span>{why}</span>}
          {fault?.connection !== undefined && (
            <small class="quiet">
              {t('samples.connection')} <span class="code">{fault.connection}</span>
            </small>
          )}
        </span>
      </ValueTable>
    </div>
  )
}

/** Of more devices than this those that answer are shown when asked for: whoever comes looks for those that do not. */
const mostOpen = 6

function Devices(props: { readonly devices: readonly DeviceSamples[]; readonly isPast: boolean }) {
  const { devices, isPast } = props
  const isMany = devices.length > mostOpen
  const open = isMany ? devices.filter(({ answer }) => answer !== 'well') : devices
  const folded = isMany ? devices.filter(({ answer }) => answer === 'well') : []
  const list = (shown: readonly DeviceSamples[]) => (
    <div class="value-grid">
      {shown.map((device) => (
        <Device key={device.id} device={device} isPast={isPast} />
      ))}
    </div>
  )
  return (
    <>
      {list(open)}
      {folded.length > 0 && (
        <details class="folded">
          <summary>{t('samples.wellMore', { n: folded.length })}</summary>
          {list(folded)}
        </details>
      )}
    </>
  )
}

function Errors({ condition, devices }: { readonly condition: Condition; readonly devices: readonly DeviceSamples[] }) {
  const buses = errorsByBus(devices)
  return (
    <>
      <h3>
        {t('faults.title')}{' '}
        {condition !== null && (
          <small class="quiet">
            {t('faults.since', { time: shortTime(condition.sinceMs, nowMs.value, language.value) })}
          </small>
        )}
      </h3>
      {condition === null && <p class="quiet">{t('faults.untold')}</p>}
      {condition !== null && buses.length === 0 && <p class="quiet">{t('faults.none')}</p>}
      {buses.length > 0 && (
        <ul class="bus-errors">
          {buses.map(({ connection, devices: own }) => (
            <li key={connection ?? ''} data-bus={connection}>
              <b>{connection === undefined ? t('faults.noBus') : t('faults.bus', { bus: connection })}</b>
              <ul>
                {own.map(({ id, label, fault }) => (
                  <li key={id}>
                    {localized(label)}:{' '}
                    {fault.errors.map(({ code, count }) => (
                      <span key={code} class="bus-error">
                        {t('faults.one', { reason: codeText(code), n: count })} <span class="code">{code}</span>
                      </span>
                    ))}
                  </li>
                ))}
              </ul>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

export function GatewaySamples({
  gateway,
  series,
}: {
  readonly gateway: GatewayItem
  readonly series: readonly LatestItem[]
}) {
  const devices = deviceSamples(gateway, series)
  const { mark, title, details } = judge(gateway, devices)
  const own = series.filter(({ device }) => device === gatewayDevice)
  return (
    <section class="care" aria-labelledby="samples-title">
      <h2 id="samples-title">{t('samples.title')}</h2>
      <div class={`answer answer-${mark} gateways-answer`} data-verdict={mark}>
        <div class="answer-head" role="status">
          <StateMark name={mark} size={32} />
          <div>
            <p class="answer-title">{title}</p>
            {details.map((detail) => (
              <p key={detail}>{detail}</p>
            ))}
          </div>
        </div>
      </div>
      <Devices devices={devices} isPast={isPastOf(gateway)} />
      <Errors condition={gateway.condition} devices={devices} />
      {own.length > 0 && (
        <details class="folded">
          <summary>{t('samples.own')}</summary>
          <ValueTable device={gatewayDevice} items={own} charts />
        </details>
      )}
    </section>
  )
}
