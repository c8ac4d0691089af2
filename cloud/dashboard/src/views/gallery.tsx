// Every part that a factory's line judged: looked through by filters, and put right with one key or one tap.
import '../style/inspection.css'
import '../style/notices.css'
import '../style/factory.css'
import '../style/gallery.css'
import { useComputed, useSignal, type Signal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { FactorySettings, PartItem } from '../api/factory-api.ts'
import type { City } from '../city/city.ts'
import { isCorrectable } from '../city/corrections.ts'
import { createGallery, type Gallery, type GalleryFilter, type Told } from '../city/gallery.ts'
import { may } from '../city/session.ts'
import { GalleryGrid } from '../parts/inspection-gallery.tsx'
import { VerdictCard } from '../parts/inspection-board.tsx'
import { InspectionPicture } from '../parts/inspection-picture.tsx'
import { defectName } from '../parts/inspection-yield.tsx'
import { nowMs } from '../parts/now.ts'
import { useLoaded } from '../parts/use-loaded.ts'
import { routeHash } from '../router.ts'
import type { TextKey } from '../text/dictionary.ts'
import { localized, t } from '../text/language.ts'

interface Wanted {
  readonly verdict: '' | 'pass' | 'reject'
  readonly corrected: '' | 'yes' | 'no' | 'wrong'
  readonly class: string
  readonly days: '0.5' | '1' | '7' | '30'
  readonly minScore: string
  readonly maxScore: string
}

const everything: Wanted = { verdict: '', corrected: '', class: '', days: '1', minScore: '', maxScore: '' }
const dayMs = 86_400_000

function filterOf({ verdict, corrected, class: name, days, minScore, maxScore }: Wanted): GalleryFilter {
  const share = (text: string): number => Math.min(1, Math.max(0, Number(text) / 100))
  return {
    fromMs: nowMs.peek() - Number(days) * dayMs,
    ...(verdict === '' ? {} : { verdict }),
    ...(corrected === '' ? {} : { corrected }),
    ...(name === '' ? {} : { class: name }),
    ...(minScore === '' ? {} : { minScore: share(minScore) }),
    ...(maxScore === '' ? {} : { maxScore: share(maxScore) }),
  }
}

export function GalleryPage({ city, site }: { readonly city: City; readonly site: string }) {
  const gallery = useMemo(() => createGallery(site, { api: city.api.factory, corrections: city.corrections }), [site])
  const wanted = useSignal(everything)
  const settings = useLoaded(() => city.api.factory.settings(site), [site])
  const heat = useSignal(false)
  useEffect(() => void gallery.look(filterOf(wanted.value)), [gallery, wanted.value])
  const defects = settings.value.value?.settings.defects ?? []
  const name = city.sites.value.find(({ id }) => id === site)?.name
  return (
    <>
      <div class="factory-head">
        <div>
          <h1>{t('nav.gallery')}</h1>
          {name !== undefined && <p class="quiet">{localized(name)}</p>}
        </div>
        <nav class="factory-links" aria-label={t('factory.links')}>
          <a class="button button-outline" href={routeHash({ view: 'factory', at: site })}>
            {t('gallery.toLine')}
          </a>
        </nav>
      </div>
      <Filters wanted={wanted} defects={defects} />
      <div class="gallery">
        <InHand gallery={gallery} city={city} defects={defects} heat={heat} />
        <div class="gallery-list">
          <Found gallery={gallery} />
          <GalleryGrid gallery={gallery} city={city} defects={defects} />
          {gallery.hasMore.value && (
            <button
              type="button"
              class="button button-outline gallery-more"
              disabled={gallery.state.value === 'loading'}
              onClick={() => void gallery.more()}
            >
              {t('gallery.more')}
            </button>
          )}
        </div>
      </div>
    </>
  )
}

function Found({ gallery }: { readonly gallery: Gallery }) {
  const state = gallery.state.value
  const count = gallery.parts.value.length
  if (state === 'failed') return <p class="fault">{t('gallery.failed')}</p>
  if (state === 'loading' && count === 0) return <p class="empty">{t('app.loading')}</p>
  if (count === 0) return <p class="empty">{t('gallery.none')}</p>
  return (
    <p class="quiet gallery-found" role="status">
      {t(gallery.hasMore.value ? 'gallery.foundMore' : 'gallery.found', { n: count })}
    </p>
  )
}

function Filters(props: { readonly wanted: Signal<Wanted>; readonly defects: FactorySettings['defects'] }) {
  const { wanted, defects } = props
  const kinds = useComputed(() => [{ value: '', text: t('gallery.any') }, ...defectChoices(defects)])
  return (
    <div class="gallery-filters" role="group" aria-label={t('gallery.filters')}>
      <Select wanted={wanted} name="verdict" label="gallery.verdict" choices={verdicts} />
      <Select wanted={wanted} name="corrected" label="gallery.corrected" choices={words} />
      <label class="field">
        {t('gallery.kind')}
        <select
          value={wanted.value.class}
          onChange={(event) => (wanted.value = { ...wanted.value, class: event.currentTarget.value })}
        >
          {kinds.value.map(({ value, text }) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <Select wanted={wanted} name="days" label="gallery.time" choices={times} />
      <div class="field gallery-score">
        <span id="gallery-score">{t('gallery.score')}</span>
        <span class="gallery-range">
          <Score wanted={wanted} name="minScore" label="gallery.scoreFrom" />
          <span aria-hidden="true">–</span>
          <Score wanted={wanted} name="maxScore" label="gallery.scoreTo" />
        </span>
      </div>
    </div>
  )
}

function defectChoices(defects: FactorySettings['defects']) {
  const others = defects.some(({ id }) => id === 'defect')
    ? []
    : [{ value: 'defect', text: defectName('defect', defects) }]
  return [...defects.map(({ id, name }) => ({ value: id, text: localized(name) })), ...others]
}

const verdicts = [
  ['', 'gallery.any'],
  ['pass', 'inspection.pass'],
  ['reject', 'inspection.reject'],
] as const satisfies readonly (readonly [string, TextKey])[]
const words = [
  ['', 'gallery.any'],
  ['no', 'gallery.unsaid'],
  ['yes', 'gallery.said'],
  ['wrong', 'gallery.wrong'],
] as const satisfies readonly (readonly [string, TextKey])[]
const times = [
  ['0.5', 'yield.span12h'],
  ['1', 'yield.span24h'],
  ['7', 'yield.span7d'],
  ['30', 'gallery.span30d'],
] as const satisfies readonly (readonly [string, TextKey])[]

function Select(props: {
  readonly wanted: Signal<Wanted>
  readonly name: 'verdict' | 'corrected' | 'days'
  readonly label: TextKey
  readonly choices: readonly (readonly [string, TextKey])[]
}) {
  const { wanted, name, label, choices } = props
  return (
    <label class="field">
      {t(label)}
      <select
        value={wanted.value[name]}
        onChange={(event) => (wanted.value = { ...wanted.value, [name]: event.currentTarget.value })}
      >
        {choices.map(([value, text]) => (
          <option key={value} value={value}>
            {t(text)}
          </option>
        ))}
      </select>
    </label>
  )
}

function Score(props: {
  readonly wanted: Signal<Wanted>
  readonly name: 'minScore' | 'maxScore'
  readonly label: TextKey
}) {
  const { wanted, name, label } = props
  return (
    <input
      type="number"
      min="0"
      max="100"
      inputMode="numeric"
      aria-label={t(label)}
      value={wanted.value[name]}
      onChange={(event) => (wanted.value = { ...wanted.value, [name]: event.currentTarget.value })}
    />
  )
}

/** The part in hand, large, with the words that can be said of it. */
function InHand(props: {
  readonly gallery: Gallery
  readonly city: City
  readonly defects: FactorySettings['defects']
  readonly heat: Signal<boolean>
}) {
  const { gallery, city, defects, heat } = props
  const part = gallery.parts.value[gallery.at.value]
  const told = gallery.told.value
  if (part === undefined) return <aside class="gallery-hand" aria-label={t('gallery.inHand')} />
  const canSay = may('correct', part.id) && isCorrectable(part)
  return (
    <aside class="gallery-hand" aria-label={t('gallery.inHand')}>
      <InspectionPicture part={part} heat={heat} city={city} />
      <div class="gallery-words">
        <VerdictCard part={part} />
        {canSay && <Words gallery={gallery} part={part} defects={defects} />}
        {!canSay && <p class="quiet">{t('gallery.cannotSay')}</p>}
        <div class="gallery-told" role="status">
          {told !== undefined && <ToldText told={told} defects={defects} />}
          {told?.state === 'taken' && told.said !== null && (
            <button type="button" class="button button-outline" onClick={() => void gallery.undo()}>
              {t('correction.undo')} <kbd>U</kbd>
            </button>
          )}
        </div>
      </div>
    </aside>
  )
}

/** What can be said of a part; each word has its key. */
function Words(props: {
  readonly gallery: Gallery
  readonly part: PartItem
  readonly defects: FactorySettings['defects']
}) {
  const { gallery, part, defects } = props
  const { correction } = part
  return (
    <>
      <div class="correction-buttons" role="group" aria-label={t('correction.question')}>
        <button
          type="button"
          class="button button-outline correction-good"
          aria-pressed={correction?.judgement === 'good'}
          onClick={() => void gallery.say('good')}
        >
          {t('correction.good')} <kbd>G</kbd>
        </button>
        <button
          type="button"
          class="button button-outline correction-bad"
          aria-pressed={correction?.judgement === 'bad' && correction.class === null}
          onClick={() => void gallery.say('bad')}
        >
          {t('correction.bad')} <kbd>B</kbd>
        </button>
      </div>
      <div class="choices" role="group" aria-label={t('correction.kind')}>
        {defects.map(({ id, name }, index) => (
          <button
            key={id}
            type="button"
            class="choice"
            aria-pressed={correction?.class === id}
            onClick={() => void gallery.say('bad', id)}
          >
            {localized(name)} <kbd>{index + 1}</kbd>
          </button>
        ))}
      </div>
    </>
  )
}

const refusals: Readonly<Record<string, TextKey>> = {
  'frame.expired': 'correction.expired',
  'gateway.offline': 'correction.offline',
  'gateway.no-answer': 'correction.noAnswer',
}

function ToldText({ told, defects }: { readonly told: Told; readonly defects: FactorySettings['defects'] }) {
  const { said, state, code } = told
  if (state === 'sending') return <p class="quiet">{t('correction.sending')}</p>
  if (state === 'refused') return <p class="fault">{t(refusals[code ?? ''] ?? 'correction.refused')}</p>
  if (said === null) return <p>{t('correction.withdrawn')}</p>
  if (said.judgement === 'good') return <p>{t('gallery.tookGood')}</p>
  if (said.class === null) return <p>{t('gallery.tookBad')}</p>
  return <p>{t('gallery.tookKind', { kind: defectName(said.class, defects) })}</p>
}
