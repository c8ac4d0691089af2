// How a value is said: number with unit, or the word for a switch, a direction or a text.
import type { Quality } from '../api/shapes.ts'
import { language, t } from '../text/language.ts'
import type { TextKey } from '../text/dictionary.ts'
import { compassPoint, displayUnit, isSwitch, quantityText, type DisplayUnit } from './units.ts'

/** The part of a series that decides how its values are said. `value` and `text` as in LatestItem. */
export interface Sayable {
  readonly unit: string | null
  readonly channel: string
  readonly value: number | null
  readonly text: string | null
  readonly quality: Quality
}

/** As displayUnit, with the symbols that differ between the languages. */
export function localUnit(unit: string | null, channel: string, magnitude: number): DisplayUnit {
  if (isSwitch({ unit, channel })) return { unit: '', factor: 1, offset: 0, digits: 0, tight: true }
  const display = displayUnit({ unit, channel, magnitude })
  if (display.unit === '°C') return { ...display, unit: t('unit.celsius'), tight: language.value === 'ja' }
  return display.unit === 'd' ? { ...display, unit: t('unit.days') } : display
}

function switchText(channel: string, on: boolean): string {
  if (channel === 'pass') return t(on ? 'inspection.pass' : 'inspection.reject')
  const pair: readonly [TextKey, TextKey] = /up$|link$/.test(channel)
    ? ['value.up', 'value.down']
    : /alarm$|fault$|detected$/.test(channel)
      ? ['value.yes', 'value.no']
      : ['value.on', 'value.off']
  return t(on ? pair[0] : pair[1])
}

/** The value as one short text. A reading without number or text is a dash; the text of one that is not good is its reason. */
export function valueText(item: Sayable): string {
  const { value, unit, channel } = item
  if (value === null) return (item.quality === 'good' ? item.text : null) ?? t('value.none')
  if (isSwitch(item) && (value === 0 || value === 1)) return switchText(channel, value === 1)
  const text = quantityText(value, localUnit(unit, channel, value))
  if (unit !== 'rad' || !channel.includes('direction')) return text
  return `${t('unit.compass').split(' ')[compassPoint(value)] ?? ''} ${text}`
}
