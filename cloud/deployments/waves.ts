// In which order gateways get an update, and what the answers of those that have it mean for the others. No clock, no store.
import { AppError } from '../../broker/contract/app-error.ts'

/** running: the next wave begins when this one is well. halted: too many failed; a person decides. */
export const rolloutStates = ['running', 'halted', 'done', 'aborted'] as const
export type RolloutState = (typeof rolloutStates)[number]

/** waiting: its wave has not begun. offered: it has the document, or will have it when it connects. */
export const gatewayProgresses = ['waiting', 'offered', 'applied', 'failed'] as const
export type GatewayProgress = (typeof gatewayProgresses)[number]

/** `percent` of all gateways, counted from the first; or the gateways of a site, `{tenant}/{gateway}/{site}` or its id; or these. */
export type WaveRule =
  | { readonly percent: number }
  | { readonly site: string }
  | { readonly gateways: readonly string[] }

export interface WaveGateway {
  /** `{tenant}/{gateway}` */
  readonly id: string
  readonly sites: readonly string[]
}

/** Each gateway in exactly one wave; those that no rule names come last. Throws `config.invalid` for a rule that names nobody. */
export function planWaves(
  gateways: readonly WaveGateway[],
  rules: readonly WaveRule[],
): readonly (readonly string[])[] {
  const left = new Set(gateways.map(({ id }) => id))
  const waves = rules.map((rule) => {
    const wanted = namedBy(rule, gateways).filter((id) => left.has(id))
    if (namedBy(rule, gateways).length === 0) {
      throw new AppError('config.invalid', `the wave ${JSON.stringify(rule)} names no gateway of this roll-out`)
    }
    for (const id of wanted) left.delete(id)
    return wanted
  })
  return [...waves, [...left]].filter((wave) => wave.length > 0)
}

function namedBy(rule: WaveRule, gateways: readonly WaveGateway[]): readonly string[] {
  if ('gateways' in rule) return gateways.filter(({ id }) => rule.gateways.includes(id)).map(({ id }) => id)
  if ('site' in rule) {
    const { site } = rule
    return gateways
      .filter(({ id, sites }) => sites.some((own) => own === site || `${id}/${own}` === site))
      .map(({ id }) => id)
  }
  return gateways.slice(0, Math.ceil((gateways.length * rule.percent) / 100)).map(({ id }) => id)
}

export interface RolloutView {
  readonly wave: number
  readonly waves: number
  readonly waveStartedMs: number
  readonly maxFailures: number
  readonly acceptedFailures: number
  readonly patienceS: number
  readonly gateways: readonly { readonly gateway: string; readonly wave: number; readonly state: GatewayProgress }[]
}

/** late: gateways that have not answered in time; they count as failed. */
export type Decision =
  | { readonly kind: 'wait' }
  | { readonly kind: 'late'; readonly gateways: readonly string[] }
  | { readonly kind: 'halt'; readonly failures: number }
  | { readonly kind: 'next-wave' }
  | { readonly kind: 'done' }

/** A gateway of a wave that has begun waits only where its offer is still to be made. */
function isOpen(state: GatewayProgress): boolean {
  return state === 'waiting' || state === 'offered'
}

export function decide(view: RolloutView, nowMs: number): Decision {
  const failures = view.gateways.filter(({ state }) => state === 'failed').length - view.acceptedFailures
  if (failures > view.maxFailures) return { kind: 'halt', failures }
  const open = view.gateways.filter(({ state, wave }) => wave <= view.wave && isOpen(state))
  if (open.length > 0) {
    if (nowMs - view.waveStartedMs < view.patienceS * 1000) return { kind: 'wait' }
    return { kind: 'late', gateways: open.map(({ gateway }) => gateway) }
  }
  return view.wave + 1 < view.waves ? { kind: 'next-wave' } : { kind: 'done' }
}
