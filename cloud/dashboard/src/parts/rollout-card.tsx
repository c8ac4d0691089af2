// One roll-out: how it stands in a sentence, its gateways wave by wave with the reasons of those that failed, and what a person may decide.
import { useSignal } from '@preact/signals'
import type { RolloutDecision, RolloutItem, RolloutMember } from '../api/rollout-api.ts'
import type { City } from '../city/city.ts'
import { person } from '../city/person.ts'
import { access, may } from '../city/session.ts'
import { countsOf, type Progress, progresses, type WaveProgress, wavesOf } from '../city/rollout-progress.ts'
import { routeHash } from '../router.ts'
import type { TextKey } from '../text/dictionary.ts'
import { localized, t } from '../text/language.ts'
import { PersonName } from './person-name.tsx'
import { SetReason } from './set-reason.tsx'
import { type MarkName, StateMark } from './state-mark.tsx'
import { TimeText } from './time-text.tsx'

const progressKeys: Readonly<Record<Progress, TextKey>> = {
  applied: 'rollout.applied',
  offered: 'rollout.offered',
  waiting: 'rollout.waiting',
  failed: 'rollout.failures',
}
const waveKeys: Readonly<Record<WaveProgress['state'], TextKey>> = {
  done: 'rollout.waveDone',
  'under-way': 'rollout.waveUnderWay',
  stands: 'rollout.waveStands',
  'to-come': 'rollout.waveToCome',
}
const marks: Readonly<Record<RolloutItem['state'], MarkName>> = {
  running: 'info',
  halted: 'warning',
  done: 'good',
  aborted: 'offline',
}

function sentence({ state, wave, waves, gateways }: RolloutItem): string {
  const { failed, applied } = countsOf(gateways)
  if (state === 'running') return t('rollout.running', { n: wave + 1, all: waves })
  if (state === 'halted') return failed > 0 ? t('rollout.haltedFailed', { n: failed }) : t('rollout.halted')
  if (state === 'aborted') return t('rollout.aborted')
  return failed > 0 ? t('rollout.doneExcept', { n: failed, all: gateways.length }) : t('rollout.done', { n: applied })
}

interface CardProps {
  readonly item: RolloutItem
  readonly city: City
  /** The roll-out as it is after a decision. */
  readonly changed: (item: RolloutItem) => void
}

export function RolloutCard({ item, city, changed }: CardProps) {
  const isOpen = item.state === 'running' || item.state === 'halted'
  const mayDecide = isOpen && item.gateways.every(({ gateway }) => may('deploy', gateway))
  return (
    <article class={`rollout rollout-${item.state}`} data-rollout={item.id} data-state={item.state}>
      <div class="rollout-head">
        <StateMark name={marks[item.state]} size={28} />
        <div>
          <h2>{item.name}</h2>
          <p class="quiet">
            {t('rollout.by', { name: item.createdBy })} <TimeText timeMs={item.created} coarse />
          </p>
        </div>
      </div>
      <p class="rollout-said" role="status">
        {sentence(item)}
      </p>
      <Bar item={item} />
      {isOpen && (
        <p class="quiet">
          {item.maxFailures === 0 ? t('rollout.toleratedNone') : t('rollout.tolerated', { n: item.maxFailures })}
        </p>
      )}
      <details open={item.state === 'halted'}>
        <summary>{t('rollout.gateways', { n: item.gateways.length })}</summary>
        {wavesOf(item).map((wave) => (
          <Wave key={wave.number} wave={wave} city={city} />
        ))}
      </details>
      {mayDecide && <Decisions item={item} city={city} changed={changed} />}
    </article>
  )
}

function Bar({ item }: { readonly item: RolloutItem }) {
  const counts = countsOf(item.gateways)
  const shown = progresses.filter((progress) => counts[progress] > 0)
  return (
    <>
      <div class="rollout-bar" role="img" aria-label={t('rollout.counts', counts)}>
        {shown.map((progress) => (
          <span key={progress} class={`rollout-part rollout-part-${progress}`} style={{ flexGrow: counts[progress] }} />
        ))}
      </div>
      <ul class="rollout-counts" aria-hidden="true">
        {shown.map((progress) => (
          <li key={progress} class={`count-${progress}`}>
            {t(progressKeys[progress])} <b>{counts[progress]}</b>
          </li>
        ))}
      </ul>
    </>
  )
}

function Wave({ wave, city }: { readonly wave: WaveProgress; readonly city: City }) {
  return (
    <section class="rollout-wave" data-wave={wave.number}>
      <h3>
        {t('rollout.wave', { n: wave.number })} <small class="quiet">{t(waveKeys[wave.state])}</small>
      </h3>
      <ul class="rollout-members">
        {wave.members.map((member) => (
          <Member key={member.gateway} member={member} city={city} />
        ))}
      </ul>
    </section>
  )
}

function Member({ member, city }: { readonly member: RolloutMember; readonly city: City }) {
  const { gateway: id, state, revision, code, message, updated } = member
  const known = city.gateways.value.find((gateway) => gateway.id === id)
  return (
    <li data-member={id} data-progress={state}>
      <a href={routeHash({ view: 'gateway', gateway: id })}>{known === undefined ? id : localized(known.label)}</a>
      <b>{t(progressKeys[state])}</b>
      <small class="quiet">
        {t('rollout.revision', { n: revision })} <TimeText timeMs={updated} coarse />
      </small>
      {code !== null && <SetReason code={code} message={message ?? ''} />}
    </li>
  )
}

const sureKeys = { resume: 'rollout.sureResume', abort: 'rollout.sureAbort' } as const

/** What stops harm is one press; what goes on over failures or ends it is asked for twice, on two places. */
function Decisions({ item, city, changed }: CardProps) {
  const asking = useSignal<'resume' | 'abort' | undefined>(undefined)
  const isBusy = useSignal(false)
  const isRefused = useSignal(false)
  const { failed } = countsOf(item.gateways)
  const decide = async (decision: RolloutDecision): Promise<void> => {
    asking.value = undefined
    isBusy.value = true
    isRefused.value = false
    try {
      changed(await city.api.rollouts.decide(item.id, decision, person.value.trim()))
    } catch {
      isRefused.value = true
    } finally {
      isBusy.value = false
    }
  }
  const isNameless = access.value.state !== 'in' && person.value.trim() === ''
  const isShut = isBusy.value || isNameless
  const sure = asking.value
  return (
    <>
      <PersonName />
      {isNameless && <p class="quiet">{t('rollout.nameFirst')}</p>}
      <div class="rollout-acts" role="group" aria-label={item.name}>
        {item.state === 'running' && (
          <button type="button" class="button" disabled={isShut} onClick={() => void decide('halt')}>
            {t('rollout.halt')}
          </button>
        )}
        {item.state === 'halted' && (
          <button
            type="button"
            class="button"
            disabled={isShut}
            onClick={() => (failed > 0 ? (asking.value = 'resume') : void decide('resume'))}
          >
            {t('rollout.resume')}
          </button>
        )}
        <button type="button" class="button button-outline" disabled={isShut} onClick={() => (asking.value = 'abort')}>
          {t('rollout.abort')}
        </button>
      </div>
      {sure !== undefined && (
        <div class="rollout-acts" role="group" aria-label={t(sureKeys[sure], { n: failed })}>
          <button type="button" class="button" disabled={isShut} onClick={() => void decide(sure)}>
            {t(sureKeys[sure], { n: failed })}
          </button>
          <button type="button" class="button button-outline" onClick={() => (asking.value = undefined)}>
            {t('rollout.not')}
          </button>
        </div>
      )}
      {isRefused.value && (
        <p class="fault" role="alert">
          {t('rollout.refused')}
        </p>
      )}
    </>
  )
}
