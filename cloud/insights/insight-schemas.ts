// The shapes of the insights in the HTTP API.
import { Type, type Static, type TSchema } from 'typebox'
import { LocalizedText, SiteKind } from '../../broker/contract/documents.ts'
import { FieldSettings } from './field-settings.ts'
import { InfrastructureSettings } from './infrastructure-settings.ts'
import { adviceLevels } from './insight.ts'
import { runCauses } from './insight-journal.ts'

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

const SiteId = Type.String({ maxLength: 256, description: 'Site id: {tenant}/{gateway}/{site}' })
const Level = Type.Enum(adviceLevels, {
  description: "unknown: can't tell, the text says why; fine; watch; act: in a day or so; urgent: now",
})

const AdviceNumber = Type.Object({ value: Type.Number(), unit: Type.String(), label: LocalizedText })

export const AdviceItem = Type.Object({
  site: SiteId,
  siteName: LocalizedText,
  insight: Type.String(),
  title: LocalizedText,
  level: Level,
  code: Type.String({ description: 'Stable: what is said' }),
  text: LocalizedText,
  number: nullable(AdviceNumber),
  since: Type.Number({ description: 'The time of the result that first said so' }),
  time: Type.Number({ description: 'The time of the newest result that says so' }),
  version: Type.Integer({ description: 'Of the insight' }),
  source: Type.String({ description: 'Japanese; `sourceText` has both languages' }),
  sourceText: LocalizedText,
})
export type AdviceItem = Static<typeof AdviceItem>

export const AdviceQuery = Type.Object({
  site: Type.Optional(SiteId),
  level: Type.Optional(Level),
})
export type AdviceQuery = Static<typeof AdviceQuery>

export const AdviceLogItem = Type.Object({
  insight: Type.String(),
  time: Type.Number(),
  version: Type.Integer(),
  advice: nullable(
    Type.Object({ level: Level, code: Type.String(), text: LocalizedText, number: nullable(AdviceNumber) }),
  ),
})
export type AdviceLogItem = Static<typeof AdviceLogItem>

export const SiteQuery = Type.Object({
  site: SiteId,
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 200 })),
})
export type SiteQuery = Static<typeof SiteQuery>

export const InsightItem = Type.Object({
  id: Type.String(),
  version: Type.Integer(),
  title: LocalizedText,
  source: Type.String({ description: 'Japanese; `sourceText` has both languages' }),
  sourceText: LocalizedText,
  siteKind: SiteKind,
  every: Type.Enum(['hour', 'day']),
  inputs: Type.Array(
    Type.Object({
      name: Type.String(),
      from: Type.Enum(['site', 'weather', 'gateway']),
      many: Type.Optional(Type.Literal(true, { description: 'All that fit, not only the first' })),
      channel: Type.String({ description: 'Regular expression of the channel' }),
      unit: Type.String(),
      lookBackHours: Type.Integer(),
      label: LocalizedText,
    }),
  ),
  outputs: Type.Array(Type.Object({ name: Type.String(), unit: nullable(Type.String()), label: LocalizedText })),
})
export type InsightItem = Static<typeof InsightItem>

export const InsightRunItem = Type.Object({
  insight: Type.String(),
  version: Type.Integer(),
  settingsRevision: Type.Integer(),
  cause: Type.Enum(runCauses),
  from: Type.Number({ description: 'Results later than this …' }),
  to: Type.Number({ description: '… until this' }),
  inputFrom: Type.Number({ description: 'Readings since then were used' }),
  computed: Type.Number(),
  series: Type.Array(Type.String(), { description: 'Where the results are' }),
})
export type InsightRunItem = Static<typeof InsightRunItem>

export const FieldSettingsItem = Type.Object({
  site: SiteId,
  settings: FieldSettings,
  revision: Type.Integer({ description: 'Rises with each change; 0: never set' }),
  changed: nullable(Type.Number()),
  changedBy: nullable(Type.String()),
})
export type FieldSettingsItem = Static<typeof FieldSettingsItem>

export const InfrastructureSettingsItem = Type.Object({
  place: Type.String({ description: 'A tenant, or a site id' }),
  settings: InfrastructureSettings,
  effective: Type.Object(InfrastructureSettings.properties, { description: 'With what its tenant has set' }),
  revision: Type.Integer({ description: 'Rises with each change; 0: never set' }),
  changed: nullable(Type.Number()),
  changedBy: nullable(Type.String()),
})
export type InfrastructureSettingsItem = Static<typeof InfrastructureSettingsItem>

export const PlaceParams = Type.Object({
  place: Type.String({ maxLength: 256, description: 'A tenant, or a site id: {tenant}/{gateway}/{site}' }),
})
export type PlaceParams = Static<typeof PlaceParams>

export const SiteOnlyQuery = Type.Object({ site: SiteId })
export type SiteOnlyQuery = Static<typeof SiteOnlyQuery>

export const FieldParams = Type.Object({ site: SiteId })
export type FieldParams = Static<typeof FieldParams>
