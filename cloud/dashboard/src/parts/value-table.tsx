// Every series of one device: value with unit, quality, and age.
import type { ComponentChildren } from 'preact'
import type { LatestItem } from '../api/shapes.ts'
import { chartAddress } from '../chart/chart-address.ts'
import { hasCurve } from '../chart/chart-kinds.ts'
import { valueText } from '../format/value-text.ts'
import { routeHash } from '../router.ts'
import { localized, t } from '../text/language.ts'
import { QualityText } from './quality-text.tsx'
import { TimeText } from './time-text.tsx'

function chartOf(series: string): string {
  return routeHash({
    view: 'chart',
    at: chartAddress({ series: [series], length: '24h', zoom: undefined, over: [] }),
  })
}

function ValueRow({ item, hasChart }: { readonly item: LatestItem; readonly hasChart: boolean }) {
  const name = localized(item.label)
  return (
    <tr>
      <th scope="row">
        {hasChart && hasCurve(item) ? (
          <a href={chartOf(item.series)} aria-label={t('samples.chartOf', { name })}>
            {name}
          </a>
        ) : (
          name
        )}
      </th>
      <td
        class={`number value value-${item.quality}${item.value === null && item.text !== null ? ' value-text' : ''}`}
        data-channel={item.channel}
        data-series={item.series}
      >
        {item.time === null ? t('value.none') : valueText(item)}
      </td>
      <td>
        <QualityText item={item} />
      </td>
      <td>
        <TimeText timeMs={item.time} />
      </td>
    </tr>
  )
}

/** `children`: what else the caption says of the device. `charts`: each name leads to the chart of its series. */
export function ValueTable(props: {
  readonly device: string
  readonly items: readonly LatestItem[]
  readonly charts?: boolean
  readonly children?: ComponentChildren
}) {
  const { device, items, charts = false, children } = props
  return (
    <table class="table values">
      <caption>
        {localized(items[0]?.deviceLabel ?? { ja: device, en: device })} <small class="code">{device}</small>
        {children}
      </caption>
      <thead>
        <tr>
          <th scope="col">{t('site.channel')}</th>
          <th scope="col" class="number">
            {t('site.value')}
          </th>
          <th scope="col">{t('site.quality')}</th>
          <th scope="col">{t('site.age')}</th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <ValueRow key={item.series} item={item} hasChart={charts} />
        ))}
      </tbody>
    </table>
  )
}
