// `musubi insights …`: a simulated season as a diary, and how well the heading model fits dates that people saw.
import { parseArgs } from 'node:util'

const usage = `Usage:
  musubi insights season [--year N] [--seed N] [--language ja|en] [--all]
                       March to September of three simulated paddies with a cold spell, a heat wave and a leak: what was
                       advised when, as a diary (Markdown). --all: the notes of days without anything to do, too
  musubi insights evaluate --data DIR
                       fits the heading model to the sowings in DIR/heading-date, leaving one sowing out at a time; scores
                       the forecasts of 24 hours on DIR/nab, DIR/weather and the simulated season, and the ranking of
                       lamps likely to fail on simulated ones`

const options = {
  year: { type: 'string', default: '2026' },
  seed: { type: 'string', default: '7' },
  language: { type: 'string', default: 'ja' },
  all: { type: 'boolean', default: false },
  data: { type: 'string' },
} as const

/** Returns the exit code: 0 done, 2 wrong usage. Throws AppError `not-found` where the data are not there. */
export async function run(args: readonly string[]): Promise<number> {
  const parsed = parse(args)
  const [action, ...more] = parsed?.positionals ?? []
  if (parsed === undefined || more.length > 0) return wrong()
  const { year, seed, language, all, data } = parsed.values
  if (action === 'season' && (language === 'ja' || language === 'en')) {
    const { runSeason } = await import('../insights/season.ts')
    const { diaryLines } = await import('../insights/diary.ts')
    const season = await runSeason({ year: Number(year), seed: Number(seed) })
    for (const line of diaryLines(season, { language, all, year: Number(year), seed: Number(seed) })) console.log(line)
    return 0
  }
  if (action === 'evaluate' && data !== undefined) {
    const { evaluateHeading } = await import('../insights/evaluate-heading.ts')
    const { evaluateForecasts } = await import('../insights/evaluate-forecasts.ts')
    for (const line of await evaluateHeading(data)) console.log(line)
    console.log()
    for (const line of await evaluateForecasts(data)) console.log(line)
    console.log()
    for (const line of (await import('../insights/evaluate-lamps.ts')).evaluateLamps()) console.log(line)
    return 0
  }
  return wrong()
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch {
    return undefined
  }
}

function wrong(): number {
  console.error(usage)
  return 2
}
