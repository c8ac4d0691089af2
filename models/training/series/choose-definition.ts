// Chooses the few numbers of the series detector on NAB and says what that choice is worth: each category is scored with the numbers
// and the threshold that were best on the other categories. One command: node models/training/series/choose-definition.ts NAB_FOLDER
import { detectNabSeries, nabDefinition } from '../../nab/own-detector.ts'
import { readNabCorpus } from '../../nab/corpus.ts'
import { bestThreshold, normalisedScore, scoreSeries } from '../../nab/scorer.ts'
import { accessPointTraffic } from '../../series/access-point-traffic.ts'
import type { DetectorDefinition } from '../../series/series-detector.ts'

const grid: { readonly [Name in keyof DetectorDefinition]?: readonly DetectorDefinition[Name][] } = {
  shortSteps: [32, 96],
  longSteps: [1000, 2000],
  power: [2.5, 3, 4],
  fadeShare: [0.2, 0.4],
  recurrenceFactor: [1.3, 1.5],
}

const { series, profiles } = await readNabCorpus(process.argv[2] ?? '')
const profile = profiles.standard
const groups = [...new Set(series.map(groupOf))]
const candidates = definitions().map((changes) => {
  const scores = series.map((one) => detectNabSeries(one, { ...nabDefinition(accessPointTraffic), ...changes }))
  const best = bestThreshold(series, scores, profile)
  say(JSON.stringify(changes), normalisedScore(best.score, series, profile).toFixed(1))
  return { changes, scores }
})
let heldOut = 0
const chosenElsewhere: Float64Array[] = []
for (const group of groups) {
  const others = series.flatMap((one, index) => (groupOf(one) === group ? [] : [index]))
  const trained = candidates.map(({ changes, scores }) => {
    const of = others.map((index) => scores[index] ?? new Float64Array(0))
    const chosen = others.flatMap((index) => series[index] ?? [])
    return { changes, scores, best: bestThreshold(chosen, of, profile) }
  })
  const { changes, scores, best } = trained.reduce((a, b) => (b.best.score > a.best.score ? b : a))
  const results = series.map((one, index) =>
    groupOf(one) === group ? scoreSeries(one, scores[index] ?? new Float64Array(0), profile, best.threshold).score : 0,
  )
  const score = results.reduce((sum, one) => sum + one, 0)
  heldOut += score
  series.forEach((one, index) => {
    if (groupOf(one) === group) chosenElsewhere[index] = scores[index] ?? new Float64Array(0)
  })
  say(`${group}: ${score.toFixed(2)} with`, JSON.stringify(changes), 'threshold', best.threshold.toFixed(2))
}
const percent = (score: number): string => normalisedScore(score, series, profile).toFixed(1)
say(`standard profile, numbers and threshold from the other categories: ${percent(heldOut)}`)
const free = bestThreshold(series, chosenElsewhere, profile)
say(`standard profile, numbers from the other categories, one threshold for all as NAB allows: ${percent(free.score)}`)

/** Both artificial categories are one: they share their generators. */
function groupOf({ category }: { readonly category: string }): string {
  return category.startsWith('artificial') ? 'artificial' : category
}

function definitions(): readonly Partial<DetectorDefinition>[] {
  let all: readonly Partial<DetectorDefinition>[] = [{}]
  for (const [name, values] of Object.entries(grid)) {
    all = all.flatMap((changes) => values.map((value) => ({ ...changes, [name]: value })))
  }
  return all
}

function say(...words: readonly string[]): void {
  process.stdout.write(`${words.join(' ')}\n`)
}
