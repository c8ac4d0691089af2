// The shapes of forecasts in the HTTP API.
import { Type, type Static, type TSchema } from 'typebox'
import { LocalizedText } from '../../../broker/contract/documents.ts'

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const ForecastItem = Type.Object({
  insight: Type.String(),
  title: LocalizedText,
  series: Type.String({ description: 'The series that is forecast' }),
  unit: Type.String(),
  made: Type.Number({ description: 'From readings until then' }),
  shown: Type.Boolean({ description: 'Better than both guesses on enough days; without it there are no points' }),
  because: nullable(LocalizedText),
  score: nullable(
    Type.Object({
      days: Type.Integer({ description: 'Days held back on which it was scored' }),
      error: Type.Number({ description: 'Mean absolute error on them, in the unit of the series' }),
      persistenceError: Type.Number({ description: 'That of the last value (of a minimum: the last one) staying' }),
      seasonalError: Type.Number({ description: 'That of the day before (of a minimum: the mean of seven days)' }),
      skill: Type.Number({ description: '1 - error / the smaller of the two' }),
      coverage: nullable(Type.Number({ description: 'Share of the later held-back days inside the interval' })),
    }),
  ),
  interval: Type.Number({ description: 'Share of what comes that low to high is to hold' }),
  points: Type.Array(
    Type.Object({
      time: Type.Number({ description: 'Begin of what the value is of' }),
      hours: Type.Integer({ description: '1: a mean of an hour; 24: the lowest of the day' }),
      value: Type.Number(),
      low: Type.Number(),
      high: Type.Number(),
    }),
  ),
})
export type ForecastItem = Static<typeof ForecastItem>
