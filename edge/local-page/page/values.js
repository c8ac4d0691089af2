// Readings in the units and words of people.
import { say } from './texts.js'

const rules = [
  { unit: 'm', channel: /rain|precipitation/, to: 'mm', factor: 1000, digits: 1 },
  { unit: 'm', channel: /level|depth/, to: 'cm', factor: 100, digits: 1 },
  { unit: 'm/s', channel: /rain|precipitation/, to: 'mm/h', factor: 3.6e6, digits: 1 },
  { unit: 'Cel', to: '°C', digits: 1 },
  { unit: '%RH', to: '%', digits: 0 },
  { unit: 'Pa', to: 'hPa', factor: 0.01, digits: 1, atLeast: 10_000 },
  { unit: 'rad', to: '°', factor: 180 / Math.PI, digits: 0 },
  { unit: '/', channel: /factor$/, to: '', digits: 2 },
  { unit: '/', to: '%', factor: 100, digits: 1 },
  { unit: 'J', to: 'kWh', factor: 1 / 3.6e6, digits: 2 },
  { unit: 'S/m', to: 'dS/m', factor: 10, digits: 2 },
]

/** `0.06 m` of a water level is `6.0 cm`. */
export function valueText(channel, value, unit) {
  if (value === null || value === undefined) return '–'
  if (typeof value !== 'number') return String(value)
  const rule = rules.find(
    (one) =>
      one.unit === unit &&
      (one.channel === undefined || one.channel.test(channel)) &&
      (one.atLeast === undefined || Math.abs(value) >= one.atLeast),
  )
  if (rule !== undefined) return `${(value * (rule.factor ?? 1)).toFixed(rule.digits)} ${rule.to}`.trim()
  return `${Number(value.toPrecision(4))} ${unit === 'count' || unit === undefined ? '' : unit}`.trim()
}

export function ageText(nowMs, timeMs) {
  const ageS = Math.max(0, Math.round((nowMs - timeMs) / 1000))
  return ageS < 120 ? say('live.age', { n: ageS }) : say('live.ageMinutes', { n: Math.round(ageS / 60) })
}

const prompts = [
  [/level|depth/, 'prompt.level'],
  [/moisture/, 'prompt.moisture'],
  [/rain|precipitation/, 'prompt.rain'],
  [/wind-speed/, 'prompt.wind'],
  [/humidity/, 'prompt.humidity'],
  [/temperature/, 'prompt.temperature'],
  [/power|current|lamp/, 'prompt.power'],
]

/** What to do so that the values of a device move. Undefined: they are compared by eye. */
export function promptFor(channels) {
  return prompts.find(([pattern]) => channels.some((id) => pattern.test(id)))?.[1]
}

export function reasonText(reason) {
  const key = `reason.${reason}`
  const text = say(key)
  return text === key ? say('reason.other') : text
}
