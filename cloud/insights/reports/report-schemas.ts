// The shapes of the monthly reports in the HTTP API.
import { Type, type Static, type TSchema } from 'typebox'
import { LocalizedText } from '../../../broker/contract/documents.ts'

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const sum = (description: string) => nullable(Type.Number({ description: `${description}; null: nothing measured` }))

export const ReportQuery = Type.Object({
  month: Type.Optional(
    Type.String({
      pattern: '^[0-9]{4}-(0[1-9]|1[0-2])$',
      description: 'In Japan, e.g. 2026-11; without it the present one',
    }),
  ),
  site: Type.Optional(Type.String({ maxLength: 256, description: 'Without it every site of this kind' })),
})
export type ReportQuery = Static<typeof ReportQuery>

const Site = {
  site: Type.String(),
  name: LocalizedText,
  month: Type.String(),
  days: Type.Integer({ description: 'With results' }),
}

export const StreetlightReportItem = Type.Object({
  ...Site,
  meanBurntS: sum('Of a lamp and night'),
  meanDueS: sum('Sunset to sunrise'),
  coverage: sum('Share of the lamps and hours of the night that were lit'),
  energyJ: sum('Of all lamps'),
  costYen: nullable(Type.Number({ description: 'By the tariffs that held; null: none is set' })),
  tariffVerified: nullable(Type.Boolean({ description: 'Of the present tariff' })),
  dayBurntS: sum('Of all lamps together, by day'),
  wastedJ: sum('By day'),
  repaired: Type.Integer(),
  meanRepairS: nullable(Type.Number({ description: 'From the beginning of the trouble to its repair' })),
})
export type StreetlightReportItem = Static<typeof StreetlightReportItem>

export const AccessPointReportItem = Type.Object({
  ...Site,
  availability: sum('Share of the time that it was up'),
  downS: sum('Down'),
  restarts: sum('Restarts'),
  clientS: sum('Clients × time; counts only'),
  peakClients: sum('Most at once'),
  trafficB: sum('Both ways'),
  busiestHour: nullable(Type.Integer({ description: 'Local hour, of the last four weeks' })),
  fullS: nullable(Type.Number({ description: 'At nine tenths of its capacity; null: the capacity is not set' })),
})
export type AccessPointReportItem = Static<typeof AccessPointReportItem>

const availabilityClasses = ['gateway', 'wifi', 'streetlight', 'weather'] as const
export type AvailabilityClass = (typeof availabilityClasses)[number]

export const AvailabilityQuery = Type.Object({
  class: Type.Optional(Type.Enum(availabilityClasses)),
  days: Type.Optional(Type.Integer({ minimum: 1, maximum: 92, default: 30, description: 'Today and those before it' })),
})
export type AvailabilityQuery = Static<typeof AvailabilityQuery>

export const AvailabilityItem = Type.Object({
  id: Type.String({ description: 'Of the gateway, or of the site' }),
  name: LocalizedText,
  class: Type.Enum(availabilityClasses),
  days: Type.Array(nullable(Type.Number()), {
    description: 'Share of each day that it was there, of street lights that they burnt by night; null: not told',
  }),
})
export type AvailabilityItem = Static<typeof AvailabilityItem>

export const AvailabilityReport = Type.Object({
  days: Type.Array(Type.String({ description: 'In Japan, e.g. 2026-11-23; the last is today as far as it has come' })),
  items: Type.Array(AvailabilityItem),
})
export type AvailabilityReport = Static<typeof AvailabilityReport>
