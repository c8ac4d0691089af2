// What an insight is: a pure function of readings, place, calendar and settings, with its inputs and outputs declared.
import type { LocalizedText, SiteKind } from '../../broker/contract/documents.ts'
import type { FieldSettings } from './field-settings.ts'
import type { InfrastructureSettings } from './infrastructure-settings.ts'

export const hourMs = 3_600_000
export const dayMs = 24 * hourMs
/** So far back go results that monthly reports are made of: the month before is whole. */
export const reportDays = 62

/** A series that an insight reads. Where several of a place fit, the one that was there first. */
export interface InputDeclaration {
  /** Of the place itself, of the nearest weather station of its tenant, or of the gateway that the place hangs on. */
  readonly from: 'site' | 'weather' | 'gateway'
  /** All that fit, in `groups`; without it the first one, in `series`. */
  readonly many?: true
  /** Of the channel, as device profiles name it. */
  readonly channel: RegExp
  /** SenML primary unit; a series in another one is none. */
  readonly unit: string
  /** How far back from the time of a result. */
  readonly lookBackHours: number
  /** For "can't tell, because … is missing". */
  readonly label: LocalizedText
}

interface OutputDeclaration {
  readonly unit: string | undefined
  readonly label: LocalizedText
}

/** Hourly aggregates of one input; index 0 is the hour that begins at `fromMs`, NaN where nothing usable was measured. */
export interface Hours {
  readonly fromMs: number
  readonly mean: Float32Array
  readonly min: Float32Array
  readonly max: Float32Array
  /** Readings in the hour; 0 where there was none. */
  readonly count: Float32Array
}

/** One of the series of an input of many. */
export interface GroupMember {
  readonly device: string
  readonly channel: string
  /** Longest time between two of its readings in seconds, where the gateway says so. */
  readonly intervalS: number | undefined
  readonly hours: Hours
}

/** What people have set of a place, whatever its kind. */
export type PlaceSettings = FieldSettings & InfrastructureSettings

export interface InsightPlace {
  /** `{tenant}/{gateway}/{site}` */
  readonly id: string
  readonly name: LocalizedText
  /** WGS84 degrees. */
  readonly lat: number
  readonly lon: number
}

/** Everything that a result may depend on. */
export interface InsightInput<Inputs extends string = string> {
  readonly place: InsightPlace
  /** Unix ms, a whole hour: the result is about the time before it. The hours of each input end here. */
  readonly timeMs: number
  readonly settings: PlaceSettings
  /** Undefined: the place has no such series. */
  readonly series: Readonly<Record<Inputs, Hours | undefined>>
  /** Of inputs of many, in the order of the catalogue. */
  readonly groups: Readonly<Partial<Record<Inputs, readonly GroupMember[]>>>
}

/**
 * `unknown`: can't tell, and the text says why. `fine`: nothing to do. `watch`: may become something. `act`: do something
 * in a day or so. `urgent`: do it now.
 */
export const adviceLevels = ['unknown', 'fine', 'watch', 'act', 'urgent'] as const
export type AdviceLevel = (typeof adviceLevels)[number]

/** One short sentence, with the number behind it. */
export interface Advice {
  readonly level: AdviceLevel
  /** Stable: what is said; while it stays, the advice is the same, whatever the number does. */
  readonly code: string
  readonly text: LocalizedText
  readonly number: AdviceNumber | undefined
}

interface AdviceNumber {
  readonly value: number
  /** As shown: `cm`, `℃`, `%`, `mm/d`. */
  readonly unit: string
  readonly label: LocalizedText
}

export interface InsightResult<Outputs extends string = string> {
  /** Only what could be told. */
  readonly values: Readonly<Partial<Record<Outputs, number>>>
  /** Of parts of the place, such as its lamps: a series each. `part`: `[a-z0-9.-]`. */
  readonly parts?: readonly ResultPart<Outputs>[]
  /** Undefined: there is nothing to say at this time of the year. */
  readonly advice: Advice | undefined
}

interface ResultPart<Outputs extends string = string> {
  readonly part: string
  readonly values: Readonly<Partial<Record<Outputs, number>>>
}

/** `compute` is pure: the same input gives the same result, whenever it runs. */
export interface Insight<Inputs extends string = string, Outputs extends string = string> {
  /** Part of the names of its series: `[a-z-]{1,24}`. */
  readonly id: string
  /** Rises when the same input would give another result. */
  readonly version: number
  readonly title: LocalizedText
  /** Where the method is written down. */
  readonly source: LocalizedText
  readonly siteKind: SiteKind
  /** A result for each hour, or for each local day that ends at `dayEndsHour` o'clock. */
  readonly every: 'hour' | 'day'
  readonly dayEndsHour?: number
  /** Late readings make only its newest result anew, and none is made up for: a forecast is of what was known then. */
  readonly keepsPast?: true
  /** Its first results go so many days back, as far as there are readings, and those of readings that come later do too; without it they begin with the day before. */
  readonly reachBackDays?: number
  readonly inputs: Readonly<Record<Inputs, InputDeclaration>>
  readonly outputs: Readonly<Record<Outputs, OutputDeclaration>>
  /** How people call a part; without it, as it is. */
  readonly partName?: (part: string) => LocalizedText
  compute(input: InsightInput<Inputs>): InsightResult<Outputs>
}

/** What the engine runs: the names of inputs and outputs no longer matter. */
export type AnyInsight = Insight

/** Checks the names of inputs and outputs at compile time, then forgets them. */
export function defineInsight<Inputs extends string, Outputs extends string>(
  insight: Insight<Inputs, Outputs>,
): AnyInsight {
  return insight
}

/** "Can't tell, because …". `code` names what is missing. */
export function cannotTell(code: string, because: LocalizedText): InsightResult<never> {
  return {
    values: {},
    advice: {
      level: 'unknown',
      code: `unknown:${code}`,
      text: { ja: `判定できません（${because.ja}）。`, en: `Can't tell, because ${because.en}.` },
      number: undefined,
    },
  }
}

export function missingSeries({ label }: InputDeclaration): LocalizedText {
  return { ja: `${label.ja}のセンサーがありません`, en: `there is no sensor for ${label.en}` }
}

export function missingReadings({ label }: InputDeclaration): LocalizedText {
  return { ja: `${label.ja}の測定値が足りません`, en: `readings of ${label.en} are missing` }
}
