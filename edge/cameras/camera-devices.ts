// Cameras, inspections and watches as devices of the gateway: which series each has, for the birth document and the pipeline.
import type { LocalizedText } from '../../broker/contract/documents.ts'
import type { CameraConfig, InspectionConfig, WatchConfig } from './camera-config.ts'

interface CameraDevice {
  readonly id: string
  readonly site: string | undefined
  readonly profile: { readonly id: string }
  readonly label: LocalizedText
  readonly intervalS: number
  readonly channels: readonly {
    readonly id: string
    readonly unit: string | undefined
    readonly label: LocalizedText
  }[]
}

const channel = (id: string, unit: string, ja: string, en: string) => ({ id, unit, label: { ja, en } })

/** A hot folder has no rate that could be too low, and a part may not come for hours: its files are counted. */
const cameraChannels = [
  channel('frame-rate', '1/s', 'フレームレート', 'Frames per second'),
  channel('frame-age', 's', '最新画像の経過時間', 'Age of the newest frame'),
  channel('frames', 'count', '受信画像数', 'Frames received'),
  channel('frames-superseded', 'count', '未使用画像数', 'Frames superseded unread'),
  channel('frames-bad', 'count', '不良画像数', 'Frames not usable'),
]

const inspectionChannels = [
  channel('pass', '/', '合否', 'Verdict (1 pass, 0 reject)'),
  channel('score', '/', '欠陥スコア', 'Defect score'),
  channel('inference-time', 's', '推論時間', 'Inference time'),
  channel('relay-latency', 's', '判定から出力まで', 'Verdict to relay'),
  channel('parts', 'count', '検査数', 'Parts triggered'),
  channel('unjudged', 'count', '未判定数', 'Parts not judged in time'),
]

const watchChannels = [
  channel('score', '/', 'スコア', 'Score'),
  channel('inference-time', 's', '推論時間', 'Inference time'),
  channel('frames-judged', 'count', '判定画像数', 'Frames judged'),
  channel('unjudged', 'count', '未判定画像数', 'Frames not judged'),
]

const countChannels = [
  channel('people', 'count', '人数', 'People in view'),
  ...watchChannels.filter(({ id }) => id !== 'score'),
]

/** A model that judges each frame takes its time: the hub does not expect more than this. */
const leastIntervalS = 10

export function cameraDevices({
  cameras = [],
  inspections = [],
  watches = [],
}: {
  readonly cameras?: readonly CameraConfig[]
  readonly inspections?: readonly InspectionConfig[]
  readonly watches?: readonly WatchConfig[]
}): readonly CameraDevice[] {
  return [
    ...cameras.map(({ id, site, label, healthIntervalS }) => ({
      id,
      site,
      label,
      profile: { id: 'camera' },
      intervalS: healthIntervalS,
      channels: cameraChannels,
    })),
    ...inspections.map(({ id, site, label, expectEveryS }) => ({
      id,
      site,
      label,
      profile: { id: 'inspection' },
      intervalS: expectEveryS,
      channels: inspectionChannels,
    })),
    ...watches.map(({ id, site, label, everyS, counts }) => ({
      id,
      site,
      label,
      profile: { id: 'vision' },
      intervalS: Math.max(everyS, leastIntervalS),
      channels: counts === undefined ? watchChannels : countChannels,
    })),
  ]
}

/** The connections that inspections use: they open them themselves. */
export function lineConnections(inspections: readonly InspectionConfig[]): ReadonlySet<string> {
  return new Set(
    inspections.flatMap(({ trigger, relay }) =>
      [trigger, relay].flatMap((line) => (line.type === 'modbus' ? [line.connection] : [])),
    ),
  )
}
