// One paddy as a card: the answer, then the water against its target, then what was measured when.
import type { LatestItem } from '../api/shapes.ts'
import type { Paddy } from '../city/paddies.ts'
import { valueText } from '../format/value-text.ts'
import { routeHash } from '../router.ts'
import { localized, t } from '../text/language.ts'
import { PaddyGauge } from './paddy-gauge.tsx'
import { actText, centimetres, needMarks, needText, reasonText, stageText, targetText } from './paddy-words.ts'
import { QualityText } from './quality-text.tsx'
import { StateMark } from './state-mark.tsx'
import { TimeText } from './time-text.tsx'

/** `air`: of the nearest weather station. `isWaiting`: the advice is still on its way, and no answer is given before. */
interface PaddyProps {
  readonly paddy: Paddy
  readonly air: LatestItem | undefined
  readonly isWaiting: boolean
}

export function PaddyCard(props: PaddyProps) {
  const { paddy, isWaiting } = props
  const { site, need, alarms, besides } = paddy
  return (
    <article class={`paddy paddy-${isWaiting ? 'waiting' : need}`} data-site={site.id}>
      <a class="paddy-open" href={routeHash({ view: 'farm', at: site.id })}>
        <PaddyAnswer paddy={paddy} isWaiting={isWaiting} level={2} />
      </a>
      <PaddyNumbers {...props} />
      {(alarms.length > 0 || besides.length > 0) && (
        <p class="paddy-more">
          {alarms.length > 0 && <span class="paddy-alarms">{t('paddy.alarms', { n: alarms.length })}</span>}
          {besides.length > 0 && <span>{t('paddy.besides', { n: besides.length })}</span>}
        </p>
      )}
    </article>
  )
}

/** What to do, of which field, and why: read in this order. */
export function PaddyAnswer(props: { readonly paddy: Paddy; readonly isWaiting: boolean; readonly level: 1 | 2 }) {
  const { paddy, isWaiting, level } = props
  const Heading = level === 1 ? 'h1' : 'h2'
  const act = isWaiting ? t('paddy.waiting') : actText(paddy.act)
  // A card that needs nobody leaves out why: depth and target stand below it.
  const isBrief = level === 2 && paddy.act.kind === 'nothing'
  const reason = isWaiting || isBrief ? undefined : reasonText(paddy)
  return (
    <>
      <Heading class="paddy-head">
        <span class={act.length > 16 ? 'paddy-act paddy-act-long' : 'paddy-act'}>{act}</span>
        <span class="paddy-name">{localized(paddy.site.name)}</span>
      </Heading>
      {!isWaiting && paddy.act.kind !== 'silent' && (
        <p class="paddy-need">
          <StateMark name={needMarks[paddy.need]} size={20} />
          {needText(paddy.need)}
        </p>
      )}
      {reason !== undefined && <p class="paddy-reason">{reason}</p>}
    </>
  )
}

export function PaddyNumbers({ paddy, air, isWaiting }: PaddyProps) {
  const { water, act } = paddy
  const { level, temperature, depthCm } = water
  const stage = stageText(paddy.stage)
  const behind = 'advice' in act ? act.advice : undefined
  const number = behind?.insight === 'water-depth' ? undefined : behind?.number
  return (
    <div class="paddy-body">
      <PaddyGauge water={water} />
      <dl class="paddy-facts">
        <div class="paddy-depth">
          <dt>{t(depthCm === undefined ? 'paddy.level' : 'paddy.depth')}</dt>
          <dd>
            <b>
              {depthCm === undefined
                ? level === undefined
                  ? t('value.none')
                  : valueText(level)
                : centimetres(depthCm)}
            </b>
            {depthCm === undefined && level !== undefined && !isWaiting && <small>{t('paddy.noZero')}</small>}
          </dd>
        </div>
        <div>
          <dt>{t('paddy.target')}</dt>
          <dd>{targetText(water)}</dd>
        </div>
        <div>
          <dt>{t('paddy.water')}</dt>
          <dd>{temperature === undefined ? t('value.none') : valueText(temperature)}</dd>
        </div>
        <div>
          <dt>{t('paddy.air')}</dt>
          <dd>{air === undefined ? t('value.none') : valueText(air)}</dd>
        </div>
        {stage !== undefined && (
          <div>
            <dt>{t('paddy.stage')}</dt>
            <dd>{stage}</dd>
          </div>
        )}
        {number !== undefined && number !== null && (
          <div>
            <dt>{localized(number.label)}</dt>
            <dd>
              {number.value.toFixed(Number.isInteger(number.value) ? 0 : 1)} {number.unit}
            </dd>
          </div>
        )}
        {level !== undefined && (
          <div class="paddy-measured">
            <dt>{t('paddy.measured')}</dt>
            <dd>
              <TimeText timeMs={level.time} coarse /> <QualityText item={level} />
            </dd>
          </div>
        )}
      </dl>
    </div>
  )
}
