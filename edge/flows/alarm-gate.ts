// When a value raises an alarm and when it clears it: two thresholds apart, and a time that each must hold.

export interface AlarmRule {
  /** `above`, `below`: a number against the thresholds. `true`: anything but 0, false and nothing raises. */
  readonly when: 'above' | 'below' | 'true'
  readonly raiseAt: number
  /** Where it ends; not past `raiseAt` in the direction of the alarm. */
  readonly clearAt: number
  readonly onDelayS: number
  readonly offDelayS: number
}

type AlarmState = 'raised' | 'cleared'

export interface AlarmGate {
  /** The state, when this value changes it or is the first that says one; undefined: nothing to tell. `atMs` never falls. */
  push(value: unknown, atMs: number): AlarmState | undefined
  /** As push, of time that passed without a value. */
  tick(atMs: number): AlarmState | undefined
}

export function createAlarmGate(rule: AlarmRule): AlarmGate {
  let state: AlarmState | undefined
  /** What the values say now, and since when. */
  let leaning: { readonly to: AlarmState; readonly sinceMs: number } | undefined

  function tick(atMs: number): AlarmState | undefined {
    if (leaning === undefined || leaning.to === state) return undefined
    const delayS = leaning.to === 'raised' ? rule.onDelayS : state === undefined ? 0 : rule.offDelayS
    if (atMs - leaning.sinceMs < delayS * 1000) return undefined
    state = leaning.to
    return state
  }

  return {
    push(value, atMs) {
      const to = directionOf(rule, value)
      // Between the thresholds things stay as they are; what had not held long enough begins anew.
      if (to === undefined) leaning = state === undefined ? leaning : { to: state, sinceMs: atMs }
      else if (leaning?.to !== to) leaning = { to, sinceMs: atMs }
      return tick(atMs)
    },
    tick,
  }
}

/** Undefined: between the thresholds, or no number. */
function directionOf({ when, raiseAt, clearAt }: AlarmRule, value: unknown): AlarmState | undefined {
  if (when === 'true') return value === true || (typeof value === 'number' && value !== 0) ? 'raised' : 'cleared'
  const number = typeof value === 'boolean' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number)) return undefined
  const sign = when === 'above' ? 1 : -1
  if (sign * number >= sign * raiseAt) return 'raised'
  return sign * number <= sign * clearAt ? 'cleared' : undefined
}
