// The sign of a state: shape and colour together, so that neither is needed alone.
import type { Severity, SiteState } from '../api/shapes.ts'
import { t } from '../text/language.ts'
import type { TextKey } from '../text/dictionary.ts'
import { stale } from './stale.ts'

export const stateKeys: Readonly<Record<SiteState, TextKey>> = {
  good: 'state.good',
  warning: 'state.warning',
  critical: 'state.critical',
  offline: 'state.offline',
}

const severityKeys: Readonly<Record<Severity, TextKey>> = {
  critical: 'alarm.critical',
  major: 'alarm.major',
  minor: 'alarm.minor',
  warning: 'alarm.warning',
  info: 'alarm.info',
}

export type MarkName = SiteState | 'info'

/** The sign of an alarm: what must be seen to soon, what can wait, and what is only told; the word says the rest. */
export const severityMarks = {
  critical: 'critical',
  major: 'critical',
  minor: 'warning',
  warning: 'warning',
  info: 'info',
} as const satisfies Readonly<Record<Severity, MarkName>>

/** Outline and sign of each mark on a 24 × 24 grid: circle, triangle, octagon, diamond, circle. */
const shapes: Readonly<Record<MarkName, { readonly outline: string; readonly sign: string }>> = {
  good: { outline: 'M12 2a10 10 0 1 1 0 20a10 10 0 0 1 0-20z', sign: 'M7.5 12.4l3.1 3.1l6-6.6' },
  warning: { outline: 'M12 1.8l11 19.4h-22z', sign: 'M12 8.6v6M12 17.9v.1' },
  critical: { outline: 'M7.9 2h8.2L22 7.9v8.2L16.1 22H7.9L2 16.1V7.9z', sign: 'M8.5 8.5l7 7M15.5 8.5l-7 7' },
  offline: { outline: 'M12 1L23 12L12 23L1 12z', sign: 'M8 12h8' },
  info: { outline: 'M12 2a10 10 0 1 1 0 20a10 10 0 0 1 0-20z', sign: 'M12 11v5.5M12 7.4v.1' },
}

/** For what draws marks by itself. */
export const markOutlines = {
  good: shapes.good.outline,
  warning: shapes.warning.outline,
  critical: shapes.critical.outline,
  offline: shapes.offline.outline,
  info: shapes.info.outline,
} as const satisfies Readonly<Record<MarkName, string>>

/** Decoration: the word stands beside it, or in the label of what it is in. */
export function StateMark({ name, size = 20 }: { readonly name: MarkName; readonly size?: number }) {
  const { outline, sign } = shapes[name]
  return (
    <svg
      class={`mark mark-${name}`}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      aria-hidden="true"
      focusable="false"
    >
      <path class="mark-outline" d={outline} />
      <path class="mark-sign" d={sign} />
    </svg>
  )
}

/** The state in words; one from before the connection broke says so. */
export function stateText(state: SiteState): string {
  const text = t(stateKeys[state])
  return stale.value ? t('state.before', { state: text }) : text
}

export function StateBadge({ state }: { readonly state: SiteState }) {
  return (
    <span class={`badge badge-${stale.value ? 'stale' : state}`}>
      <StateMark name={state} size={16} />
      {stateText(state)}
    </span>
  )
}

export function severityText(severity: Severity): string {
  return t(severityKeys[severity])
}

export function SeverityBadge({ severity }: { readonly severity: Severity }) {
  return (
    <span class={`badge badge-${severityMarks[severity]}`}>
      <StateMark name={severityMarks[severity]} size={16} />
      {severityText(severity)}
    </span>
  )
}
