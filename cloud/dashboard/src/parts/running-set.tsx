// What a gateway runs, what it was offered last, and why that did or did not come to run: the sentence first, the gateway's own words below.
import { useEffect, useState } from 'preact/hooks'
import type { HubApi } from '../api/hub-api.ts'
import type { GatewaySets } from '../api/shapes.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'
import { SetReason } from './set-reason.tsx'
import { StateMark } from './state-mark.tsx'
import { TimeText } from './time-text.tsx'

type Reported = GatewaySets['reported']
type Result = NonNullable<Reported['desired']>['results'][number]

const refreshMs = 10_000

const resultKeys: Readonly<Record<Result['result'], TextKey>> = {
  applied: 'set.applied',
  'applied-after-retry': 'set.appliedAfterRetry',
  refused: 'set.refused',
  'rolled-back': 'set.rolledBack',
  'cannot-roll-back': 'set.cannotRollBack',
}
const phaseKeys = { waiting: 'set.waiting', staging: 'set.staging', trial: 'set.trial' } as const
/** The worst first: it stands for the whole set. */
const worstFirst = ['cannot-roll-back', 'rolled-back', 'refused', 'applied-after-retry', 'applied'] as const
const kindKeys = {
  config: 'set.config',
  profile: 'set.profile',
  model: 'set.model',
  flow: 'set.flow',
  agent: 'set.agent',
} as const
export function RunningSet({ gateway, api }: { readonly gateway: string; readonly api: HubApi }) {
  const [reported, setReported] = useState<Reported | 'failed' | undefined>(undefined)
  useEffect(() => {
    let isShown = true
    const read = (): void => {
      api.sets(gateway).then(
        ([found]) => isShown && setReported(found?.reported),
        () => isShown && setReported('failed'),
      )
    }
    read()
    const timer = setInterval(read, refreshMs)
    return () => {
      isShown = false
      clearInterval(timer)
    }
  }, [gateway, api])
  return (
    <section class="care" aria-labelledby="set-title">
      <h2 id="set-title">{t('set.title')}</h2>
      {reported === undefined && <p class="quiet">{t('set.none')}</p>}
      {reported === 'failed' && <p class="quiet">{t('set.failed')}</p>}
      {reported !== undefined && reported !== 'failed' && <Sets reported={reported} />}
    </section>
  )
}

function Sets({ reported: { running, desired, refused } }: { readonly reported: Reported }) {
  const isOwn = running.revision === 0
  return (
    <>
      <p data-running={running.revision}>
        {isOwn ? t('set.runningOwn') : t('set.running', { n: running.revision })}
        {running.items.length > 0 && <small class="quiet"> {running.items.map(itemText).join(', ')}</small>}
      </p>
      {desired !== undefined && (
        <p>
          <b>{t('set.offered', { n: desired.revision })}</b>: {endText(desired)}{' '}
          <TimeText timeMs={desired.sinceMs} coarse />
        </p>
      )}
      {desired?.fault !== undefined && <SetReason {...desired.fault} />}
      {desired?.results.map((result) => (
        <ResultLine key={`${result.kind} ${result.id}`} result={result} />
      ))}
      {refused !== undefined && (
        <div class="gateway-refused">
          {t('set.notBelieved')}
          <SetReason {...refused} />
        </div>
      )}
    </>
  )
}

/** How far the set is, and once it is judged, what became of it. */
function endText({ phase, results, fault }: NonNullable<Reported['desired']>): string {
  if (phase !== 'done') return t(phaseKeys[phase])
  const worst = worstFirst.find((name) => results.some(({ result }) => result === name))
  return t(fault !== undefined || worst === undefined ? 'set.notApplied' : resultKeys[worst])
}

function ResultLine({ result }: { readonly result: Result }) {
  const isWell = result.result === 'applied' || result.result === 'applied-after-retry'
  return (
    <div class="set-result" data-result={result.result}>
      <StateMark name={isWell ? 'good' : 'warning'} size={16} />
      <span>
        {itemText(result)}: <b>{t(resultKeys[result.result])}</b>
        {result.code !== undefined && <SetReason code={result.code} message={result.message ?? ''} />}
      </span>
    </div>
  )
}

/** A set has one configuration: it needs no name. */
function itemText({ kind, id, version }: Pick<Result, 'kind' | 'id' | 'version'>): string {
  return kind === 'config' ? `${t(kindKeys.config)} ${version}` : `${t(kindKeys[kind])} ${id} ${version}`
}
