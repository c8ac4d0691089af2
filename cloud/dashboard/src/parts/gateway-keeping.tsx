// What waits in a gateway and what was lost, and how long its certificate holds: each as a sentence, then the numbers.
import type { ComponentChildren } from 'preact'
import type { GatewayItem, LatestItem } from '../api/shapes.ts'
import { gatewayHealth } from '../city/gateway-health.ts'
import {
  certificateState,
  type CertificateVerdict,
  type Drop,
  outboxState,
  type OutboxVerdict,
} from '../city/gateway-keeping.ts'
import { dateTime, duration } from '../format/time.ts'
import { displayUnit, numberText, quantityText } from '../format/units.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, t } from '../text/language.ts'
import { nowMs } from './now.ts'
import { stale } from './stale.ts'
import { StateMark, type MarkName } from './state-mark.tsx'

type Certificate = NonNullable<NonNullable<GatewayItem['condition']>['certificate']>

function Judged({ mark, children }: { readonly mark: MarkName; readonly children: ComponentChildren }) {
  return (
    <p class="care-verdict" data-verdict={mark}>
      <StateMark name={stale.value ? 'offline' : mark} size={20} />
      <span>{children}</span>
    </p>
  )
}

function Fact({ name, children }: { readonly name: TextKey; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{t(name)}</dt>
      <dd>{children}</dd>
    </div>
  )
}

const outboxKeys = {
  unknown: 'outbox.unknown',
  away: 'outbox.away',
  fault: 'outbox.fault',
  behind: 'outbox.behind',
  lossy: 'outbox.lossy',
  well: 'outbox.well',
} as const satisfies Readonly<Record<OutboxVerdict, TextKey>>
const outboxMarks = {
  unknown: 'info',
  away: 'offline',
  fault: 'critical',
  behind: 'warning',
  lossy: 'warning',
  well: 'good',
} as const satisfies Readonly<Record<OutboxVerdict, MarkName>>

const becauseKeys: Readonly<Record<string, TextKey>> = {
  bytes: 'outbox.because.full',
  evicted: 'outbox.because.full',
  healthy: 'outbox.because.full',
  'disk-full': 'outbox.because.disk',
  corrupt: 'outbox.because.corrupt',
  clock: 'outbox.because.clock',
  name: 'outbox.because.unfit',
  unencodable: 'outbox.because.unfit',
}

function dropText({ what, reason, count }: Drop): string {
  const key = becauseKeys[reason]
  const words = key === undefined ? reason : t(key)
  return t(what === 'readings' ? 'outbox.drop.readings' : 'outbox.drop.events', {
    n: numberText(count, 0),
    reason: words,
  })
}

function countText(count: number | undefined): string {
  return count === undefined ? t('value.none') : numberText(count, 0)
}

/** Younger than this is under way, not waiting. */
const underWayS = 5

function ageText(ageS: number | undefined): string {
  if (ageS === undefined) return t('value.none')
  return ageS < underWayS ? t('outbox.young') : duration(ageS * 1000, language.value)
}

function bytesText(bytes: number | undefined): string {
  return bytes === undefined
    ? t('value.none')
    : quantityText(bytes, displayUnit({ unit: 'B', channel: 'outbox-size', magnitude: bytes }))
}

function OutboxPart({ gateway, series }: { readonly gateway: GatewayItem; readonly series: readonly LatestItem[] }) {
  const { verdict, messages, readings, bytes, ageS, drops } = outboxState(
    gatewayHealth(gateway, series, undefined),
    series,
  )
  return (
    <section class="care" aria-labelledby="outbox-title">
      <h2 id="outbox-title">{t('outbox.title')}</h2>
      <Judged mark={outboxMarks[verdict]}>{t(outboxKeys[verdict])}</Judged>
      <dl class="gateway-numbers">
        <Fact name="outbox.messages">{countText(messages)}</Fact>
        <Fact name="outbox.readings">{countText(readings)}</Fact>
        <Fact name="outbox.bytes">{bytesText(bytes)}</Fact>
        <Fact name="outbox.age">{ageText(ageS)}</Fact>
        <Fact name="outbox.drops">
          {drops.length === 0
            ? t('outbox.noDrops')
            : drops.map((drop) => (
                <span key={`${drop.what} ${drop.reason}`} class="gateway-drop">
                  {dropText(drop)}
                </span>
              ))}
        </Fact>
      </dl>
    </section>
  )
}

const certificateKeys = {
  ended: 'certificate.ended',
  failed: 'certificate.failed',
  waiting: 'certificate.waiting',
  due: 'certificate.due',
  well: 'certificate.well',
} as const satisfies Readonly<Record<CertificateVerdict, TextKey>>
const certificateMarks = {
  ended: 'critical',
  failed: 'warning',
  waiting: 'warning',
  due: 'warning',
  well: 'good',
} as const satisfies Readonly<Record<CertificateVerdict, MarkName>>
const renewalKeys = {
  kept: 'certificate.kept',
  failed: 'certificate.failedAgain',
  waiting: 'certificate.approve',
} as const satisfies Readonly<Record<Certificate['renewal']['state'], TextKey>>

function CertificateFacts({ certificate }: { readonly certificate: Certificate }) {
  const { subject, issuer, serial, notBeforeMs, notAfterMs, renewal } = certificate
  const { verdict, daysLeft } = certificateState(certificate, nowMs.value)
  const [from, to] = [notBeforeMs, notAfterMs].map((timeMs) => dateTime(timeMs, language.value))
  return (
    <>
      <Judged mark={certificateMarks[verdict]}>{t(certificateKeys[verdict], { n: daysLeft })}</Judged>
      <dl class="gateway-numbers">
        <Fact name="certificate.life">{t('certificate.span', { from: from ?? '', to: to ?? '' })}</Fact>
        <Fact name="certificate.renewal">
          {t(renewalKeys[renewal.state])}
          {renewal.code !== undefined && <small class="code">{renewal.code}</small>}
        </Fact>
        <Fact name="certificate.subject">
          <span class="code">{subject}</span>
        </Fact>
        <Fact name="certificate.issuer">
          <span class="code">{issuer}</span>
        </Fact>
        <Fact name="certificate.serial">
          <span class="code">{serial}</span>
        </Fact>
      </dl>
    </>
  )
}

function CertificatePart({ condition }: Pick<GatewayItem, 'condition'>) {
  return (
    <section class="care" aria-labelledby="certificate-title">
      <h2 id="certificate-title">{t('certificate.title')}</h2>
      {condition?.certificate === undefined ? (
        <p class="quiet">{t(condition === null ? 'certificate.untold' : 'certificate.none')}</p>
      ) : (
        <CertificateFacts certificate={condition.certificate} />
      )}
    </section>
  )
}

export function GatewayKeeping(props: { readonly gateway: GatewayItem; readonly series: readonly LatestItem[] }) {
  return (
    <div class="gateway-keeping">
      <OutboxPart {...props} />
      <CertificatePart condition={props.gateway.condition} />
    </div>
  )
}
