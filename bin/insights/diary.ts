// The advice of a season as a diary: by day and field, most urgent first.
import type { AdviceLevel } from '../../cloud/insights/insight.ts'
import { insightList } from '../../cloud/insights/insight-list.ts'
import { dayAt } from '../../cloud/calendar/japan-days.ts'
import { dayText } from '../../cloud/insights/rice/local-days.ts'
import type { DiaryLine, Season } from './season.ts'
import { seasonFields, seasonPlan } from './season-plan.ts'

type Language = 'ja' | 'en'

const marks: Readonly<Record<AdviceLevel, string>> = {
  urgent: '**‼**',
  act: '**!**',
  watch: '·',
  fine: '',
  unknown: '?',
}
/** Kept even where nothing is to be done: they tell the course of the season. */
const milestones = ['heading', 'harvest']

/** Markdown. */
export function diaryLines(
  season: Season,
  {
    language,
    all,
    year,
    seed,
  }: { readonly language: Language; readonly all: boolean; readonly year: number; readonly seed: number },
): readonly string[] {
  const telling = season.lines.filter((line) => all || isShown(line))
  const shown = all ? telling : withoutRepeats(telling)
  const days = Map.groupBy(shown, ({ timeMs }) => dayAt(timeMs))
  const title = language === 'ja' ? `# ${year}年の水田日誌（模擬）` : `# A season of paddies, ${year} (simulated)`
  const head = [
    title,
    '',
    `    musubi insights season --year ${year} --seed ${seed} --language ${language}`,
    '',
    ...seasonFields.map(({ name }) => `- ${name[language]}`),
    ...seasonPlan.map((event) => `- ${event[language]}`),
    '',
    language === 'ja'
      ? `${season.results}回の計算、${telling.length}件の助言。「‼」は今すぐ、「!」は1日以内、「·」は注意。毎日のくり返し${telling.length - shown.length}件は省きました（--all）。`
      : `${season.results} results, ${telling.length} pieces of advice. ‼ now, ! within a day or so, · watch. ${telling.length - shown.length} that repeat are left out (--all).`,
    '',
  ]
  const body = [...days].flatMap(([day, lines]) => [
    `### ${dayText(day)}`,
    '',
    ...[...Map.groupBy(lines, (line) => `${line.timeMs} ${line.held.advice?.text.ja ?? ''}`).values()].map((same) =>
      entryOf(same, language),
    ),
    '',
  ])
  return [...head, ...body]
}

/** The same to the same field within so many days is a round of every day: left out. */
const repeatedDays = 8

function withoutRepeats(lines: readonly DiaryLine[]): readonly DiaryLine[] {
  const last = new Map<string, number>()
  return lines.filter(({ field, held, timeMs }) => {
    const key = `${field.id} ${held.insight} ${held.advice?.level} ${held.advice?.code}`
    const before = last.get(key) ?? Number.NEGATIVE_INFINITY
    last.set(key, timeMs)
    return timeMs - before > repeatedDays * 86_400_000
  })
}

function isShown({ held: { advice, insight } }: DiaryLine): boolean {
  if (advice === null) return false
  return (
    advice.level === 'act' ||
    advice.level === 'urgent' ||
    advice.level === 'watch' ||
    (milestones.includes(insight) && advice.level === 'fine')
  )
}

/** One line for all fields of which the same is said. */
function entryOf(same: readonly DiaryLine[], language: Language): string {
  const [line] = same
  if (line === undefined) return ''
  const { held, timeMs } = line
  const time = new Date(timeMs + 9 * 3_600_000).toISOString().slice(11, 13)
  const title = insightList.find(({ id }) => id === held.insight)?.title[language] ?? held.insight
  const { advice } = held
  const mark = advice === null ? '' : marks[advice.level]
  const names = same
    .toSorted((a, b) => a.field.id.localeCompare(b.field.id))
    .map(({ field }) => field.name[language])
    .join(language === 'ja' ? '・' : ', ')
  return `- ${time}:00 ${names} ${mark} _${title}_ ${advice?.text[language] ?? ''}`.replaceAll('  ', ' ')
}
