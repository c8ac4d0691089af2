// What came of teaching: where the threshold lies between good and bad examples, and how many it would have judged wrong.
import type { TeachingItem } from '../api/factory-api.ts'
import type { Teaching } from '../city/teaching.ts'
import { t } from '../text/language.ts'

type Fit = NonNullable<TeachingItem['fit']>

export function TeachResult({ state, teaching }: { readonly state: TeachingItem; readonly teaching: Teaching }) {
  const { fit, good, bad } = state
  const isAsking = teaching.asking.value !== undefined
  if (fit === null) return <p class="empty">{t('app.loading')}</p>
  return (
    <>
      <dl class="teach-figures">
        <div>
          <dt>{t('teach.falseRejects')}</dt>
          <dd>{t('model.of', { n: fit.falseRejects, all: good })}</dd>
        </div>
        <div>
          <dt>{t('teach.falsePasses')}</dt>
          <dd>{t('model.of', { n: fit.falsePasses, all: bad })}</dd>
        </div>
        <div>
          <dt>{t('teach.order')}</dt>
          <dd>{fit.auroc.toFixed(3)}</dd>
        </div>
        <div>
          <dt>{t('teach.threshold')}</dt>
          <dd>{(100 * fit.threshold).toFixed(0)}</dd>
        </div>
      </dl>
      <ScoreChart fit={fit} />
      <p class={isWell(state, fit) ? 'teach-advice' : 'teach-advice teach-advice-poor'}>
        {isWell(state, fit) ? t('teach.adviceGood') : t('teach.advicePoor')}
      </p>
      {fit.unreadable > 0 && <p class="quiet">{t('teach.unreadable', { n: fit.unreadable })}</p>}
      <p class="quiet">{t('teach.leaveOneOut')}</p>
      <div class="teach-buttons">
        <button
          type="button"
          class="button"
          disabled={isAsking}
          onClick={() => void teaching.take({ step: 'activate' })}
        >
          {teaching.asking.value?.step === 'activate' ? t('teach.activating') : t('teach.activate')}
        </button>
      </div>
    </>
  )
}

/** At most one good part in ten rejected, and one bad in five passed. */
function isWell({ good, bad }: TeachingItem, { falseRejects, falsePasses }: Fit): boolean {
  return falseRejects <= good / 10 && falsePasses <= bad / 5
}

/** Good examples grow upwards, bad ones downwards, along their held-out score; the threshold stands in the middle. */
function ScoreChart({ fit: { goodScores, badScores, threshold } }: { readonly fit: Fit }) {
  const bins = Math.max(goodScores.length, badScores.length, 1)
  const most = Math.max(1, ...goodScores, ...badScores)
  const [width, half] = [400, 70]
  const step = width / bins
  const bars = (counts: readonly number[], isBad: boolean) =>
    counts.map((count, index) => {
      const height = (half * count) / most
      const y = isBad ? half + 1 : half - height
      return <rect key={index} x={index * step + 1} y={y} width={step - 2} height={height} />
    })
  return (
    <figure class="teach-chart">
      <svg viewBox={`0 0 ${width} ${2 * half + 1}`} role="img" aria-label={t('teach.chart')}>
        <line class="teach-axis" x1="0" x2={width} y1={half + 0.5} y2={half + 0.5} />
        <g class="teach-bars-good">{bars(goodScores, false)}</g>
        <g class="teach-bars-bad">{bars(badScores, true)}</g>
        <line class="teach-threshold" x1={width * threshold} x2={width * threshold} y1="0" y2={2 * half + 1} />
      </svg>
      <figcaption class="quiet">
        <span>{t('teach.scoreLow')}</span>
        <span>{t('teach.threshold')}</span>
        <span>{t('teach.scoreHigh')}</span>
      </figcaption>
    </figure>
  )
}
