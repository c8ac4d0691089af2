// Who takes citizens' reports, from where, how many, and how long they are kept: a part of the configuration of open data.
import { Type, type Static } from 'typebox'

const strict = { additionalProperties: false } as const
const Degrees = (most: number) => Type.Number({ minimum: -most, maximum: most })

export const ReportSettings = Type.Object(
  {
    /** Whose staff answers them. */
    tenant: Type.String({ pattern: '^[a-z0-9-]{1,32}$' }),
    /** What lies outside is not taken. */
    bounds: Type.Object({ south: Degrees(90), west: Degrees(180), north: Degrees(90), east: Degrees(180) }, strict),
    /** Of all citizens together, in an hour. */
    mostPerHour: Type.Integer({ minimum: 1, maximum: 100_000 }),
    /** Of one address, in an hour: a mobile network gives one address to many people. */
    mostPerHourAndAddress: Type.Integer({ minimum: 1, maximum: 100_000 }),
    /** Photos and what would reach the person are kept so many days after the report is closed. */
    personalDays: Type.Integer({ minimum: 1, maximum: 3_650 }),
    /** And the report itself. */
    days: Type.Integer({ minimum: 1, maximum: 36_500 }),
  },
  strict,
)
export type ReportSettings = Static<typeof ReportSettings>
