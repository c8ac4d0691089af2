// Which series of a site share one chart: the same quantity of numbered lamps, depths or devices is one kind with choices.
import type { LocalizedText } from '../../../../broker/contract/documents.ts'
import type { LatestItem } from '../api/shapes.ts'
import { isSwitch } from '../format/units.ts'
import { naturalOrder } from '../format/natural-order.ts'

interface ChartChoice {
  readonly item: LatestItem
  /** What tells it from the others of its kind: `Lamp 3`, or the device. */
  readonly name: LocalizedText
}

export interface ChartKind {
  /** The channel, with `#` for each number where several share the kind. */
  readonly id: string
  readonly name: LocalizedText
  readonly choices: readonly ChartChoice[]
  /** Another kind has the same name: that of the whole, of which these are parts. */
  readonly isOfParts?: true
}

/** Kinds in the order of their first series, switches last: a line of zeros and ones says less than a level. */
export function chartKinds(series: readonly LatestItem[]): readonly ChartKind[] {
  const groups = Map.groupBy(series, ({ channel, unit }) => `${channel.replaceAll(/\d+/g, '#')} ${unit ?? ''}`)
  return toldApart([...groups].map(([id, items]) => kindOf(id, items))).toSorted(
    (a, b) => Number(a.choices.every(isSwitchChoice)) - Number(b.choices.every(isSwitchChoice)),
  )
}

/** Where a whole and its parts are called the same, the parts are marked: the energy of a cabinet and that of each lamp. */
function toldApart(kinds: readonly ChartKind[]): readonly ChartKind[] {
  const alike = Map.groupBy(kinds, ({ name }) => name.ja)
  return kinds.map((kind) => {
    const isPart = kind.choices.length > 1 && (alike.get(kind.name.ja)?.length ?? 0) > 1
    return isPart ? { ...kind, isOfParts: true } : kind
  })
}

/** A series of texts has no curve; one that is bad just now may have a past. */
export function hasCurve({ value, text, quality, time }: LatestItem): boolean {
  return time !== null && (value !== null || (quality === 'bad' && text === null))
}

function isSwitchChoice({ item }: ChartChoice): boolean {
  return isSwitch(item)
}

const languages = ['ja', 'en'] as const

function kindOf(id: string, items: readonly LatestItem[]): ChartKind {
  const name = sharedName(items) ?? items[0]?.label ?? { ja: id, en: id }
  const severalDevices = new Set(items.map(({ device }) => device)).size > 1
  const choices = items
    .map((item) => ({ item, name: bothLanguages((language) => choiceName(item, language, name, severalDevices)) }))
    .toSorted((a, b) => naturalOrder(a.item.device, b.item.device) || naturalOrder(a.item.channel, b.item.channel))
  return { id, name, choices }
}

type Language = (typeof languages)[number]

function bothLanguages(say: (language: Language) => string): LocalizedText {
  return { ja: say('ja'), en: say('en') }
}

function choiceName(item: LatestItem, language: Language, kind: LocalizedText, severalDevices: boolean): string {
  const label = item.label[language]
  const shared = kind[language]
  const end = label.toLowerCase().endsWith(shared.toLowerCase()) ? label.slice(0, label.length - shared.length) : label
  const own = end.trim() === '' ? (severalDevices ? '' : label) : end.trim()
  return [severalDevices ? item.deviceLabel[language] : '', own].filter((part) => part !== '').join(' ')
}

/** The words in which all labels end, `Power` of `Lamp 1 power` and `Lamp 2 power`; undefined where they share none. */
export function sharedName(items: readonly Pick<LatestItem, 'label'>[]): LocalizedText | undefined {
  const name = bothLanguages((language) => sharedPart(items.map(({ label }) => label[language])))
  return name.ja === '' || name.en === '' ? undefined : name
}

function sharedPart(labels: readonly string[]): string {
  const [first = [], ...others] = labels.map((label) => label.split(' '))
  let shared = 0
  while (shared < first.length && others.every((words) => words.at(-1 - shared) === first.at(-1 - shared))) shared += 1
  const text = first.slice(first.length - shared).join(' ')
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
