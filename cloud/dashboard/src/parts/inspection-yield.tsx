// Yield of a site: as measured and as corrected, by hour, shift or lot, and which kinds of defect there were.
import type { Signal } from '@preact/signals'
import type { FactorySettings, Grouping, YieldReport } from '../api/factory-api.ts'
import { className } from '../format/class-name.ts'
import { hourMinute, monthDay } from '../format/time.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, localized, t } from '../text/language.ts'
import { ChoiceRow } from './choice-row.tsx'

const groupings = ['hour', 'shift', 'lot'] as const satisfies readonly Grouping[]
const groupingKeys = { hour: 'yield.byHour', shift: 'yield.byShift', lot: 'yield.byLot' } as const

export const spans = {
  '12h': { text: 'yield.span12h', lengthMs: 12 * 3_600_000 },
  '24h': { text: 'yield.span24h', lengthMs: 24 * 3_600_000 },
  '7d': { text: 'yield.span7d', lengthMs: 7 * 86_400_000 },
} as const satisfies Record<string, { readonly text: TextKey; readonly lengthMs: number }>
export type Span = keyof typeof spans

type Tally = Pick<YieldReport['total'], 'judged' | 'passed' | 'good'>

function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : ((100 * part) / whole).toFixed(1)
}

export function YieldSection(props: {
  readonly report: YieldReport | undefined
  readonly by: Signal<Grouping>
  readonly span: Signal<Span>
  readonly settings: FactorySettings | undefined
}) {
  const { report, by, span, settings } = props
  return (
    <section class="yields" aria-labelledby="yield-title" aria-busy={report === undefined}>
      <div class="section-head">
        <h2 id="yield-title">{t('yield.title')}</h2>
        <div class="yield-choices">
          <ChoiceRow
            label={t('yield.span')}
            choices={(Object.keys(spans) as Span[]).map((value) => ({ value, text: t(spans[value].text) }))}
            chosen={span.value}
            choose={(value) => (span.value = value)}
          />
          <ChoiceRow
            label={t('yield.by')}
            choices={groupings.map((value) => ({ value, text: t(groupingKeys[value]) }))}
            chosen={by.value}
            choose={(value) => (by.value = value)}
          />
        </div>
      </div>
      {report === undefined ? (
        <p class="empty yield-waiting">{t('app.loading')}</p>
      ) : (
        <>
          <Totals report={report} />
          <Groups report={report} settings={settings} />
          {!report.isComplete && <p class="quiet">{t('yield.incomplete')}</p>}
        </>
      )}
    </section>
  )
}

function Totals({ report: { total } }: { readonly report: YieldReport }) {
  return (
    <dl class="yield-totals">
      <div class="yield-total yield-total-main">
        <dt>{t('yield.corrected')}</dt>
        <dd>
          <b class="number">{percent(total.good, total.judged)}</b>
          <small>%</small>
        </dd>
        <dd class="quiet">{t('yield.correctedOf', { good: total.good, judged: total.judged })}</dd>
      </div>
      <div class="yield-total">
        <dt>{t('yield.measured')}</dt>
        <dd>
          <b class="number">{percent(total.passed, total.judged)}</b>
          <small>%</small>
        </dd>
        <dd class="quiet">{t('yield.measuredOf', { passed: total.passed, rejected: total.judged - total.passed })}</dd>
      </div>
      <div class="yield-total">
        <dt>{t('yield.said')}</dt>
        <dd>
          <b class="number">{total.corrected}</b>
          <small>{t('factory.pieces')}</small>
        </dd>
        <dd class="quiet">{t('yield.wrong', { rejects: total.falseRejects, passes: total.falsePasses })}</dd>
      </div>
    </dl>
  )
}

function Groups(props: { readonly report: YieldReport; readonly settings: FactorySettings | undefined }) {
  const { report, settings } = props
  if (report.by === 'lot' && !report.hasLots) return <p class="empty">{t('yield.noLots')}</p>
  if (report.groups.length === 0) return <p class="empty">{t('yield.nothing')}</p>
  const most = Math.max(...report.groups.map(({ judged }) => judged))
  return (
    <table class="table yield-table">
      <thead>
        <tr>
          <th scope="col">{t(groupingKeys[report.by])}</th>
          <th scope="col" class="yield-bar-head">
            {t('yield.parts')}
          </th>
          <th scope="col" class="number">
            {t('yield.good')}
          </th>
          <th scope="col" class="number">
            {t('yield.rate')}
          </th>
        </tr>
      </thead>
      <tbody>
        {report.groups.toReversed().map((group) => (
          <tr key={`${group.from} ${group.name}`}>
            <th scope="row">{groupName(group, report, settings)}</th>
            <td class="yield-bar-cell">
              <Bar group={group} most={most} />
            </td>
            <td class="number">
              {group.good}/{group.judged}
            </td>
            <td class="number yield-rate">{percent(group.good, group.judged)}%</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Bar({ group: { judged, good }, most }: { readonly group: Tally; readonly most: number }) {
  const share = (count: number): string => `${((100 * count) / Math.max(1, most)).toFixed(2)}%`
  return (
    <span class="yield-bar" aria-hidden="true">
      <span class="yield-bar-good" style={{ width: share(good) }} />
      <span class="yield-bar-bad" style={{ width: share(judged - good) }} />
    </span>
  )
}

function groupName(
  { from, to, name }: YieldReport['groups'][number],
  { by }: YieldReport,
  settings: FactorySettings | undefined,
): string {
  const spoken = language.value
  const day = monthDay(from, spoken)
  if (by === 'lot') return name ?? t('yield.withoutLot')
  if (by === 'hour') return `${day} ${hourMinute(from, spoken)}–${hourMinute(to, spoken)}`
  const shift = settings?.shifts.find(({ id }) => id === name)
  return `${day} ${shift === undefined ? (name ?? t('yield.noShift')) : localized(shift.name)}`
}

/** Name of a kind of defect, as the site calls it. */
export function defectName(id: string | null, defects: FactorySettings['defects']): string {
  if (id === null) return t('pareto.unnamed')
  const known = defects.find((defect) => defect.id === id)
  return known === undefined ? className(id) : localized(known.name)
}

export function Pareto(props: {
  readonly report: YieldReport | undefined
  readonly settings: FactorySettings | undefined
}) {
  const { report, settings } = props
  const defects = report?.defects ?? []
  const most = defects[0]?.count ?? 1
  return (
    <section class="pareto" aria-labelledby="pareto-title">
      <h2 id="pareto-title">{t('pareto.title')}</h2>
      {report !== undefined && defects.length === 0 && <p class="empty">{t('pareto.none')}</p>}
      <ol class="pareto-list">
        {defects.map(({ class: name, count, share }) => (
          <li key={name ?? ''} data-defect={name ?? ''}>
            <span class="pareto-name">{defectName(name, settings?.defects ?? [])}</span>
            <span class="pareto-bar" aria-hidden="true">
              <span style={{ width: `${((100 * count) / most).toFixed(1)}%` }} />
            </span>
            <span class="number pareto-count">{t('pareto.count', { n: count })}</span>
            <span class="number quiet">{(100 * share).toFixed(0)}%</span>
          </li>
        ))}
      </ol>
      <p class="quiet">{t('pareto.hint')}</p>
    </section>
  )
}
