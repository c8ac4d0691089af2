// When a field will head and ripen: the development index, the dates that follow from it, and how sure they are.
import { defineInsight, type Advice } from '../insight.ts'
import { stageNames, type FieldSeason } from './field-season.ts'
import { isUnknown, seasonOf, seasonTemperature } from './inputs.ts'
import { dayWords } from './local-days.ts'

/** Days before and after heading in which it is spoken of. */
const spokenFromTransplanting = 7

export const heading = defineInsight({
  id: 'heading',
  version: 1,
  title: { ja: '出穂期・成熟期の予測', en: 'Heading and maturity' },
  source: {
    ja: '堀江・中川 (1990) の発育指数モデル（SIMRIW）、係数は ky0on/simriw',
    en: 'Developmental index model of Horie and Nakagawa (1990), SIMRIW; coefficients of ky0on/simriw',
  },
  siteKind: 'paddy',
  every: 'day',
  dayEndsHour: 0,
  inputs: { temperature: seasonTemperature },
  outputs: {
    dvi: { unit: undefined, label: { ja: '発育指数 DVI', en: 'Development index' } },
    'days-to-heading': { unit: 'd', label: { ja: '出穂まで', en: 'Days to heading' } },
    'days-to-maturity': { unit: 'd', label: { ja: '成熟まで', en: 'Days to maturity' } },
  },
  compute(input) {
    const season = seasonOf(input, input.series.temperature)
    if (isUnknown(season)) return season
    const { today, headingDay, maturityDay, stage } = season
    if (stage === 'after') return { values: {}, advice: undefined }
    return {
      values: {
        dvi: season.dvi,
        'days-to-heading': headingDay - today,
        ...(maturityDay === undefined ? {} : { 'days-to-maturity': maturityDay - today }),
      },
      advice: today - season.transplantedDay < spokenFromTransplanting ? undefined : adviceOf(season),
    }
  },
})

function adviceOf(season: FieldSeason): Advice | undefined {
  const { today, headingDay, headingRangeDays, maturityDay, stage, isHeadingSeen, correctionDays } = season
  const number = {
    value: headingDay - today,
    unit: 'd',
    label: { ja: '出穂まで', en: 'days to heading' },
  }
  if (today < headingDay) {
    const [from, to] = [dayWords(headingDay - headingRangeDays), dayWords(headingDay + headingRangeDays)]
    const at = dayWords(headingDay)
    const local =
      correctionDays === 0
        ? { ja: '', en: '' }
        : {
            ja: `、この田の実績で${signed(correctionDays)}日補正`,
            en: `, corrected by ${signed(correctionDays)} days for this field`,
          }
    const isNear = headingDay - today <= 14
    return {
      level: isNear ? 'watch' : 'fine',
      code: `expected:${stage}`,
      text: {
        ja: `今は${stageNames[stage].ja}です。出穂は${at.ja}ごろの見込みです（${from.ja}～${to.ja}${local.ja}）。`,
        en: `Now ${stageNames[stage].en}. Heading is expected about ${at.en} (${from.en} to ${to.en}${local.en}).`,
      },
      number,
    }
  }
  if (maturityDay === undefined) return undefined
  const [headed, ripe] = [dayWords(headingDay), dayWords(maturityDay)]
  const seen = isHeadingSeen
    ? { ja: 'に出穂', en: 'Headed on' }
    : { ja: 'ごろ出穂したはず', en: 'Should have headed about' }
  return {
    level: 'fine',
    code: isHeadingSeen ? 'headed' : 'should-have-headed',
    text: {
      ja: `${headed.ja}${seen.ja}、成熟は${ripe.ja}ごろの見込みです。${isHeadingSeen ? '' : '出穂日を入力すると以後の予測が正確になります。'}`,
      en: `${seen.en} ${headed.en}; maturity is expected about ${ripe.en}.${isHeadingSeen ? '' : ' Enter the date you saw, and what follows becomes exact.'}`,
    },
    number: { value: maturityDay - today, unit: 'd', label: { ja: '成熟まで', en: 'days to maturity' } },
  }
}

function signed(days: number): string {
  return days > 0 ? `+${days}` : String(days)
}
