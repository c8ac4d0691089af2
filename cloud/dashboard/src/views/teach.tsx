// The wizard that teaches a line another part: name it, show it good and bad ones, let the gateway learn, look at the figures, use it or not.
import '../style/notices.css'
import '../style/factory.css'
import '../style/teach.css'
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { LineItem, TeachingItem } from '../api/factory-api.ts'
import type { City } from '../city/city.ts'
import { createTeaching, type Teaching, wizardStep, wizardSteps } from '../city/teaching.ts'
import { may } from '../city/session.ts'
import { TeachExamples } from '../parts/teach-examples.tsx'
import { refusalKey } from '../parts/teach-refusal.ts'
import { TeachResult } from '../parts/teach-result.tsx'
import { useLoaded } from '../parts/use-loaded.ts'
import { routeHash } from '../router.ts'
import type { TextKey } from '../text/dictionary.ts'
import { localized, t } from '../text/language.ts'

export function TeachPage({ city, site }: { readonly city: City; readonly site: string }) {
  const factories = useLoaded(() => city.api.factory.list(), [city.gateways.value])
  const factory = factories.value.value?.find((one) => one.site === site)
  const chosen = useSignal<string | undefined>(undefined)
  const lines = factory?.lines.filter(({ canTeach }) => canTeach) ?? []
  const line = lines.find(({ id }) => id === chosen.value) ?? lines[0]
  return (
    <>
      <div class="factory-head">
        <div>
          <h1>{t('nav.teach')}</h1>
          {factory !== undefined && <p class="quiet">{localized(factory.name)}</p>}
        </div>
        <nav class="factory-links" aria-label={t('factory.links')}>
          <a class="button button-outline" href={routeHash({ view: 'factory', at: site })}>
            {t('gallery.toLine')}
          </a>
        </nav>
      </div>
      {lines.length > 1 && (
        <div class="choices" role="group" aria-label={t('teach.line')}>
          {lines.map(({ id, label }) => (
            <button
              key={id}
              type="button"
              class="choice"
              aria-pressed={id === line?.id}
              onClick={() => (chosen.value = id)}
            >
              {localized(label)}
            </button>
          ))}
        </div>
      )}
      {factories.value.value === undefined ? (
        <p class={factories.failed.value ? 'fault' : 'empty'}>
          {factories.failed.value ? t('factory.failed') : t('app.loading')}
        </p>
      ) : line === undefined ? (
        <p class="empty">{t('teach.cannot')}</p>
      ) : !may('correct', site) ? (
        <p class="empty">{t('teach.mayNot')}</p>
      ) : (
        <Wizard key={line.id} line={line} site={site} city={city} gateway={factory?.gateway ?? ''} />
      )}
    </>
  )
}

const stepKeys = {
  name: 'teach.stepName',
  examples: 'teach.stepExamples',
  fit: 'teach.stepFit',
  result: 'teach.stepResult',
} as const satisfies Record<string, TextKey>

function Wizard(props: {
  readonly line: LineItem
  readonly site: string
  readonly city: City
  readonly gateway: string
}) {
  const { line, site, city, gateway } = props
  const source = line.id.slice(gateway.length + 1)
  const teaching = useMemo(() => createTeaching(line.id, city.api.factory), [line.id])
  const newest = (city.events.bySite.value.get(site) ?? []).find(
    (event) => event.kind === 'teaching' && event.source === source,
  )
  useEffect(() => {
    for (const kind of ['inspection', 'teaching'] as const) city.events.ask({ site, gateway, kind })
  }, [site])
  // Each step is told as an event, whoever took it: another screen, or the gateway itself when it has learnt.
  useEffect(() => void teaching.reload(), [teaching, newest?.id])
  const state = teaching.state.value
  if (state === undefined) {
    return (
      <p class={teaching.failed.value ? 'fault' : 'empty'}>
        {teaching.failed.value ? t('teach.loadFailed') : t('app.loading')}
      </p>
    )
  }
  const step = wizardStep(state)
  const at = wizardSteps.indexOf(step)
  return (
    <div class="teach">
      <ol class="teach-steps">
        {wizardSteps.map((one, index) => (
          <li
            key={one}
            class={index < at ? 'teach-step-done' : undefined}
            aria-current={index === at ? 'step' : undefined}
          >
            <span class="teach-step-number" aria-hidden="true">
              {index < at ? '✓' : index + 1}
            </span>
            {t(stepKeys[one])}
          </li>
        ))}
      </ol>
      <Refusal teaching={teaching} state={state} />
      {step !== 'name' && (
        <p class="teach-part-name">
          {t('teach.teaching')} <b>{state.part === null ? '' : localized(state.part)}</b>
        </p>
      )}
      {step === 'name' && <NamePart state={state} teaching={teaching} site={site} />}
      {step === 'examples' && (
        <TeachExamples state={state} teaching={teaching} city={city} site={site} source={source} />
      )}
      {step === 'fit' && (
        <p class="empty teach-learning" role="status">
          {t('teach.learning', { good: state.good, bad: state.bad })}
        </p>
      )}
      {step === 'result' && (
        <>
          <TeachResult state={state} teaching={teaching} />
          <details class="fact-card">
            <summary>
              <h2>{t('teach.more')}</h2>
            </summary>
            <TeachExamples state={state} teaching={teaching} city={city} site={site} source={source} />
          </details>
        </>
      )}
      {step !== 'name' && <Discard teaching={teaching} />}
    </div>
  )
}

function NamePart(props: { readonly state: TeachingItem; readonly teaching: Teaching; readonly site: string }) {
  const { state, teaching, site } = props
  const ja = useSignal('')
  const en = useSignal('')
  const begin = (event: Event): void => {
    event.preventDefault()
    const name = ja.value.trim()
    void teaching.take({ step: 'begin', ja: name, en: en.value.trim() || name })
  }
  return (
    <>
      {state.stage === 'activated' && state.part !== null && (
        <p class="teach-done" role="status">
          {t('teach.activated', { part: localized(state.part), version: state.part.version })}{' '}
          <a href={routeHash({ view: 'factory', at: site })}>{t('gallery.toLine')}</a>
        </p>
      )}
      {state.stage === 'discarded' && <p class="quiet">{t('teach.discarded')}</p>}
      <form class="teach-name" onSubmit={begin}>
        <p>{t('teach.intro')}</p>
        <label class="field">
          {t('teach.nameJa')}
          <input
            type="text"
            required
            maxLength={64}
            value={ja.value}
            onInput={(event) => (ja.value = event.currentTarget.value)}
          />
        </label>
        <label class="field">
          {t('teach.nameEn')}
          <input
            type="text"
            maxLength={64}
            lang="en"
            value={en.value}
            onInput={(event) => (en.value = event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button" disabled={ja.value.trim() === '' || teaching.asking.value !== undefined}>
          {t('teach.begin')}
        </button>
      </form>
    </>
  )
}

function Discard({ teaching }: { readonly teaching: Teaching }) {
  const isSure = useSignal(false)
  return (
    <div class="teach-discard">
      {isSure.value ? (
        <>
          <p>{t('teach.discardSure')}</p>
          <div class="teach-buttons">
            <button
              type="button"
              class="button"
              disabled={teaching.asking.value !== undefined}
              onClick={() => void teaching.take({ step: 'discard' })}
            >
              {t('teach.discardYes')}
            </button>
            <button type="button" class="button button-outline" onClick={() => (isSure.value = false)}>
              {t('teach.discardNo')}
            </button>
          </div>
        </>
      ) : (
        <button type="button" class="button button-outline" onClick={() => (isSure.value = true)}>
          {t('teach.discard')}
        </button>
      )}
    </div>
  )
}

/** What went wrong: the last step of this screen, or what the gateway tells of its own. */
function Refusal({ teaching, state }: { readonly teaching: Teaching; readonly state: TeachingItem }) {
  const refusal = teaching.refusal.value
  return (
    <div role="alert">
      {refusal !== undefined && <p class="fault">{t(refusalKey(refusal.code))}</p>}
      {refusal === undefined && state.fault !== null && state.stage === 'collecting' && (
        <p class="fault">
          {t('teach.fault')} <span class="code">{state.fault}</span>
        </p>
      )}
    </div>
  )
}
