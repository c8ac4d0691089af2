// What the model would have said of heading dates that people saw in past years: the local correction of a field.
import { hourMs, type Hours } from './insight.ts'
import type { FieldSettings, PastHeading } from './field-settings.ts'
import { cultivarParameters, developmentCourse } from './rice/development.ts'
import { startOfDayMs } from '../calendar/japan-days.ts'
import { dayText, dayValues, parseDay, valueOn } from './rice/local-days.ts'

const longestDays = 200
/** So many days without readings are carried over from the day before. */
const mostGapDays = 5

/** `hours`: hourly air temperature of a span, from the store; undefined where there is no such series. */
export async function withModelled(
  settings: FieldSettings,
  {
    latDeg,
    hours,
  }: {
    readonly latDeg: number
    readonly hours: (span: { readonly fromMs: number; readonly toMs: number }) => Promise<Hours | undefined>
  },
): Promise<FieldSettings> {
  const { pastHeadings } = settings
  if (pastHeadings === undefined) return settings
  const filled: PastHeading[] = []
  for (const past of pastHeadings) {
    const transplantedDay = parseDay(past.transplanted)
    if (past.modelled !== undefined || transplantedDay === undefined) {
      filled.push(past)
      continue
    }
    const fromMs = startOfDayMs(transplantedDay)
    const found = await hours({ fromMs, toMs: fromMs + longestDays * 24 * hourMs })
    const modelled =
      found === undefined ? undefined : modelledHeading(settings, { transplantedDay, latDeg, hours: found })
    filled.push({ ...past, modelled: modelled === undefined ? null : dayText(modelled) })
  }
  return { ...settings, pastHeadings: filled }
}

function modelledHeading(
  { cultivar }: FieldSettings,
  field: { readonly transplantedDay: number; readonly latDeg: number; readonly hours: Hours },
): number | undefined {
  const parameters =
    (cultivar === undefined ? undefined : cultivarParameters[cultivar]) ?? cultivarParameters.koshihikari
  if (parameters === undefined) return undefined
  const { mean, firstDay } = dayValues(field.hours)
  let last = Number.NaN
  let gap = 0
  const { transplantedDay: startDay, latDeg } = field
  return developmentCourse(parameters, { startDay, latDeg, days: longestDays }, (day) => {
    const measured = valueOn(mean, firstDay, day)
    gap = Number.isNaN(measured) ? gap + 1 : 0
    if (gap === 0) last = measured
    return gap > mostGapDays ? Number.NaN : last
  }).headingDay
}
