// Says a schema once: where one of the shapes of the API stands in its OpenAPI document, a reference by its name takes its place.
import * as alarms from '../alarms/alarm-schemas.ts'
import * as ruleApi from '../alarms/rules/rule-api-schemas.ts'
import * as rules from '../alarms/rules/rule.ts'
import * as bulletins from '../bulletins/bulletin-schemas.ts'
import * as commands from '../commands/command-schemas.ts'
import * as crowding from '../crowding/crowding-schemas.ts'
import * as deployments from '../deployments/deployment-schemas.ts'
import * as events from '../events/event-schemas.ts'
import * as images from '../images/image-schemas.ts'
import * as installations from '../installations/installation-schemas.ts'
import * as notifications from '../notifications/notification-schemas.ts'
import * as openData from '../open-data/open-data-schemas.ts'
import * as publication from '../open-data/publication.ts'
import * as people from '../people/people-schemas.ts'
import * as places from '../places/place-schemas.ts'
import * as reports from '../reports/report-schemas.ts'
import * as workOrders from '../work-orders/work-order-schemas.ts'
import * as now from './now-schemas.ts'
import * as common from './schemas.ts'

const modules = [
  common,
  now,
  alarms,
  rules,
  ruleApi,
  bulletins,
  commands,
  crowding,
  deployments,
  events,
  images,
  installations,
  notifications,
  openData,
  publication,
  people,
  places,
  reports,
  workOrders,
]

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** A smaller one is easier to read where it stands. */
const leastLength = 200

/**
 * Replaces, in `document` itself, each schema that equals a named one; names that stand in the document are added to its
 * `components.schemas`. Of two names for the same shape the first is taken.
 */
export function nameSchemas(document: { paths?: object; components?: { schemas?: Record<string, object> } }): void {
  const names = new Map<string, string>()
  for (const [name, schema] of modules.flatMap((module) => Object.entries(module))) {
    if (!/^[A-Z]/.test(name) || typeof schema !== 'object' || /(Query|Params)$/.test(name)) continue
    const text = canonical(schema as Json)
    if (text.length >= leastLength && !names.has(text)) names.set(text, name)
  }
  const used = new Map<string, Json>()
  const replaced = (value: Json, isWhole: boolean): Json => {
    if (typeof value !== 'object' || value === null) return value
    const name = isWhole ? undefined : names.get(canonical(value))
    if (name !== undefined) {
      if (!used.has(name)) {
        used.set(name, null)
        used.set(name, replaced(value, true))
      }
      return { $ref: `#/components/schemas/${name}` }
    }
    if (Array.isArray(value)) return value.map((item) => replaced(item, false))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaced(inner, false)]))
  }
  document.paths = replaced((document.paths ?? {}) as Json, false) as object
  const schemas = [...used].toSorted(([one], [other]) => (one < other ? -1 : 1))
  document.components = { ...document.components, schemas: Object.fromEntries(schemas) as Record<string, object> }
}

/** The generator of the document writes `const` as an `enum` of one. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_key: string, inner: Json) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner) || !('const' in inner)) return inner
    const { const: only, ...rest } = inner
    return { ...rest, enum: [only] }
  })
}
