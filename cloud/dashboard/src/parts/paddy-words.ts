// The words of what a paddy needs: the answer at its top, why, and how soon.
import type { Act, Need, Paddy, Unknown, Water } from '../city/paddies.ts'
import { numberText } from '../format/units.ts'
import type { TextKey } from '../text/dictionary.ts'
import { localized, t } from '../text/language.ts'
import type { MarkName } from './state-mark.tsx'

const whyKeys: Readonly<Record<Unknown, TextKey>> = {
  'no-probe': 'paddy.whyNoProbe',
  'no-reading': 'paddy.whyNoReading',
  'old-reading': 'paddy.whyOld',
  'bad-reading': 'paddy.whyBad',
  offline: 'paddy.whyOffline',
  advice: 'paddy.whyAdvice',
}

const needKeys: Readonly<Record<Need, TextKey>> = {
  now: 'paddy.needNow',
  today: 'paddy.needToday',
  look: 'paddy.needLook',
  watch: 'paddy.needWatch',
  fine: 'paddy.needFine',
}

export const needMarks: Readonly<Record<Need, MarkName>> = {
  now: 'critical',
  today: 'warning',
  look: 'offline',
  watch: 'info',
  fine: 'good',
}

const stageKeys: Readonly<Record<string, TextKey>> = {
  before: 'stage.before',
  rooting: 'stage.rooting',
  tillering: 'stage.tillering',
  'mid-drainage': 'stage.midDrainage',
  'after-drainage': 'stage.afterDrainage',
  'panicle-formation': 'stage.panicleFormation',
  booting: 'stage.booting',
  heading: 'stage.heading',
  ripening: 'stage.ripening',
  'late-ripening': 'stage.lateRipening',
  drained: 'stage.drained',
  after: 'stage.after',
}

export function needText(need: Need): string {
  return t(needKeys[need])
}

/** A stage that this screen does not know yet is left out. */
export function stageText(stage: string | undefined): string | undefined {
  const key = stage === undefined ? undefined : stageKeys[stage]
  return key === undefined ? undefined : t(key)
}

/** The answer: what to do. */
export function actText(act: Act): string {
  switch (act.kind) {
    case 'fill':
      return t('paddy.fill', { cm: act.cm })
    case 'drain':
      return t('paddy.drain', { cm: act.cm })
    case 'stop':
      return t('paddy.stop')
    case 'other':
      return localized(act.advice.text)
    case 'alarm':
      return localized(act.alarm.title)
    case 'unknown':
      return t('paddy.unknown', { why: t(whyKeys[act.why]) })
    case 'nothing':
      return t('paddy.nothing')
    case 'silent':
    default:
      return t('paddy.silent')
  }
}

/** One sentence behind the answer; undefined: it needs none. */
export function reasonText({ act }: Pick<Paddy, 'act'>): string | undefined {
  switch (act.kind) {
    case 'fill':
    case 'drain':
      return localized(act.advice.text)
    case 'stop':
      return act.advice.code.startsWith('deep') ? localized(act.advice.text) : t('paddy.reached')
    case 'nothing':
      return act.advice === undefined ? undefined : localized(act.advice.text)
    case 'alarm':
      return localized(act.alarm.advice)
    case 'unknown':
      if (act.why === 'advice') return act.advice === undefined ? undefined : localized(act.advice.text)
      return t('paddy.lookAt')
    case 'other':
    case 'silent':
    default:
      return undefined
  }
}

export function centimetres(cm: number): string {
  return `${numberText(cm, 1)} cm`
}

export function targetText({ lowCm, highCm }: Pick<Water, 'lowCm' | 'highCm'>): string {
  if (lowCm === undefined || highCm === undefined) return t('paddy.noTarget')
  if (highCm === 0) return t('paddy.targetZero')
  return t('paddy.targetRange', { low: Math.round(lowCm), high: Math.round(highCm) })
}
