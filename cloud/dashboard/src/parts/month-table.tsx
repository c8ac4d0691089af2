// What is told of a month, a row for each place, and where it means something the sum of all below.
import type { ComponentChildren } from 'preact'
import type { LocalizedText } from '../../../../broker/contract/documents.ts'
import type { TextKey } from '../text/dictionary.ts'
import { localized, t } from '../text/language.ts'

export interface MonthColumn<Item> {
  readonly title: TextKey
  readonly of: (item: Item) => ComponentChildren
  /** Of all together; absent: their sum says nothing. */
  readonly ofAll?: (items: readonly Item[]) => ComponentChildren
}

interface MonthTableProps<Item> {
  /** Over the names of the places. */
  readonly title: TextKey
  readonly columns: readonly MonthColumn<Item>[]
  readonly items: readonly Item[]
  /** Before the sums; absent: there are none. */
  readonly all?: string
}

export function MonthTable<Item extends { readonly site: string; readonly name: LocalizedText }>(
  props: MonthTableProps<Item>,
) {
  const { title, columns, items, all } = props
  return (
    <table class={all === undefined ? 'table table-stacked' : 'table table-stacked ap-month'}>
      <thead>
        <tr>
          <th scope="col">{t(title)}</th>
          {columns.map((column) => (
            <th key={column.title} scope="col" class="number">
              {t(column.title)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={item.site} data-site={item.site}>
            <th scope="row" data-label={t(title)}>
              {localized(item.name)}
            </th>
            {columns.map((column) => (
              <td key={column.title} class="number" data-label={t(column.title)}>
                {column.of(item)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
      {all !== undefined && (
        <tfoot>
          <tr>
            <th scope="row" data-label={t(title)}>
              {all}
            </th>
            {columns.map((column) => (
              <td key={column.title} class="number" data-label={t(column.title)}>
                {column.ofAll?.(items)}
              </td>
            ))}
          </tr>
        </tfoot>
      )}
    </table>
  )
}
