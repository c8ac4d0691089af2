// The monthly reports as CSV for a spreadsheet: Japanese headings with units, UTF-8 with a byte order mark (RFC 4180).
import { csvField } from '../../exports/csv-export.ts'
import type { AccessPointReportItem, StreetlightReportItem } from './report-schemas.ts'

type Column<Item> = readonly [heading: string, value: (item: Item) => string | number | null]

const byteOrderMark = '\uFEFF'
const hours = (seconds: number | null) => scaled(seconds, 1 / 3600, 1)
const percent = (share: number | null) => scaled(share, 100, 1)
const kwh = (joule: number | null) => scaled(joule, 1 / 3_600_000, 2)

const streetlightColumns: readonly Column<StreetlightReportItem>[] = [
  ['年月', ({ month }) => month],
  ['場所', ({ name }) => name.ja],
  ['ID', ({ site }) => site],
  ['集計日数', ({ days }) => days],
  ['平均点灯時間(時間/夜)', ({ meanBurntS }) => hours(meanBurntS)],
  ['日の入から日の出まで(時間/夜)', ({ meanDueS }) => hours(meanDueS)],
  ['点灯率(%)', ({ coverage }) => percent(coverage)],
  ['電力量(kWh)', ({ energyJ }) => kwh(energyJ)],
  ['電気料金(円)', ({ costYen }) => scaled(costYen, 1, 0)],
  ['単価の確認', ({ tariffVerified }) => (tariffVerified === null ? '未設定' : tariffVerified ? '確認済み' : '未確認')],
  ['昼間の点灯(時間)', ({ dayBurntS }) => hours(dayBurntS)],
  ['むだな電力量(kWh)', ({ wastedJ }) => kwh(wastedJ)],
  ['修理件数', ({ repaired }) => repaired],
  ['平均修理時間(時間)', ({ meanRepairS }) => hours(meanRepairS)],
]

const accessPointColumns: readonly Column<AccessPointReportItem>[] = [
  ['年月', ({ month }) => month],
  ['場所', ({ name }) => name.ja],
  ['ID', ({ site }) => site],
  ['集計日数', ({ days }) => days],
  ['稼働率(%)', ({ availability }) => percent(availability)],
  ['停止時間(時間)', ({ downS }) => hours(downS)],
  ['再起動(回)', ({ restarts }) => restarts],
  ['延べ接続時間(台・時間)', ({ clientS }) => hours(clientS)],
  ['最大接続端末数(台)', ({ peakClients }) => peakClients],
  ['通信量(GB)', ({ trafficB }) => scaled(trafficB, 1e-9, 2)],
  ['最も混む時刻(時台)', ({ busiestHour }) => busiestHour],
  ['満員の時間(時間)', ({ fullS }) => hours(fullS)],
]

export function streetlightCsv(items: readonly StreetlightReportItem[]): string {
  return csvOf(items, streetlightColumns)
}

export function accessPointCsv(items: readonly AccessPointReportItem[]): string {
  return csvOf(items, accessPointColumns)
}

function csvOf<Item>(items: readonly Item[], columns: readonly Column<Item>[]): string {
  const lines = items.map((item) => columns.map(([, value]) => csvField(String(value(item) ?? ''))).join(','))
  return `${byteOrderMark}${[columns.map(([heading]) => csvField(heading)).join(','), ...lines].join('\r\n')}\r\n`
}

function scaled(value: number | null, factor: number, digits: number): string | null {
  return value === null ? null : (value * factor).toFixed(digits)
}
